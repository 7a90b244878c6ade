"""What keeps an order from being asked for: the run of a day and the page that shows it beforehand ask here."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.collection.queries import at_agencies
from zahlmeister.dunning.forecast import Coming
from zahlmeister.dunning.holds import Circumstances, Hold, holds
from zahlmeister.dunning.models import DunningCase
from zahlmeister.dunning.plan import What
from zahlmeister.orders.states import Presence
from zahlmeister.purchase.queries import guaranteed_items
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.states import PaymentState

#: A waiting payment keeps an item back when it is suggested for it with at least this confidence, in millionths.
LIKELY = 200_000


@dataclass(frozen=True, slots=True)
class MoneySeen:
    """What is known of a merchant's money at one moment: items that waiting payments are for, and the bank's news.

    `at_agencies` are the items that a collection agency asks for now, `guaranteed` those that a guarantor stands for.
    """

    likely_paid: frozenset[int]
    bank_read_at: datetime | None
    at_agencies: frozenset[int] = frozenset()
    guaranteed: frozenset[int] = frozenset()


def money_seen(merchant_id: int) -> MoneySeen:
    """What is known of a merchant's money now."""
    read = StatementImport.objects.filter(merchant_id=merchant_id, state=ImportState.DONE)
    read_at = read.aggregate(last=Max("finished_at"))["last"]
    return MoneySeen(_likely_paid(merchant_id), read_at, at_agencies(merchant_id), guaranteed_items(merchant_id))


def kept_back(item: OpenItem, step: Coming, seen: MoneySeen, *, at: datetime, today: date) -> list[Hold]:
    """Every reason why a step is not done for an item on the day `today`; empty when it is."""
    row, case = step.in_force.row, case_of(item)
    block = getattr(item.order.customer, "dunning_block", None)
    about = Circumstances(
        open_minor=item.open_minor,
        minimum_minor=row.minimum_minor,
        bank_read_at=seen.bank_read_at,
        bank_hours=row.bank_hours,
        has_waiting_payment=item.pk in seen.likely_paid,
        order_blocked_until=_until(case.paused_for, case.paused_until),
        customer_blocked_until=_until(block, block.until) if block else None,
        is_gone=item.order.presence != Presence.HERE,
        is_with_agency=item.pk in seen.at_agencies,
        is_guaranteed=item.pk in seen.guaranteed,
        can_be_reached=step.step.what not in (What.REMIND, What.ASK) or bool(item.order.email),
    )
    return list(holds(about, at=at, today=today))


def case_of(item: OpenItem) -> DunningCase:
    """Where asking for the item stands; a new one, not saved, when nobody has asked yet."""
    try:
        found: DunningCase = item.dunning
    except DunningCase.DoesNotExist:
        return DunningCase(merchant_id=item.merchant_id, item=item)
    return found


def _until(is_blocked: object, until: date | None) -> date | None:
    """The last day of a block; one without an end lasts."""
    return (until or date.max) if is_blocked else None


def _likely_paid(merchant_id: int) -> frozenset[int]:
    """Items that a payment waiting for a person is suggested for: asking for them may be asking twice."""
    waiting = Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.SUGGESTED)
    return frozenset(
        share["item"]
        for candidates in waiting.values_list("candidates", flat=True).iterator()
        for candidate in candidates[:1]
        if candidate["confidence_ppm"] >= LIKELY
        for share in candidate["shares"]
    )
