"""What the house knows of somebody who wants to buy on invoice: at most sixteen questions to its own tables.

A merchant's own knowledge is his to see. What his guarantor knows from other merchants counts too, and is kept apart:
it is theirs and the buyer's (see `credit.veil`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.timezone import localdate

from zahlmeister.collection.models import Case
from zahlmeister.collection.states import WITH_THE_AGENCY, Closed
from zahlmeister.credit.look_data import place_key
from zahlmeister.credit.past import past_of
from zahlmeister.credit.rules import Application, Facts, Overdue, Place
from zahlmeister.dunning.models import CustomerBlock, Notice
from zahlmeister.dunning.states import Pause
from zahlmeister.orders.models import Customer, PaymentKind
from zahlmeister.orders.states import Presence
from zahlmeister.purchase.models import Authorisation
from zahlmeister.purchase.queries import claims_on, reserved_minor
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState

#: So many of a buyer's newest orders are looked at.
MOST = 500
YEAR = timedelta(days=365)
_PARTS = ("street", "postcode", "city", "country")


class Bought(NamedTuple):
    """One of the buyer's orders and what became of its money; `merchant` is the guarantor's where he has bought it.

    `seller` is who sold it then, and None where nobody has bought it.
    """

    item: int
    merchant: int
    number: str
    kind: str
    state: str
    currency: str
    open_minor: int
    total_minor: int
    cancelled_minor: int
    opened_on: date
    due_on: date | None
    settled_on: date | None
    street: str
    postcode: str
    country: str
    delivery: Mapping[str, Any]
    paused_for: str | None
    seller: int | None = None

    @property
    def is_on_invoice(self) -> bool:
        return self.kind == PaymentKind.INVOICE

    @property
    def place(self) -> Place:
        """Where its goods went."""
        if self.delivery.get("street"):
            street, postcode, city, country = (str(self.delivery.get(part, "")) for part in _PARTS)
            return Place(street, postcode, city, country)
        return Place(self.street, self.postcode, "", self.country)


@dataclass(frozen=True, slots=True)
class Known:
    """What the merchant knows by himself, and everything, which decides."""

    own: Facts
    whole: Facts


@dataclass(frozen=True, slots=True)
class _Asking:
    """What was done about the buyer's orders: written notices by item, and what agencies have."""

    notices: Mapping[int, Sequence[date]]
    with_agency: frozenset[int]
    insolvent: frozenset[int]


def facts_of(merchant_id: int, application: Application, *, at: datetime) -> Known:
    """Everything that decides, except a bureau's opinion. The order that is asked for does not count against itself."""
    past = past_of(merchant_id, application, at=at)
    customers = _customers(merchant_id, application)
    rows = [*_sold_by_guarantors(merchant_id, application), *_bought(merchant_id, customers, past.orders, application)]
    asking = _asking(rows)
    is_blocked = CustomerBlock.objects.filter(merchant_id=merchant_id, customer__in=customers).exists()
    of_the_house = Facts(
        is_blocked=is_blocked,
        listed=past.listed,
        cities=past.cities,
        asked=past.asked,
        names_at_address=past.names_at_address,
    )
    reserved = _reserved(merchant_id, application, past.reserved)
    mine = [row for row in rows if row.seller in (None, merchant_id)]
    own = _of_rows(replace(of_the_house, reserved_minor=reserved[0]), mine, asking, application, at)
    if len(mine) == len(rows):
        return Known(own, replace(own, reserved_minor=reserved[1]))
    return Known(own, _of_rows(replace(of_the_house, reserved_minor=reserved[1]), rows, asking, application, at))


def _of_rows(known: Facts, rows: Sequence[Bought], asking: _Asking, application: Application, at: datetime) -> Facts:
    """The facts with what these orders say."""
    today = localdate(at)
    owed = [row for row in rows if row.is_on_invoice and row.state in OWED and row.currency == application.currency]
    paid = [row for row in rows if row.is_on_invoice and row.state == ItemState.PAID and row.settled_on]
    year = [row for row in rows if row.opened_on >= today - YEAR and row.currency == application.currency]
    told = [earlier.ordered_on for earlier in application.customer_history if earlier.is_paid]
    items = {row.item for row in rows}
    return replace(
        known,
        open_minor=sum(row.open_minor for row in owed),
        overdue=tuple(_overdue(row, asking) for row in owed if _due_on(row) < today),
        paid_on=tuple(sorted([*told, *(row.settled_on for row in paid if row.settled_on)], reverse=True)),
        dunned=sum(len(days) for item, days in asking.notices.items() if item in items),
        is_insolvent=not asking.insolvent.isdisjoint(items),
        bought_minor=sum(row.total_minor for row in year),
        returned_minor=_returned(year),
        known_places=frozenset(place_key(row.place) for row in paid),
    )


