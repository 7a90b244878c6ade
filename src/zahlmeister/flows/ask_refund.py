"""A refund of an order is asked for: by a person, by the shop's credit note, by a program. It leaves when it is due.

The refund is in the books from this moment on: what the order was overpaid by first, the rest is taken off the order.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.tell_of_refund import ask_for_account, tell_of_promise
from zahlmeister.formats.payments.checks import check_iban
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.rules import REFUND_OF_ORDER, REFUND_OF_SURPLUS
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.queries import granted_on
from zahlmeister.receivables.desk import Desk, take_out
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.accounts import GoesTo, came_in_on, goes_to, paid_minor
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.queries import next_number, refunded_minor, sent_back_minor, settings_of
from zahlmeister.refunds.rules import Limit, due_on, limit_of_money, limit_of_order, split
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Refused

#: A name and a BIC that a bank wrote longer than transfers take.
LONGEST_NAME, LONGEST_BIC = 140, 11


@dataclass(frozen=True, slots=True)
class Asked:
    """A refund as somebody wants it. `source` says from what it is asked for; the same source again is the same refund.

    Without `account` it goes where the money came from, without `due_on` it waits as the merchant's settings say.
    """

    source: str
    amount: Amount
    origin: Origin = Origin.OFFICE
    account: GoesTo | None = None
    due_on: date | None = None
    shop: Shop | None = None
    external_reference: str = ""


def ask_refund(merchant: Merchant, item_id: int, asked: Asked, *, by: str, at: datetime) -> Refund:
    """Promise a buyer money back for an order, the whole of it or a part.

    Args:
        merchant: whose order.
        item_id: which open item.
        asked: what is wanted.
        by: the person's e-mail address, or the name of the program or the shop.
        at: now.

    Raises:
        Refused: the merchant is not verified, the amount is above the limit, the account is no IBAN, the day is over,
            or the shop has used its reference before.
    """
    require_verified(merchant)
    if asked.account is not None:
        check_iban(tidy(asked.account.iban), "refund")
    if asked.due_on is not None and asked.due_on < timezone.localdate(at):
        raise Refused(f"{asked.due_on} is over; choose today or a later day.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        known = Refund.objects.filter(merchant=merchant, source=asked.source).first()
        if known is not None:
            return _same(known, item_id, asked)
        desk = take_out(merchant.pk, item_ids=[item_id])
        item = desk.items.get(item_id)
        if item is None:
            raise Refused("This order does not exist.")
        return _promise(desk, item, asked, settings_of(merchant.pk), by=by, at=at)


def limit_of(item: OpenItem, *, only_paid: bool = False) -> Limit:
    """What may still go back for an order; all refunds count that were not cancelled, and payments sent back."""
    earlier, granted = refunded_minor(item.merchant_id, item=item.pk), granted_on(item)
    if granted:
        return limit_of_money(item.currency, paid=paid_minor(item), granted=granted, earlier=earlier)
    return limit_of_order(
        item.currency,
        total=item.total_minor,
        paid=paid_minor(item),
        earlier=earlier,
        gone_back=sent_back_minor(item),
        only_paid=only_paid,
    )


def _promise(desk: Desk, item: OpenItem, asked: Asked, wanted: RefundSettings, *, by: str, at: datetime) -> Refund:
    if asked.amount.currency != item.currency:
        raise Refused(f"The order is in {item.currency}; nothing can go back in {asked.amount.currency}.")
    limit_of(item, only_paid=asked.origin == Origin.SHOP and wanted.only_paid).check(asked.amount.minor)
    _check_reference(asked)
    goes, today = asked.account or goes_to(item), timezone.localdate(at)
    part = split(asked.amount.minor, item.surplus_minor)
    refund = Refund(
        id=new_id(),
        merchant_id=item.merchant_id,
        number=next_number(item.merchant_id),
        source=asked.source,
        origin=asked.origin,
        item=item,
        account=came_in_on(item),
        shop=asked.shop,
        external_reference=asked.external_reference,
        amount_minor=asked.amount.minor,
        currency=item.currency,
        of_surplus_minor=part.of_surplus,
        of_order_minor=part.of_order,
        total_then_minor=item.total_minor,
        contact=item.order.email,
        due_on=asked.due_on
        or due_on(today, wanted.waiting_days, in_banking_days=wanted.in_banking_days, currency=item.currency),
        created_by=by,
        created_at=at,
        **goes_into(goes, item),
    )
    refund.is_going_back = asked.account is None and bool(refund.iban)
    refund.save(force_insert=True)
    _book(desk, item, refund, today)
    desk.happened("item", item.pk, "refund_promised", by, refund=refund.pk, minor=refund.amount_minor)
    desk.put_back(at=at)
    facts = {"amount": str(refund.amount), "to": refund.iban}
    record(item.merchant_id, [Happened("refund", refund.pk, "promised", by, refund.reason, facts)], at=at)
    if refund.state == RefundState.PLANNED:
        tell_of_promise(refund, wanted, at=at)
    else:
        ask_for_account(refund, wanted, at=at)
    return refund


def goes_into(goes: GoesTo, item: OpenItem) -> dict[str, object]:
    """The columns that say where a refund goes, and its state by that."""
    if not goes.iban:
        return {"state": RefundState.ACCOUNT_MISSING, "reason": str(goes.why or "")}
    return {
        "state": RefundState.PLANNED,
        "reason": "",
        "name": " ".join((goes.name or item.order.debtor).split())[:LONGEST_NAME],
        "iban": tidy(goes.iban),
        "bic": goes.bic if len(goes.bic) <= LONGEST_BIC else "",
    }


def _book(desk: Desk, item: OpenItem, refund: Refund, on: date) -> None:
    item.surplus_minor -= refund.of_surplus_minor
    source, currency = f"refund:{refund.pk}", item.currency
    desk.book(REFUND_OF_SURPLUS, refund.of_surplus_minor, currency, source=f"{source}:surplus", on=on)
    desk.book(REFUND_OF_ORDER, refund.of_order_minor, currency, source=f"{source}:order", on=on)


def _check_reference(asked: Asked) -> None:
    """The constraint would refuse it as well; this is the sentence."""
    if asked.external_reference:
        rows = Refund.objects.filter(shop=asked.shop, external_reference=asked.external_reference)
        if rows.exists():
            raise Refused(f"The reference {asked.external_reference} was used for another refund; choose a new one.")


def _same(known: Refund, item_id: int, asked: Asked) -> Refund:
    if (known.item_id, known.amount) != (item_id, asked.amount):
        raise Refused(f"This was asked for before as {known.reference}, with another order or amount.")
    return known
