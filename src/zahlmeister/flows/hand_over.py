"""An item is handed over to an agency: the case, the whole claim and the message to the agency are written together.

From then on the merchant's own notices rest (see `flows.run_dunning`); they go on at the level where they stood when
the agency does not take the claim or the merchant takes it back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from zahlmeister.collection.eligible import Hindrance
from zahlmeister.collection.models import Agency, Case, CreditorData
from zahlmeister.connectors.agencies.contract import Claim, as_document
from zahlmeister.flows.describe_claim import Candidate, candidates, claim_of, one
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

CHANNEL = "agency"
HANDED_OVER = Hindrance.HANDED_OVER
BY = "house"
#: How often a worker looks for what can be handed over by itself.
EVERY = timedelta(hours=1)

Clock = Callable[[], datetime]


class CannotGo(Refused):
    """Something keeps the item from being handed over; `hindrances` say what."""

    def __init__(self, candidate: Candidate) -> None:
        self.hindrances = candidate.hindrances
        super().__init__(f"{candidate.item.order} cannot be handed over: {', '.join(candidate.hindrances)}.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be handed over, to whom, and what it may cost the debtor."""

    candidate: Candidate
    claim: Claim | None


def preview(merchant: Merchant, item_id: int, *, at: datetime) -> Preview:
    """What handing over an item would send; no claim where the debtor owes an agency nothing yet.

    Raises:
        Refused: the merchant has no such item.
    """
    today = localdate(at)
    candidate, creditor = one(merchant, item_id, at=at, today=today)
    try:
        claim = claim_of(candidate.item, creditor or CreditorData(), reference=_next(candidate.item), today=today)
    except Refused:
        claim = None
    return Preview(candidate, claim)


def hand_over(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> Case:
    """Hand an item over; what is at an agency already stays the same case.

    Args:
        merchant: whose.
        item_id: which open item.
        by: the person's e-mail address, or the name of what in the house does it.
        at: now.

    Raises:
        CannotGo: something keeps it from being handed over.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        today = localdate(at)
        candidate, creditor = one(merchant, item_id, at=at, today=today)
        if candidate.hindrances or candidate.agency is None or creditor is None:
            raise CannotGo(candidate)
        claim = claim_of(candidate.item, creditor, reference=_next(candidate.item), today=today)
        case = _case(candidate.item, candidate.agency, claim, by=by, at=at)
        case.save(force_insert=True)
        tell(merchant.pk, [_said(case)], at=at)
        facts = {"agency": candidate.agency.name, "reference": case.reference, "minor": claim.demanded.minor}
        record(merchant.pk, [Happened("item", item_id, "handed_over", by, "", facts)], at=at)
    return case


def hand_over_next(*, clock: Clock) -> list[Case] | None:
    """A worker's turn: hand over what can go of one merchant who has it done by itself; None when nobody is due."""
    now = clock()
    is_due = Q(look_at__isnull=True) | Q(look_at__lte=now)
    row = CreditorData.objects.filter(is_due, is_automatic=True).select_related("merchant").order_by("pk").first()
    if row is None or not CreditorData.objects.filter(is_due, pk=row.pk).update(look_at=now + EVERY):
        return None
    ready = [found for found in candidates(row.merchant, at=now, today=localdate(now)) if found.can_go]
    return [case for found in ready if (case := _handed_over(row.merchant, found, now)) is not None]


def _handed_over(merchant: Merchant, found: Candidate, at: datetime) -> Case | None:
    """None where something has come between since it was looked at; those behind it still go."""
    try:
        return hand_over(merchant, found.item.pk, by=BY, at=at)
    except Refused:
        return None


def group_of(agency: Agency) -> str:
    """The receiver of messages to an agency."""
    return f"agency:{agency.pk}"


def subject_of(case: Case) -> str:
    """What is told about a case goes out in its order."""
    return f"case:{case.pk}"


def _case(item: OpenItem, agency: Agency, claim: Claim, *, by: str, at: datetime) -> Case:
    return Case(
        merchant_id=item.merchant_id,
        item=item,
        agency=agency,
        reference=claim.reference,
        currency=item.currency,
        principal_minor=claim.principal.minor,
        fees_minor=claim.fees.minor,
        flat_minor=claim.flat.minor,
        interest_minor=claim.interest.minor,
        claim=as_document(claim),
        allocated_before=list(item.allocations.order_by("pk").values_list("pk", flat=True)),
        handed_over_on=localdate(at),
        look_at=at,
        handed_over_by=by,
    )


def _said(case: Case) -> Said:
    return Said(CHANNEL, subject_of(case), f"case:{case.pk}:submit", {"case": case.pk}, group_of(case.agency))


def _next(item: OpenItem) -> str:
    """Our reference: the order's number here, and a letter for each further attempt."""
    attempt = Case.objects.filter(merchant_id=item.merchant_id, item=item).count()
    return f"ZI{item.pk}" + (f"-{attempt + 1}" if attempt else "")
