"""Invoices that were sold before anybody was checked, as applications with what was known on their day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.utils.timezone import get_current_timezone

from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.rules import Application, Asked, Facts, Method, Outcome, Overdue, Place
from zahlmeister.dunning.models import Notice
from zahlmeister.orders.models import PaymentKind
from zahlmeister.orders.states import Presence
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState

WEEK = timedelta(days=7)
#: Of one customer so many orders are looked at.
MOST = 500


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as an application, and what was known when it was placed."""

    order: str
    application: Application
    facts: Facts
    at: datetime


def past_orders(merchant_id: int, currency: str, *, first_day: date) -> Iterator[PastOrder]:
    """Invoices since a day that no decision was made on, customer by customer; of each customer one question more."""
    rows = OpenItem.objects.filter(
        merchant_id=merchant_id,
        currency=currency,
        order__payment_kind=PaymentKind.INVOICE,
        order__presence=Presence.HERE,
        order__customer__isnull=False,
    ).select_related("order")
    decided = CreditDecision.objects.filter(merchant_id=merchant_id, order=OuterRef("order__number"))
    told = rows.annotate(is_decided=Exists(decided)).order_by("order__customer_id", "opened_on", "pk")
    for _customer, group in groupby(told.iterator(chunk_size=1000), key=lambda item: item.order.customer_id):
        items = list(group)[-MOST:]
        if items[-1].opened_on >= first_day:
            notices = _notices(merchant_id, [item.pk for item in items])
            yield from (
                _as_it_was(item, items[:place], notices)
                for place, item in enumerate(items)
                if item.opened_on >= first_day and not item.is_decided
            )


def _notices(merchant_id: int, items: Sequence[int]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    rows = Notice.objects.filter(merchant_id=merchant_id, item__in=items, was_skipped=False).order_by("on")
    for item, on in rows.values_list("item_id", "on"):
        found.setdefault(item, []).append(on)
    return found


def _as_it_was(item: OpenItem, before: Sequence[OpenItem], notices: dict[int, list[date]]) -> PastOrder:
    day, order = item.opened_on, item.order
    at = datetime.combine(day, time(12), get_current_timezone())
    open_then = [one for one in before if _was_open(one, day)]
    paid = [one.settled_on for one in before if one.state == ItemState.PAID and one.settled_on]
    facts = Facts(
        open_minor=sum(one.total_minor for one in open_then),
        overdue=tuple(
            Overdue(one.total_minor, one.due_on, tuple(on for on in notices.get(one.pk, ()) if on < day))
            for one in open_then
            if one.due_on and one.due_on < day
        ),
        paid_on=tuple(sorted((on for on in paid if on < day), reverse=True)),
        dunned=sum(on < day for one in before for on in notices.get(one.pk, ())),
        bought_minor=sum(one.total_minor for one in before),
        returned_minor=sum(one.cancelled_minor for one in before),
        asked=tuple(
            Asked(
                datetime.combine(one.opened_on, time(12), get_current_timezone()),
                one.total_minor,
                one.order.number,
                frozenset({"customer"}),
                Outcome.ACCEPTED,
            )
            for one in before
            if one.opened_on > day - WEEK
        ),
    )
    application = Application(
        order=order.number,
        minor=item.total_minor,
        currency=item.currency,
        billing=Place(order.street, order.postcode, order.city, order.country or "DE"),
        last_name=order.name,
        company=order.company,
        email=order.email,
        phone=order.phone,
        method=Method.INVOICE,
        customer_number=order.customer_number,
        registered_on=day if order.customer_number else None,
    )
    return PastOrder(order.number, application, facts, at)


def _was_open(item: OpenItem, day: date) -> bool:
    return item.opened_on <= day and (item.settled_on is None or item.settled_on > day)
