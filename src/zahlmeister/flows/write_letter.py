"""Turn a message of the outbox into the letter a person reads, with the facts as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zahlmeister.correspondence.asked import asked_of
from zahlmeister.correspondence.fill import Facts, RefundSaid, values_of
from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.senders import language_of, look_of, sender_of, wording
from zahlmeister.dunning.claims import asked_so_far
from zahlmeister.dunning.models import Notice
from zahlmeister.dunning.plan import What
from zahlmeister.flows.say_assigned import assigned_notice
from zahlmeister.flows.say_refund import example_refund, refund_of
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.compose import Letter, compose, with_notice
from zahlmeister.letters.kinds import ABOUT, Kind
from zahlmeister.letters.look import Look
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.receivables.queries import all_allocations, standing
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused


class NotNeeded(Exception):
    """What the message was about has settled itself; the sentence says how."""


class NotYet(Exception):
    """Something has to be set up first; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Written:
    """A letter with what goes along: who says it, what it asks for, and the item it is about."""

    kind: Kind
    letter: Letter
    look: Look
    item: OpenItem
    asked: Asked | None
    tells_default: bool = False


def write(message: Message) -> Written:
    """The letter of a message.

    Raises:
        NotNeeded: the item is paid or cancelled by now.
        NotYet: nobody is set up to send, or no account is for the order.
        Refused: what is asked for cannot be put into a letter.
    """
    payload = message.payload
    notice = Notice.objects.filter(merchant_id=message.merchant_id, pk=payload.get("notice", 0)).first()
    if "item" not in payload or not (notice or "kind" in payload):
        raise Refused(f"The message {message.key} does not say which letter it is.")
    item = _item(message.merchant_id, payload)
    kind = _kind_of(notice, item) if notice else Kind(payload["kind"])
    claims = _claims(notice, item.currency) if notice else []
    language, until = payload.get("language", ""), _day(payload.get("payable_until", ""))
    refund = refund_of(message) if "refund" in payload else None
    if "refund" in payload and refund is None:
        raise NotNeeded(f"The refund of order {item.order.number} stands otherwise by now.")
    return write_about(item, kind, payable_until=until, claims=claims, language=language, refund=refund)


def write_about(
    item: OpenItem,
    kind: Kind,
    *,
    payable_until: date | None = None,
    claims: list[tuple[str, Amount]] | None = None,
    language: str = "",
    refund: RefundSaid | None = None,
) -> Written:
    """A letter of a kind about an item, as `write` does; in its reader's language unless another one is wanted."""
    sender = sender_of(item.merchant_id, item.order.shop_id)
    if sender is None:
        raise NotYet("Nobody is set up to send letters; say in the settings who they come from.")
    asked = None
    if "payment_details" in ABOUT[kind].placeholders:
        besides = 0 if item.claims_costs else sum(amount.minor for _, amount in claims or ())
        asked = asked_now(item, sender, besides)
    elif kind is Kind.COD_QUESTION and item.open_minor <= 0:
        raise NotNeeded(f"Order {item.order.number} is paid.")
    if kind.startswith("refund_") and refund is None:
        refund = example_refund(item)
    facts = Facts(item, sender, asked, _paid(item), payable_until, claims or (), refund)
    wanted = language or language_of(item.order, kind, sender)
    text, written_in = wording(item.merchant_id, item.order.shop_id, kind, wanted)
    values = values_of(facts, written_in)
    letter = with_notice(compose(text, values, language=written_in), assigned_notice(item, asked, written_in))
    tells_default = bool(values["default_notice"]) and "{default_notice}" in text.body
    return Written(kind, letter, look_of(sender), item, asked, tells_default)


def _item(merchant_id: int, payload: Mapping[str, Any]) -> OpenItem:
    rows = OpenItem.objects.select_related("order__shop", "order__merchant", "order__customer")
    return rows.get(merchant_id=merchant_id, pk=payload["item"])


def asked_now(item: OpenItem, sender: Sender, more_minor: int = 0) -> Asked:
    """What is to be transferred for an item, as things are.

    Raises:
        NotNeeded, NotYet, Refused: as `write` does.
    """
    if item.state == ItemState.CANCELLED:
        raise NotNeeded(f"Order {item.order.number} is cancelled.")
    if item.open_minor <= 0:
        raise NotNeeded(f"Order {item.order.number} is paid.")
    account = account_for(item.order)
    if account is None:
        raise NotYet(f"No account in {item.currency} is for order {item.order.number}; say which one buyers pay to.")
    return asked_of(item, account, sender, more_minor=more_minor)


def _claims(notice: Notice, currency: str) -> list[tuple[str, Amount]]:
    """What is asked for besides the debt, by the name of its line in the letter; fees of earlier notices stay due."""
    return [(name, Amount(minor, currency)) for name, minor in asked_so_far(notice).items() if minor]


def _kind_of(notice: Notice, item: OpenItem) -> Kind:
    """Prepayment is reminded of, invoices get dunning notices, and who pays the carrier is asked once."""
    if notice.what == What.ASK:
        return Kind.COD_QUESTION
    if notice.what != What.REMIND:
        raise Refused(f"A notice of “{notice.what}” has no letter.")
    name = "dunning_notice" if item.order.payment_kind == PaymentKind.INVOICE else "payment_reminder"
    return Kind(f"{name}_{notice.level}")


def _paid(item: OpenItem) -> Amount | None:
    """What has come in for an item; None when nothing has."""
    rows = standing(all_allocations(item.merchant_id, item=item.pk))
    minor = sum(row.applied_minor + row.surplus_minor for row in rows)
    return Amount(minor, item.currency) if minor else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
