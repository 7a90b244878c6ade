"""Nobody has paid a claim in time: the guarantor pays it, unless a condition of the guarantee is not met and named."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate, localtime

from zahlmeister.flows.purchase.both_sides import happened, lock_both
from zahlmeister.flows.purchase.follow_claims import note_paid
from zahlmeister.merchants.trouble import take_first
from zahlmeister.purchase import queries
from zahlmeister.purchase.dues import Cause, change
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Capture
from zahlmeister.purchase.rules import Circumstances, Condition, unmet
from zahlmeister.purchase.states import DueKind, EventKind, GuaranteeState

Clock = Callable[[], datetime]
BY = "house"
#: A guarantee that is withheld is looked at so often, and at the beginning of each day, before it is settled.
AGAIN = timedelta(hours=12)
#: The name of the turn, which settling takes as well.
PAY = "purchase.pay"


def pay_next(*, clock: Clock) -> Capture | None:
    """A worker's turn: look at one guarantee whose day has come; None when there is none."""
    now = clock()
    return take_first(PAY, due(queries.every_capture(), at=now), lambda found: pay_guarantee(found, at=now), at=now)


def due(rows: QuerySet[Capture], *, at: datetime) -> QuerySet[Capture]:
    """Those captures whose guarantee's day has come and was not looked at lately, the oldest first."""
    asked = rows.filter(
        Q(look_at=None) | Q(look_at__lte=at),
        guarantee=GuaranteeState.PENDING,
        is_guaranteed=False,
        pays_on__lte=localdate(at),
    )
    return asked.order_by("pays_on", "pk")


def pay_guarantee(capture: Capture, *, at: datetime) -> bool:
    """Make what is missing of a claim's price payable, whose day has come. Twice is once.

    Returns:
        Whether the guarantor pays; if not, the reasons stand with the capture.
    """
    today = localdate(at)
    with transaction.atomic(durable=True):
        lock_both(capture.authorisation.terms)
        capture.refresh_from_db()
        note_paid(capture, at=at)
        if capture.guarantee != GuaranteeState.PENDING or capture.is_guaranteed or capture.pays_on > today:
            return capture.is_guaranteed
        reasons = list(conditions(capture, at=at))
        if reasons:
            _withhold(capture, [reason.value for reason in reasons], at)
            return False
        missing = change(capture, Cause(DueKind.GUARANTEE, today, at), is_guaranteed=True, withheld=[])
        happened(capture, "guaranteed", BY, at=at, minor=missing)
        note_capture(capture, EventKind.PAYABLE, "guaranteed", at=at, amount=missing)
    return True


def conditions(capture: Capture, *, at: datetime) -> list[Condition]:
    """The conditions of the guarantee that are not met now."""
    about = Circumstances(
        needs_shipment=bool(capture.agreed("needs_shipment")),
        is_shipped=capture.shipped_on is not None,
        is_disputed=bool(capture.dispute),
        return_until=capture.return_until,
        reported_after_days=((capture.reported_on or capture.captured_on) - capture.invoiced_on).days,
        report_within_days=capture.agreed("report_within_days"),
        return_reported_after_days=capture.return_late_days,
        return_within_days=capture.agreed("return_within_days"),
    )
    return list(unmet(about, localdate(at)))


def _withhold(capture: Capture, reasons: list[str], at: datetime) -> None:
    is_news = capture.withheld != reasons
    capture.withheld = reasons
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    Capture.objects.filter(pk=capture.pk).update(withheld=reasons, look_at=min(at + AGAIN, midnight))
    if is_news:
        happened(capture, "withheld", BY, at=at, reasons=reasons)
        note_capture(capture, EventKind.WITHHELD, ",".join(reasons), at=at, reasons=reasons)
