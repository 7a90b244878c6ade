"""What can be asked about collection."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from zahlmeister.collection.models import Agency, AgencyPayout, Case, CaseEvent, CreditorData
from zahlmeister.collection.states import WITH_THE_AGENCY, HandOver
from zahlmeister.orders.models import PaymentKind
from zahlmeister.receivables.models import OpenItem


def at_agencies(merchant_id: int) -> frozenset[int]:
    """The items that an agency asks for now."""
    rows = Case.objects.filter(merchant_id=merchant_id, hand_over__in=WITH_THE_AGENCY)
    return frozenset(rows.values_list("item_id", flat=True))


def cases(merchant_id: int) -> QuerySet[Case]:
    """All cases, the newest first, with their orders and agencies."""
    return Case.objects.filter(merchant_id=merchant_id).select_related("item__order", "agency").order_by("-pk")


def case(merchant_id: int, case_id: int) -> Case | None:
    """One case; None when the merchant has none of this number."""
    return cases(merchant_id).filter(pk=case_id).first()


def asking(merchant_id: int) -> QuerySet[Case]:
    """Cases whose agency waits for an answer of the merchant's."""
    return cases(merchant_id).exclude(question="").filter(hand_over__in=WITH_THE_AGENCY)


def doubtful(merchant_id: int) -> QuerySet[Case]:
    """Cases whose sums do not add up."""
    return cases(merchant_id).exclude(doubt="")


def strays(merchant_id: int) -> list[CaseEvent]:
    """News that belong to no case of ours, and those nobody could read; the newest first."""
    rows = CaseEvent.objects.filter(merchant_id=merchant_id, case=None).exclude(kind="paid_out")
    return list(rows.select_related("agency").order_by("-recorded_at")[:100])


def payouts(merchant_id: int) -> QuerySet[AgencyPayout]:
    """What agencies announced to pay out, the newest first."""
    return AgencyPayout.objects.filter(merchant_id=merchant_id).select_related("agency", "payment").order_by("-pk")


def agencies(merchant_id: int) -> list[Agency]:
    """The agencies in the order in which they are asked to take a claim."""
    return list(Agency.objects.filter(merchant_id=merchant_id).order_by("position", "pk"))


def creditor(merchant_id: int) -> CreditorData | None:
    """What agencies have to know of the merchant; None until somebody has filled it in."""
    return CreditorData.objects.filter(merchant_id=merchant_id).first()


@dataclass(frozen=True, slots=True)
class Recovered:
    """One agency's result in one currency, in minor units."""

    agency: str
    currency: str
    cases: int
    handed_over: int
    collected: int
    direct: int


def recovered(merchant_id: int) -> list[Recovered]:
    """What each agency was handed and what came of it."""
    rows = (
        Case.objects.filter(merchant_id=merchant_id)
        .values_list("agency__name", "currency")
        .annotate(Count("pk"), Sum("principal_minor"), Sum("collected_minor"), Sum("direct_minor"))
        .order_by("agency__name", "currency")
    )
    return [Recovered(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way from due to recovered: how many items, and how much was owed on them, in minor units."""

    name: str
    count: int
    minor: int


def funnel(merchant_id: int, currency: str) -> list[Step]:
    """Invoices of one currency on their way: asked for, handed over, taken, paid at least in part, paid in full."""
    rows = Case.objects.filter(merchant_id=merchant_id, currency=currency)
    asked = OpenItem.objects.filter(merchant_id=merchant_id, currency=currency, dunning__level__gt=0)
    asked = asked.filter(order__payment_kind=PaymentKind.INVOICE)
    first = asked.aggregate(count=Count("pk"), minor=Sum("total_minor"))
    ways = (
        ("handed_over", Q()),
        ("accepted", Q(number__gt="") | Q(hand_over__in=(HandOver.ACCEPTED, HandOver.ENDED))),
        ("part_paid", Q(money__in=("part_paid", "paid", "settled"))),
        ("paid", Q(money__in=("paid", "settled"))),
    )
    told = [Step("reminded", first["count"], first["minor"] or 0)]
    for name, which in ways:
        found = rows.filter(which).aggregate(count=Count("pk"), minor=Sum("principal_minor"))
        told.append(Step(name, found["count"], found["minor"] or 0))
    return told


#: Upper ends, in days, of the age a debt had when it was handed over.
AGES = (30, 60, 90, 180)


def recovery_by_age(merchant_id: int, currency: str) -> list[tuple[int | None, int, int]]:
    """For each class of age at the hand-over: its upper end in days (None above the last), owed, brought in."""
    owed: Counter[int | None] = Counter()
    came: Counter[int | None] = Counter()
    rows = Case.objects.filter(merchant_id=merchant_id, currency=currency)
    for due, handed, principal, collected, direct in rows.values_list(
        "claim__due_on", "handed_over_on", "principal_minor", "collected_minor", "direct_minor"
    ).iterator():
        days = (handed - date.fromisoformat(due)).days
        upper = next((age for age in AGES if days <= age), None)
        owed[upper] += principal
        came[upper] += min(collected + direct, principal)
    return [(upper, owed[upper], came[upper]) for upper in (*AGES, None)]
