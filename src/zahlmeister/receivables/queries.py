"""What can be asked about who owes, what came in and what became of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from django.db.models import BooleanField, Count, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from zahlmeister.banking.models import AccountKind, BankAccount, BankTransaction
from zahlmeister.banking.queries import OWNER, picked
from zahlmeister.matching.folding import compact
from zahlmeister.matching.numbers import SHORTEST
from zahlmeister.orders.models import Order
from zahlmeister.orders.queries import Sought, order_text, orders_like
from zahlmeister.receivables.digests import digest_of
from zahlmeister.receivables.models import Allocation, MatchKey, OpenItem, Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, ItemState, PaymentState

Row = TypeVar("Row", bound=Model)

OWED = (ItemState.OPEN, ItemState.PART_PAID)
MATCHER = "matcher"
#: How the source of an allocation begins that somebody made in the office or by the merchant's own program.
BY_A_PERSON = "person:"
MOST_COUNTED = 1000  # found by a text; who has more should say more

_NOBODY = Payment(pk=None)
#: Written as it stands in the index `payment_by_person`, so that only the few rows are read.
_BY_PERSON = RawSQL("NOT (receivables_payment.decided_by IN ('', 'matcher'))", [], output_field=BooleanField())
#: The state as an expression: compared as a column, SQLite would read all that is assigned instead of those few.
_STATE = Coalesce(F("state"), Value(""))


@dataclass(frozen=True, slots=True)
class PaymentsWanted:
    """Which payments somebody wants to see; what is empty or None does not narrow."""

    states: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    account_id: int | None = None
    import_id: int | None = None
    by: str = ""  # matcher, person
    is_pooled: bool = False  # only on pooled accounts
    currency: str = ""
    sought: Sought = field(default_factory=Sought)

    @property
    def counted_to(self) -> int | None:
        """How far counting is worth its time; None: all of them."""
        if self.sought.text or self.sought.account:
            return MOST_COUNTED
        return 10 * MOST_COUNTED if self.account_id is not None else None


@dataclass(frozen=True, slots=True)
class ItemsWanted:
    """Which open items somebody wants to see; dates are order dates, amounts order amounts."""

    states: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    is_overdue_on: date | None = None
    is_overpaid: bool = False
    kind: str = ""
    shop_id: int | None = None
    currency: str = ""
    sought: Sought = field(default_factory=Sought)

    @property
    def counted_to(self) -> int | None:
        """How far counting is worth its time; None: all of them."""
        if self.sought.text or self.sought.account:
            return MOST_COUNTED
        return 10 * MOST_COUNTED if self.kind or self.shop_id is not None else None


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """What somebody looks for, newest first, and the same asked for in the way in which it is counted soonest.

    Of a word that is in thousands of rows, the newest are found by going through the rows from the newest on; how many
    there are says the index of the words.
    """

    rows: QuerySet[Row]
    counted: QuerySet[Row]

    def that(self, narrow: Callable[[QuerySet[Row]], QuerySet[Row]]) -> "Found[Row]":
        """Those of them that `narrow` leaves."""
        return Found(narrow(self.rows), narrow(self.counted))


def payments(merchant_id: int, wanted: PaymentsWanted) -> Found[Payment]:
    """The payments wanted, newest first."""
    return _payments_like(merchant_id, wanted.sought).that(lambda rows: _payments(rows, wanted))


def _payments(rows: QuerySet[Payment], wanted: PaymentsWanted) -> QuerySet[Payment]:
    rows = rows.order_by("-booked_on", "-id")
    rows = _decided(rows, wanted)
    rows = _within(
        rows, "booked_on", "amount_minor", (wanted.first_day, wanted.last_day, wanted.least_minor, wanted.most_minor)
    )
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.account_id is not None:
        rows = rows.filter(transaction__account_id=wanted.account_id)
    if wanted.is_pooled:
        rows = rows.filter(transaction__account__kind=AccountKind.POOLED)
    if wanted.import_id is not None:
        rows = rows.filter(transaction__first_import_id=wanted.import_id)
    return rows


def _decided(rows: QuerySet[Payment], wanted: PaymentsWanted) -> QuerySet[Payment]:
    if wanted.by and wanted.by != MATCHER:
        few = rows.filter(_BY_PERSON)
        return few.alias(now=_STATE).filter(now__in=wanted.states) if wanted.states else few
    if wanted.by:
        rows = rows.filter(decided_by=MATCHER)
    return rows.filter(state__in=wanted.states) if wanted.states else rows


def items(merchant_id: int, wanted: ItemsWanted) -> Found[OpenItem]:
    """The open items wanted, newest first."""
    return _items_like(merchant_id, wanted.sought).that(lambda rows: _items(rows, wanted))


def _items(rows: QuerySet[OpenItem], wanted: ItemsWanted) -> QuerySet[OpenItem]:
    rows = rows.order_by("-opened_on", "-id")
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    rows = _within(
        rows, "opened_on", "total_minor", (wanted.first_day, wanted.last_day, wanted.least_minor, wanted.most_minor)
    )
    if wanted.is_overdue_on is not None:
        rows = rows.filter(state__in=OWED, due_on__lt=wanted.is_overdue_on)
    if wanted.is_overpaid:
        rows = rows.filter(surplus_minor__gt=0)
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.kind:
        rows = rows.filter(order__payment_kind=wanted.kind)
    if wanted.shop_id is not None:
        rows = rows.filter(order__shop_id=wanted.shop_id)
    return rows


def owed_orders(merchant_id: int, shop_id: int) -> dict[int, int]:
    """The orders of a shop of which something is owed, each with its item."""
    rows = OpenItem.objects.filter(merchant_id=merchant_id, order__shop_id=shop_id, state__in=OWED)
    return dict(rows.values_list("order_id", "pk"))


def payment_counts(merchant_id: int) -> dict[str, int]:
    """How many payments are in each state that waits for a person."""
    rows = (
        Payment.objects.filter(merchant_id=merchant_id, state__in=NEEDS_A_PERSON)
        .values_list("state")
        .annotate(count=Count("id"))
        .order_by()
    )
    return dict(rows)


def waiting_after(merchant_id: int, payment: Payment) -> int | None:
    """The next older payment that needs a person; behind the oldest it begins again with the newest."""
    older = Q(booked_on__lt=payment.booked_on) | Q(id__lt=payment.pk)
    rows = _waiting_by_state(merchant_id, payment)
    found = [row.filter(older, booked_on__lte=payment.booked_on).first() for row in rows]
    found = found if any(found) else [row.first() for row in rows]
    return max((row for row in found if row), key=lambda row: (row.booked_on, row.pk), default=_NOBODY).pk


def waiting_before(merchant_id: int, payment: Payment) -> int | None:
    """The next newer payment that needs a person, if there is one."""
    newer = Q(booked_on__gt=payment.booked_on) | Q(id__gt=payment.pk)
    rows = [row.order_by("booked_on", "id") for row in _waiting_by_state(merchant_id, payment)]
    found = [row.filter(newer, booked_on__gte=payment.booked_on).first() for row in rows]
    return min((row for row in found if row), key=lambda row: (row.booked_on, row.pk), default=_NOBODY).pk


def decided_by_persons(merchant_id: int, first_day: date, last_day: date) -> list[int]:
    """The payments booked on these days on which a person has decided last, newest first."""
    rows = Payment.objects.filter(_BY_PERSON, merchant_id=merchant_id, booked_on__range=(first_day, last_day))
    return list(rows.order_by("-booked_on", "-id").values_list("pk", flat=True))


def settled_payments(merchant_id: int) -> QuerySet[Payment]:
    """The payments that are assigned, newest first."""
    rows = Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.ASSIGNED)
    return rows.order_by("-booked_on", "-id")


def assigned_by_persons(merchant_id: int) -> QuerySet[Payment]:
    """Those on which not the matcher has decided last and that are assigned, newest first."""
    rows = Payment.objects.filter(_BY_PERSON, merchant_id=merchant_id).alias(now=_STATE)
    return rows.filter(now=PaymentState.ASSIGNED).order_by("-booked_on", "-id")


def early_payments(merchant_id: int, account_id: int) -> int:
    """How many payments to this account were booked before the day it is settled from."""
    early = Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.EARLY)
    return early.filter(transaction__account_id=account_id).count()


def only_recorded(merchant_id: int, accounts: Iterable[BankAccount]) -> list[tuple[BankAccount, int]]:
    """How many payments are only recorded on these accounts; accounts without any are left out."""
    counted = [(account, early_payments(merchant_id, account.pk)) for account in accounts]
    return [(account, count) for account, count in counted if count]


def outcome_of_file(merchant_id: int, import_id: int) -> dict[str, int]:
    """What became of the payments that a file told first: field of `StatementImport` → payments."""
    told = Payment.objects.filter(merchant_id=merchant_id, transaction__first_import_id=import_id)
    counted = dict(told.values_list("state").annotate(Count("pk")).order_by())
    return {
        "settled": counted.get(PaymentState.ASSIGNED, 0),
        "suggested": counted.get(PaymentState.SUGGESTED, 0),
        "unclear": counted.get(PaymentState.UNCLEAR, 0),
        "ignored": counted.get(PaymentState.IGNORED, 0),
    }


def payments_by_id(merchant_id: int, ids: Sequence[int]) -> QuerySet[Payment]:
    """These payments of the merchant, in no order."""
    return picked(Payment.objects.all(), merchant_id, ids)


def order_numbers_of_payments(merchant_id: int, ids: Sequence[int]) -> dict[int, list[str]]:
    """Which orders these payments pay: payment number → order numbers."""
    rows = list(
        Allocation.objects.alias(owner=OWNER)
        .filter(owner=merchant_id, payment__in=ids, waived_minor=0)
        .order_by("payment_id", "id")
        .values_list("id", "reverses_id", "payment_id", "item__order__number")
    )
    undone = {reverses for _id, reverses, _payment, _number in rows}
    numbers: dict[int, list[str]] = {}
    for allocation, reverses, payment, number in rows:
        if payment and not reverses and allocation not in undone:
            numbers.setdefault(payment, []).append(number)
    return numbers


def items_by_id(merchant_id: int, ids: Iterable[int]) -> dict[int, OpenItem]:
    """Items with their orders, by number; foreign and unknown numbers are missing from the answer."""
    rows = picked(OpenItem.objects.select_related("order"), merchant_id, list(set(ids)))
    return {row.pk: row for row in rows}


def item_of_order(merchant_id: int, order_id: int) -> OpenItem | None:
    """What is owed on one order; None when the merchant has no such order."""
    return OpenItem.objects.select_related("order").filter(merchant_id=merchant_id, order_id=order_id).first()


def items_to_assign(merchant_id: int, sought: Sought, currency: str, limit: int = 8) -> list[OpenItem]:
    """Items a person may mean when assigning by hand: what is still owed first, then the newest."""
    if sought.is_empty:
        return []
    rows = _items_like(merchant_id, sought).rows.filter(currency=currency).select_related("order")
    rows = rows.order_by("-opened_on", "-id")
    found = list(rows.filter(state__in=OWED)[:limit])
    if len(found) < limit:
        found += rows.exclude(state__in=OWED)[: limit - len(found)]
    return found


def items_with_orders(merchant_id: int, ids: Sequence[int]) -> QuerySet[OpenItem]:
    """These items of the merchant, in no order."""
    return picked(OpenItem.objects.all(), merchant_id, ids)


def all_allocations(merchant_id: int, **of: int) -> list[Allocation]:
    """Every allocation of a payment or an item, undone ones and their reversals too, oldest first."""
    rows = Allocation.objects.filter(**of).select_related("item__order", "payment__transaction")
    return sorted((row for row in rows if row.merchant_id == merchant_id), key=lambda row: row.pk)


def standing(allocations: Sequence[Allocation]) -> list[Allocation]:
    """Those of all allocations of a payment or an item that gave money and have not been undone."""
    undone = {row.reverses_id for row in allocations}
    return [
        row
        for row in allocations
        if row.reverses_id is None and row.pk not in undone and row.applied_minor + row.surplus_minor
    ]


def first_waiting(merchant_id: int, limit: int) -> list[Payment]:
    """The payments that need a person in the order of the queue: the newest first."""
    rows = Payment.objects.filter(merchant_id=merchant_id, state__in=NEEDS_A_PERSON).select_related("transaction")
    return list(rows.order_by("-booked_on", "-id")[:limit])


def waiting_place(merchant_id: int, payment: Payment) -> int:
    """Which one of the queue this waiting payment is, from 1."""
    newer = Q(booked_on__gt=payment.booked_on) | Q(booked_on=payment.booked_on, id__gt=payment.pk)
    return Payment.objects.filter(newer, merchant_id=merchant_id, state__in=NEEDS_A_PERSON).count() + 1


def _waiting_by_state(merchant_id: int, but: Payment) -> list[QuerySet[Payment]]:
    """Waiting payments, newest first, state by state: each is read off one index and not sorted."""
    rows = Payment.objects.filter(merchant_id=merchant_id).exclude(pk=but.pk).only("booked_on")
    return [rows.filter(state=state).order_by("-booked_on", "-id") for state in NEEDS_A_PERSON]


def _within(
    rows: QuerySet[Row], day: str, minor: str, bounds: tuple[date | None, date | None, int | None, int | None]
) -> QuerySet[Row]:
    first_day, last_day, least, most = bounds
    for name, value in (
        (f"{day}__gte", first_day),
        (f"{day}__lte", last_day),
        (f"{minor}__gte", least),
        (f"{minor}__lte", most),
    ):
        if value is not None:
            rows = rows.filter(**{name: value})
    return rows


def _payments_like(merchant_id: int, sought: Sought) -> Found[Payment]:
    """Payments like what was typed. Few are found first and picked; of many, the newest are found by looking."""
    rows = Payment.objects.filter(merchant_id=merchant_id)
    if sought.is_empty:
        return _all(rows)
    if sought.minor is not None:
        return _all(rows.filter(amount_minor=sought.minor))
    transactions = BankTransaction.objects.filter(_said(sought, ""), merchant_id=merchant_id).order_by()
    ids = list(transactions.values_list("pk", flat=True)[: MOST_COUNTED + 1])
    if len(ids) > MOST_COUNTED:
        own = BankTransaction.objects.filter(_said(sought, ""), pk=OuterRef("transaction"))
        looked_at = rows.filter(transaction=Subquery(own.values("pk")))
        return Found(looked_at, rows.filter(_said(sought, "transaction__")))
    found = list(Payment.objects.filter(transaction__in=ids).values_list("pk", flat=True))
    if sought.is_number:
        found += _paying(_orders_found(merchant_id, sought))
    return _all(picked(Payment.objects.all(), merchant_id, found))


def _all(rows: QuerySet[Row]) -> Found[Row]:
    return Found(rows, rows)


def _said(sought: Sought, path: str) -> Q:
    """What the bank said that somebody may look for."""
    if sought.account:
        return Q(**{f"{path}counterparty_number": sought.account})
    fields = ["counterparty", "remittance", *(["end_to_end_id"] if sought.is_number else [])]
    return sought.said_in(*(f"{path}{name}" for name in fields))


def _paying(orders: Sequence[int]) -> list[int]:
    """The payments that pay these orders."""
    items = list(OpenItem.objects.filter(order__in=orders).values_list("pk", flat=True))
    paid = Allocation.objects.filter(item__in=items, payment__isnull=False)
    return list(paid.values_list("payment_id", flat=True))


def _orders_found(merchant_id: int, sought: Sought) -> list[int]:
    return list(orders_like(merchant_id, sought).values_list("pk", flat=True)[: MOST_COUNTED + 1])


def _items_like(merchant_id: int, sought: Sought) -> Found[OpenItem]:
    rows = OpenItem.objects.filter(merchant_id=merchant_id)
    if sought.is_empty:
        return _all(rows)
    if sought.minor is not None:
        return _all(rows.filter(Q(total_minor=sought.minor) | Q(open_minor=sought.minor, state__in=OWED)))
    orders = _orders_found(merchant_id, sought)
    if len(orders) > MOST_COUNTED and not sought.is_number:
        own = Order.objects.filter(order_text(sought, ""), pk=OuterRef("order"))
        return Found(rows.filter(order=Subquery(own.values("pk"))), rows.filter(order_text(sought, "order__")))
    found = list(OpenItem.objects.filter(order__in=orders).values_list("pk", flat=True))
    if not found and sought.is_number:
        found = _with_number(merchant_id, sought.text)
    return _all(picked(OpenItem.objects.all(), merchant_id, found))


def _with_number(merchant_id: int, text: str) -> list[int]:
    """Items that the matcher would find by this number: a parcel's tracking number, and numbers written otherwise."""
    number = compact(text)
    if len(number) < SHORTEST:
        return []
    digest = digest_of(merchant_id)(f"number:{number}")
    keys = MatchKey.objects.filter(merchant_id=merchant_id, digest=digest)
    return list(keys.values_list("item_id", flat=True)[:MOST_COUNTED])
