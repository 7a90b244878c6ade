"""Tell buyers how to pay: at once, or when the invoice number exists, and once more if the merchant wants.

A message is written in the transaction in which the order comes in, so that none is lost and none is written twice.
Cash on delivery is collected by the carrier and never asked for. Orders placed before the merchant switched this on
are left alone: their buyers have been told by somebody else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.correspondence.models import InformationRule, ReferenceBy, SentLetter
from zahlmeister.correspondence.references import issue
from zahlmeister.correspondence.senders import sender_of
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import is_qr_iban, tidy
from zahlmeister.orders.models import Order, PaymentKind, Shop
from zahlmeister.orders.states import Presence
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import Said, drop, tell
from zahlmeister.receivables.keys import learn_key
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.pay_to import Accounts, sale_of
from zahlmeister.refusals import Refused

MAIL = "mail"
#: Letters that are written anew when somebody sends them again: all that tells a buyer how to pay.
SENT_AGAIN = frozenset({Kind.PAYMENT_INFORMATION, Kind.PAYMENT_INFORMATION_AGAIN, Kind.INVOICE_INFORMATION})
_KINDS = {PaymentKind.PREPAYMENT: Kind.PAYMENT_INFORMATION, PaymentKind.INVOICE: Kind.INVOICE_INFORMATION}


class Informing:
    """Tells the buyers of one shop how to pay, as its rules say. Without a rule that is on, nothing is done."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._rules = _rules_of(shop)

    def refer(self, orders: Sequence[Order]) -> None:
        """Give new orders the reference that their buyers will be asked to write, before their keys are written."""
        wanted = [order for order in orders if self._rule(order) and not order.reference]
        _refer(self._shop.merchant, wanted, self._rules)

    def tell(self, items: Sequence[OpenItem], *, at: datetime) -> None:
        """Write the messages of those whose buyers are to be told now, inside the caller's transaction.

        An item that was told of before is passed over: its message's key exists.
        """
        said: list[Said] = []
        for item in items:
            rule = self._rule(item.order)
            if rule and item.open_minor > 0 and not (rule.waits_for_invoice and not item.order.invoice_number):
                said += _messages(item, rule, at)
        tell(self._shop.merchant_id, said, at=at)

    def _rule(self, order: Order) -> InformationRule | None:
        rule = self._rules.get(order.payment_kind)
        is_old = rule and rule.since and order.ordered_on and order.ordered_on < rule.since
        is_here = order.presence == Presence.HERE
        return rule if rule and is_here and not is_old and is_mail_address(order.email) else None


def send_again(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """A person has the payment information of an order sent, whatever the shop's rules say. Once in a second.

    Raises:
        Refused: nothing is open, the order has no mail address, nobody is set up to send, or the carrier collects.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        item = OpenItem.objects.select_related("order__shop").get(merchant=merchant, pk=item_id)
        key = f"information:{item.pk}:{at:%Y%m%d%H%M%S}"
        if Message.objects.filter(merchant=merchant, key=key).exists():
            return
        check_sendable(item)
        if not item.order.reference:
            _refer(merchant, [item.order], _rules_of(item.order.shop))
            learn_key(merchant.pk, [item], f"number:{compact(item.order.reference)}")
        tell(merchant.pk, [_said(item, _KINDS[PaymentKind(item.order.payment_kind)], key)], at=at)
        record(merchant.pk, [Happened("item", item.pk, "informed", by)], at=at)


def send_letter_again(merchant: Merchant, letter_id: int, *, by: str, at: datetime) -> None:
    """A person has what a letter said about an order sent anew, with what is open now.

    Raises:
        Refused: the letter is not about how to pay, or the order's payment information cannot be sent.
    """
    letter = SentLetter.objects.filter(merchant=merchant, pk=letter_id, kind__in=SENT_AGAIN).first()
    item = OpenItem.objects.filter(merchant=merchant, order=letter.order_id).first() if letter else None
    if item is None:
        raise Refused("Only what tells a buyer how to pay is sent again.")
    send_again(merchant, item.pk, by=by, at=at)


def not_needed_any_more(item: OpenItem, *, at: datetime, why: str) -> None:
    """Take back what waits to be sent about an item, such as the second information of one that is paid."""
    for subject in (f"order:{item.order_id}", f"order:{item.order_id}:again"):
        drop(item.merchant_id, channel=MAIL, subject=subject, at=at, why=why)


def check_sendable(item: OpenItem) -> None:
    """See whether the payment information of an order can be sent.

    Raises:
        Refused: it cannot, and why.
    """
    order = item.order
    if order.payment_kind not in _KINDS:
        raise Refused(f"Order {order.number} is not paid by transfer; its buyer is not asked to pay.")
    if order.presence == Presence.TEST:
        raise Refused(f"Order {order.number} is of a test shop; its buyer is not written to.")
    if item.open_minor <= 0:
        raise Refused(f"Nothing is open on order {order.number}.")
    if not is_mail_address(order.email):
        raise Refused(f"Order {order.number} has no mail address; add it in the shop and import the order again.")
    if sender_of(item.merchant_id, order.shop_id) is None:
        raise Refused("Nobody is set up to send letters; say in the settings who they come from.")


def _rules_of(shop: Shop) -> Mapping[str, InformationRule]:
    rows = InformationRule.objects.filter(merchant_id=shop.merchant_id, shop=shop, is_on=True)
    return {row.payment_kind: row for row in rows}


def _refer(merchant: Merchant, orders: Sequence[Order], rules: Mapping[str, InformationRule]) -> None:
    own = [order for order in orders if _by(rules.get(order.payment_kind)) is ReferenceBy.OWN]
    if own:
        accounts = Accounts(merchant)
        paid_to = {order.pk: accounts.account_for(sale_of(order)) for order in own}
        to_qr = frozenset(pk for pk, account in paid_to.items() if account and is_qr_iban(tidy(account.number)))
        issue(merchant.pk, own, for_qr_iban=to_qr)


def _by(rule: InformationRule | None) -> ReferenceBy:
    return ReferenceBy(rule.reference_by) if rule else ReferenceBy.OWN


def _messages(item: OpenItem, rule: InformationRule, at: datetime) -> list[Said]:
    kind = _KINDS[PaymentKind(item.order.payment_kind)]
    until = localdate(at) + timedelta(days=rule.payable_days) if rule.payable_days else None
    said = [_said(item, kind, f"information:{item.pk}:1", until=str(until or ""))]
    if rule.again_after_days:
        due_at = at + timedelta(days=rule.again_after_days)
        key = f"information:{item.pk}:2"
        said.append(_said(item, Kind.PAYMENT_INFORMATION_AGAIN, key, until=str(until or ""), due_at=due_at))
    return said


def _said(item: OpenItem, kind: Kind, key: str, *, until: str = "", due_at: datetime | None = None) -> Said:
    """A message about an item. A later one has a subject of its own: what comes between must not wait for it."""
    payload = {"kind": kind.value, "item": item.pk, "payable_until": until}
    subject = f"order:{item.order_id}" + (":again" if due_at else "")
    return Said(MAIL, subject, key, payload, due_at=due_at)