def _customers(merchant_id: int, application: Application) -> list[int]:
    """The customers that the buyer is in the shops: by number, and by e-mail address."""
    told = (f"number:{application.customer_number.strip()}", f"mail:{application.email.strip().lower()}")
    wanted = [identity[:200] for identity in told if not identity.endswith(":")]
    return list(Customer.objects.filter(merchant_id=merchant_id, identity__in=wanted).values_list("pk", flat=True))


def _bought(
    merchant_id: int, customers: Sequence[int], numbers: Sequence[str], application: Application
) -> list[Bought]:
    """His orders with this merchant; those that a guarantor has bought are the guarantor's claims, and not these."""
    whose = Q(order__customer__in=customers) | Q(order__number__in=numbers)
    rows = OpenItem.objects.filter(whose, merchant_id=merchant_id, order__presence=Presence.HERE)
    guaranteed = Authorisation.objects.filter(
        merchant_id=merchant_id, order_number=OuterRef("order__number"), captured_minor__gt=0
    )
    found = rows.exclude(order__number=application.order).filter(~Exists(guaranteed))
    return [Bought(*row) for row in found.order_by("-opened_on", "-pk").values_list(*_FIELDS)[:MOST]]


def _sold_by_guarantors(merchant_id: int, application: Application) -> list[Bought]:
    """The claims on him that the merchant's guarantors have bought, from whoever sold."""
    rows = claims_on(merchant_id, application.email).order_by("-opened_on", "-pk")
    if not application.email.strip():
        return []
    return [Bought(*row) for row in rows.values_list(*_FIELDS, "capture__merchant_id")[:MOST]]


def _reserved(merchant_id: int, application: Application, decided: Mapping[int, int]) -> tuple[int, int]:
    """What decisions reserve until an authorisation takes it over, and what authorisations do: here, and in all."""
    taken = Authorisation.objects.filter(merchant_id=merchant_id, decision__in=list(decided))
    taken_over = set(taken.values_list("decision", flat=True)) if decided else set()
    here, in_all = (0, 0)
    if application.email.strip():
        here, in_all = reserved_minor(merchant_id, application.email, but_order=application.order)
    still = sum(minor for number, minor in decided.items() if number not in taken_over)
    return here + still, in_all + still


_FIELDS = (
    "pk", "merchant_id", "order__number", "order__payment_kind", "state", "currency", "open_minor", "total_minor",
    "cancelled_minor", "opened_on", "due_on", "settled_on", "order__street", "order__postcode", "order__country",
    "order__delivery", "dunning__paused_for",
)  # fmt: skip


def _asking(rows: Sequence[Bought]) -> _Asking:
    items, merchants = [row.item for row in rows], {row.merchant for row in rows}
    notices: dict[int, list[date]] = defaultdict(list)
    sent = Notice.objects.filter(merchant_id__in=merchants, item__in=items, was_skipped=False)
    for item, on, due_on in sent.order_by("on").values_list("item_id", "on", "item__due_on"):
        if due_on is None or on > due_on:
            notices[item].append(on)
    cases = Case.objects.filter(merchant_id__in=merchants, item__in=items)
    told = list(cases.values_list("item_id", "hand_over", "closed"))
    with_agency = frozenset(item for item, hand_over, _closed in told if hand_over in WITH_THE_AGENCY)
    insolvent = frozenset(item for item, _hand_over, closed in told if closed == Closed.INSOLVENT)
    return _Asking(notices, with_agency, insolvent)


def _overdue(row: Bought, asking: _Asking) -> Overdue:
    return Overdue(
        row.open_minor,
        _due_on(row),
        tuple(asking.notices.get(row.item, ())),
        is_disputed=row.paused_for == Pause.DISPUTE,
        is_collected=row.item in asking.with_agency,
    )


def _due_on(row: Bought) -> date:
    return row.due_on or row.opened_on


def _returned(year: Sequence[Bought]) -> int:
    """What of the last year's orders was cancelled or refunded."""
    merchants = {row.merchant for row in year}
    rows = Refund.objects.filter(merchant_id__in=merchants, item__in=[row.item for row in year])
    rows = rows.exclude(state=RefundState.CANCELLED)
    refunded = rows.aggregate(together=Sum("amount_minor"))["together"] or 0
    return refunded + sum(row.cancelled_minor for row in year)
