"""Buyers hear of their refund, and are asked for an account where none can be paid to.

The mails are written in the transaction that makes them true, and say the facts of the moment in which they leave.
Each that leads to the buyer's page carries a link with a new number, so that older ones cannot change anything.
"""

from datetime import datetime

from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.outbox.write import Said, tell
from zahlmeister.refunds.links import LASTS
from zahlmeister.refunds.models import Refund, RefundSettings


def tell_of_promise(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """A refund comes, and to which account; unless the merchant does not want buyers to be told."""
    if wanted.announces:
        _with_link(refund, Kind.REFUND_ANNOUNCED, at)


def ask_for_account(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """Nothing can go back to where the money came from; unless the merchant asks buyers in another way."""
    if wanted.asks_missing:
        _with_link(refund, Kind.REFUND_ACCOUNT_ASKED, at)


def ask_again(refund: Refund, *, at: datetime) -> None:
    """The link once more, because a person or the buyer wants it: with what is to be said now."""
    _with_link(refund, Kind.REFUND_ANNOUNCED if refund.iban else Kind.REFUND_ACCOUNT_ASKED, at)


def tell_of_change(refund: Refund, *, at: datetime) -> None:
    """Another account was named by the link: whoever was known when the refund was promised is told, wherever he is."""
    _with_link(refund, Kind.REFUND_ACCOUNT_CHANGED, at)


def tell_of_return(refund: Refund, *, at: datetime) -> None:
    """A refund came back: the buyer is told and asked for another account."""
    _with_link(refund, Kind.REFUND_CAME_BACK, at)


def tell_of_sending(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """A refund was sent; only where the merchant wants buyers to be told."""
    if wanted.tells_sent:
        _write(refund, Kind.REFUND_SENT, f"sent:{refund.attempt}", at)


def _with_link(refund: Refund, kind: Kind, at: datetime) -> None:
    refund.link, refund.link_until = refund.link + 1, at + LASTS
    Refund.objects.filter(pk=refund.pk).update(link=refund.link, link_until=refund.link_until)
    _write(refund, kind, f"link:{refund.link}", at)


def _write(refund: Refund, kind: Kind, what: str, at: datetime) -> None:
    """To the address known when the refund was promised, and to the order's own where that is another one by now."""
    if refund.item is None:
        return
    order = refund.item.order
    said = []
    for reader in dict.fromkeys((refund.contact, order.email)):
        if is_mail_address(reader):
            payload = {"kind": kind.value, "item": refund.item_id, "refund": refund.pk, "to": reader}
            key = f"refund:{refund.pk}:{what}:{reader}"[:120]
            said.append(Said("mail", f"order:{order.pk}", key, payload))
    tell(refund.merchant_id, said, at=at)
