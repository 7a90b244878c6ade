"""Cases with collection agencies: orders handed over, and how they stand; and orders that nobody is reminded of."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.forms import Currency, Day, Id, Line, Moment, Money, MoneyIn, Next, Ref, money
from zahlmeister.api.v1.orders import item_of
from zahlmeister.api.v1.pages import OneWanted, PageWanted, number_of, one_of, page_of
from zahlmeister.api.v1.problems import Problem, Wrong
from zahlmeister.api.v1.surface import caller, reads, writes
from zahlmeister.collection import states
from zahlmeister.collection.models import Case
from zahlmeister.dunning.models import DunningCase
from zahlmeister.dunning.states import Pause
from zahlmeister.flows import hand_over as flow
from zahlmeister.flows import steer_collection as steering
from zahlmeister.flows import steer_dunning
from zahlmeister.money.amount import Amount
from zahlmeister.programs.keys import Caller
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import OpenItem

router = Router(tags=["cases"])


class CaseOut(Schema):
    """An order that was handed to an agency. Its state is told on four axes that move on their own."""

    id: Id
    order: Id
    reference: str = Field(examples=["ZM-4711"])
    agency: str = Field(examples=["Inkasso Muster"])
    agency_number: str = Field(examples=["A-99"])
    hand_over: states.HandOver = Field(examples=["accepted"])
    stage: states.Stage = Field(examples=["extrajudicial"])
    work: states.Work = Field(examples=["in_progress"])
    money: states.Money = Field(examples=["unpaid"])
    principal: Money
    fees: Money = Field(examples=["5.00"])
    interest: Money = Field(examples=["0.31"])
    collected: Money = Field(examples=["0.00"])
    paid_directly: Money = Field(examples=["0.00"])
    currency: Currency
    handed_over_on: Day
    question: bool = Field(description="Whether the agency waits for an answer.", examples=[False])
    heard_at: Moment | None


class CasesOut(Schema):
    """A page of cases, newest first."""

    data: list[CaseOut]
    next: Next


class CasesWanted(PageWanted):
    """Which cases are wanted."""

    order: Ref = ""
    hand_over: list[states.HandOver] = []


class HandOverIn(Schema):
    """Which order an agency shall collect."""

    order: Id


class AnswerIn(Schema):
    """What the agency asked for."""

    text: str = Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$", examples=["The invoice is enclosed."])


class EndIn(Schema):
    """Why a case ends early. `cost` is what ending it costs as it was told; null where the agency does not say."""

    reason: Line = Field(min_length=1, examples=["the buyer has paid us"])
    cost: MoneyIn | None = Field(default=None, examples=["0.00"])


class CostOut(Schema):
    """What ending a case now would cost the merchant; null where the agency does not say."""

    id: Id
    cost: Money | None = Field(examples=["0.00"])
    currency: Currency


class PauseIn(Schema):
    """Why nobody is asked, and until the end of which day; null: until somebody says so."""

    reason: Pause = Field(examples=["agreement"])
    until: Day | None = None


class RemindersOut(Schema):
    """How asking for an order stands."""

    order: Id
    level: int = Field(description="Of the last notice; 0 before the first.", examples=[1])
    reached_on: Day | None
    paused_for: str = Field(description="Empty while it is not paused.", examples=["agreement"])
    paused_until: Day | None


@reads(router, "/cases", CasesOut, Scope.CASES_READ)
def list_cases(request: HttpRequest, wanted: Query[CasesWanted]) -> CasesOut:
    """Cases, newest first."""
    rows = _cases(caller(request))
    if wanted.order:
        rows = rows.filter(item__order=number_of(wanted.order))
    if wanted.hand_over:
        rows = rows.filter(hand_over__in=wanted.hand_over)
    found, following = page_of(rows, wanted)
    return CasesOut(data=[_out(row) for row in found], next=following)


@reads(router, "/cases/{case_id}", CaseOut, Scope.CASES_READ)
def get_case(request: HttpRequest, case_id: str, wanted: Query[OneWanted]) -> CaseOut:
    """One case."""
    del wanted  # its fields are looked at where the answer is written
    return _out(_case(request, case_id))


@reads(router, "/cases/{case_id}/cost-of-ending", CostOut, Scope.CASES_READ, also=(problems.AWAY, problems.REFUSED))
def get_cost_of_ending(request: HttpRequest, case_id: str, wanted: Query[OneWanted]) -> CostOut:
    """What ending a case now would cost, asked of the agency."""
    del wanted  # its fields are looked at where the answer is written
    case = _case(request, case_id)
    cost = _cost(request, case)
    return CostOut(id=str(case.pk), cost=None if cost is None else cost.text(), currency=case.currency)


@writes(router, "/cases", CaseOut, Scope.CASES_WRITE, status=201)
def create_case(request: HttpRequest, handed_in: Body[HandOverIn]) -> CaseOut:
    """Hand an order over to the agency that is for it; what is at an agency already stays the same case."""
    who, item = caller(request), item_of(request, handed_in.order)
    known = _cases(who).filter(item=item, hand_over__in=states.WITH_THE_AGENCY).first()
    if known is not None:
        return _out(known)
    try:
        made = flow.hand_over(who.merchant, item.pk, by=who.by, at=timezone.now())
    except flow.CannotGo as why:
        errors = tuple(Wrong(where="order", why=hindrance.value) for hindrance in why.hindrances)
        raise Problem(problems.REFUSED, str(why), errors=errors) from None
    return _out(_case(request, str(made.pk)))


@writes(router, "/cases/{case_id}/answer", CaseOut, Scope.CASES_WRITE)
def answer_case(request: HttpRequest, case_id: str, handed_in: Body[AnswerIn]) -> CaseOut:
    """Answer what the agency asks; refused where it asks nothing."""
    case, who = _case(request, case_id), caller(request)
    steering.answer(who.merchant, case.pk, handed_in.text, by=who.by, at=timezone.now())
    return _out(_case(request, case_id))


@writes(router, "/cases/{case_id}/end", CaseOut, Scope.CASES_WRITE)
def end_case(request: HttpRequest, case_id: str, handed_in: Body[EndIn]) -> CaseOut:
    """Take a case back from the agency. One that has ended, or is asked to, stays as it is."""
    case, who = _case(request, case_id), caller(request)
    if case.hand_over in states.WITH_THE_AGENCY and case.work != states.Work.CANCEL_ASKED:
        cost = _cost(request, case)
        told = Amount.parse(handed_in.cost, case.currency) if handed_in.cost is not None else None
        if cost != told:
            now = f"{cost} now" if cost is not None else "nothing that the agency would name"
            raise Problem(problems.REFUSED, f"Ending this case costs {now}; say so in the field “cost”.")
        steering.end(who.merchant, case.pk, handed_in.reason, cost=cost, by=who.by, at=timezone.now())
    return _out(_case(request, case_id))


@reads(router, "/orders/{order_id}/reminders", RemindersOut, Scope.CASES_READ)
def get_reminders(request: HttpRequest, order_id: str, wanted: Query[OneWanted]) -> RemindersOut:
    """How asking for an order stands."""
    del wanted  # its fields are looked at where the answer is written
    return _reminders(item_of(request, order_id))


@writes(router, "/orders/{order_id}/pause-reminders", RemindersOut, Scope.CASES_WRITE)
def pause_reminders(request: HttpRequest, order_id: str, handed_in: Body[PauseIn]) -> RemindersOut:
    """Nobody is asked to pay this order until somebody resumes, or until the end of a day."""
    item, who = item_of(request, order_id), caller(request)
    known = _reminders(item)
    if (known.paused_for, known.paused_until) != (handed_in.reason, handed_in.until):
        why, until = handed_in.reason, handed_in.until
        steer_dunning.pause(who.merchant, item.pk, why, until, by=who.by, at=timezone.now())
    return _reminders(item)


@writes(router, "/orders/{order_id}/resume-reminders", RemindersOut, Scope.CASES_WRITE)
def resume_reminders(request: HttpRequest, order_id: str) -> RemindersOut:
    """The order is asked for again, at the level where it stood; one that is not paused stays as it is."""
    item, who = item_of(request, order_id), caller(request)
    if _reminders(item).paused_for:
        steer_dunning.resume(who.merchant, item.pk, by=who.by, at=timezone.now())
    return _reminders(item)


def _reminders(item: OpenItem) -> RemindersOut:
    row = DunningCase.objects.filter(merchant=item.merchant_id, item=item).first() or DunningCase(item=item)
    return RemindersOut(
        order=str(item.order_id),
        level=row.level,
        reached_on=row.reached_on,
        paused_for=row.paused_for,
        paused_until=row.paused_until,
    )


def _cost(request: HttpRequest, case: Case) -> Amount | None:
    """What ending costs: nothing before the agency has taken the case."""
    if not case.number:
        return Amount.zero(case.currency)
    return steering.cost_of_ending(caller(request).merchant, case.pk)


def _case(request: HttpRequest, case_id: str) -> Case:
    return one_of(_cases(caller(request)), case_id, "case")


def _cases(who: Caller) -> QuerySet[Case]:
    rows = Case.objects.filter(merchant=who.merchant).select_related("item", "agency")
    return rows if who.shop is None else rows.filter(item__order__shop=who.shop)


def _out(row: Case) -> CaseOut:
    return CaseOut(
        id=str(row.pk),
        order=str(row.item.order_id),
        reference=row.reference,
        agency=row.agency.name,
        agency_number=row.number,
        hand_over=states.HandOver(row.hand_over),
        stage=states.Stage(row.stage),
        work=states.Work(row.work),
        money=states.Money(row.money),
        principal=money(row.principal_minor, row.currency),
        fees=money(row.fees_minor, row.currency),
        interest=money(row.interest_minor, row.currency),
        collected=money(row.collected_minor, row.currency),
        paid_directly=money(row.direct_minor, row.currency),
        currency=row.currency,
        question=bool(row.question),
        handed_over_on=row.handed_over_on,
        heard_at=row.heard_at,
    )
