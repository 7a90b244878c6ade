"""What happens to a handed-over item on our side is reported to its agency, by itself.

Each case is compared with what its agency was told: allocations and their reversals, a smaller order, another address,
an objection. What the agency does not know becomes an event and a message, in one transaction; what it knows is known
by the event's key. So nothing is reported twice, and what was missed in one turn is found in the next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zahlmeister.collection.events import keep, restand
from zahlmeister.collection.models import Case, CaseEvent
from zahlmeister.collection.states import HandOver
from zahlmeister.connectors.agencies.contract import Address, Tell, Telling, as_document
from zahlmeister.dunning.states import Pause
from zahlmeister.flows.describe_claim import address_of
from zahlmeister.flows.hand_over import CHANNEL, group_of, subject_of
from zahlmeister.flows.hear_agency import COLLECTED
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import Allocation

Clock = Callable[[], datetime]
BY = "house"
#: Cases whose agency is told; after the end only money that is taken back is still news, and wakes the case up.
_TOLD = (HandOver.SUBMITTED, HandOver.QUERIED, HandOver.ACCEPTED, HandOver.ENDED)
#: So many cases are compared in one turn, and each so often.
BATCH = 50
EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something the agency does not know yet; `key` makes it this one."""

    key: str
    kind: Tell
    on: date
    amount: Amount | None = None
    address: Address | None = None
    text: str = ""


def follow_cases(*, clock: Clock) -> int | None:
    """A worker's turn: compare the cases that are due; how many things were reported, None when none was due."""
    now = clock()
    due = Case.objects.filter(hand_over__in=_TOLD, look_at__lte=now).select_related(*_WITH).order_by("look_at", "pk")
    found = list(due[:BATCH])
    Case.objects.filter(pk__in=[case.pk for case in found]).update(look_at=now + EVERY)
    return sum(report(case, at=now) for case in found) if found else None


def report(case: Case, *, at: datetime) -> int:
    """Tell the agency what it does not know of a case; how many things that were."""
    if not _unknown(case, at):
        return 0
    with transaction.atomic(durable=True):
        lock(case.merchant_id)
        case = Case.objects.select_related(*_WITH).get(pk=case.pk)
        found = _unknown(case, at)
        for difference in found:
            say(case, difference, by=BY, at=at)
        restand(case)
    return len(found)


def say(case: Case, difference: Difference, *, by: str, at: datetime, question: str = "") -> CaseEvent | None:
    """Write an event of ours and its message, inside the caller's transaction; None when it was said before.

    The caller lets the case stand anew.
    """
    telling = Telling(
        kind=difference.kind,
        reference=case.reference,
        case=case.number,
        on=difference.on,
        amount=difference.amount,
        text=difference.text,
        question=question,
        address=difference.address,
    )
    event = CaseEvent(
        merchant_id=case.merchant_id,
        agency=case.agency,
        case=case,
        is_ours=True,
        kind=difference.kind,
        key=difference.key,
        at=at,
        recorded_at=at,
        text=difference.text,
        amount_minor=difference.amount.minor if difference.amount else None,
        by=by,
        facts=as_document(telling),
    )
    if not keep(event):
        return None
    payload = {"case": case.pk, "event": event.pk}
    tell(case.merchant_id, [Said(CHANNEL, subject_of(case), difference.key, payload, group_of(case.agency))], at=at)
    facts = {"kind": str(difference.kind), "agency": case.agency.name}
    record(case.merchant_id, [Happened("item", case.item_id, "agency_told", by, difference.text, facts)], at=at)
    return event


_WITH = ("agency", "item__order__shop", "item__dunning", "merchant")


def _unknown(case: Case, at: datetime) -> list[Difference]:
    said = set(CaseEvent.objects.filter(case=case, is_ours=True).values_list("key", flat=True))
    is_open = case.hand_over != HandOver.ENDED
    found = [*_money(case), *(_changes(case, timezone.localdate(at)) if is_open else ())]
    return [one for one in found if one.key not in said and (is_open or one.kind is Tell.PAYMENT_REVERSED)]


def _money(case: Case) -> Iterator[Difference]:
    """Allocations since the hand-over, other than what the agency itself has brought in; and those taken back.

    Money from before the hand-over is no part of the claim; taken back now, it is owed on top of it.
    """
    before = frozenset(case.allocated_before)
    rows = Allocation.objects.filter(merchant_id=case.merchant_id, item=case.item).exclude(pk__in=before)
    rows = rows.exclude(source__startswith=COLLECTED).select_related("payment").order_by("pk")
    told: set[int] = set()
    for row in rows:
        minor = row.applied_minor + row.surplus_minor
        on = row.payment.booked_on if row.payment else timezone.localdate(row.at)
        if row.reverses_id is None and minor:
            told.add(row.pk)
            yield Difference(f"case:{case.pk}:paid:{row.pk}", Tell.DIRECT_PAYMENT, on, Amount(minor, case.currency))
        elif row.reverses_id and minor and (row.reverses_id in told or row.reverses_id in before):
            on = timezone.localdate(row.at)
            yield Difference(f"case:{case.pk}:back:{row.pk}", Tell.PAYMENT_REVERSED, on, Amount(minor, case.currency))


def _changes(case: Case, today: date) -> Iterator[Difference]:
    item = case.item
    if not case.claim:  # forgotten when its time was over
        return
    total = Amount.parse(case.claim["total"], case.currency).minor
    lowered = total - item.order.total_minor
    if lowered > 0:
        told = _credited(case)
        if lowered > told:
            amount = Amount(lowered - told, case.currency)
            yield Difference(f"case:{case.pk}:credit:{lowered}", Tell.CREDIT_NOTE, today, amount)
    address = address_of(item)
    if as_document_of(address) != case.claim["debtor"]["address"]:
        key = "|".join(as_document_of(address).values())
        yield Difference(f"case:{case.pk}:address:{key}"[:200], Tell.ADDRESS_CHANGED, today, address=address)
    asking = getattr(item, "dunning", None)
    if asking is not None and asking.paused_for == Pause.DISPUTE:
        yield Difference(f"case:{case.pk}:disputed", Tell.DISPUTED, today)


def _credited(case: Case) -> int:
    rows = CaseEvent.objects.filter(case=case, is_ours=True, kind=Tell.CREDIT_NOTE)
    return sum(minor or 0 for minor in rows.values_list("amount_minor", flat=True))


def as_document_of(address: Address) -> dict[str, str]:
    """An address the way a claim keeps it."""
    return {
        "street": address.street,
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
    }
