"""Agencies are listened to: what is new is kept once, the case stands anew, and its money goes into the books.

News come in whole pages and are kept one by one, each in a transaction of its own with all that follows from it. A
worker that dies goes on at the same page, and what is kept already changes nothing.
"""

from collections.abc import Callable, Container, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.collection.agencies import answered, claim_agency, failed
from zahlmeister.collection.events import heard, keep, restand
from zahlmeister.collection.models import Agency, AgencyPayout, Case, CaseEvent
from zahlmeister.collection.states import Closed, HandOver, Stage, Work
from zahlmeister.connectors.agencies.contract import Heard, News, Page
from zahlmeister.flows.reach_agency import spoken_to
from zahlmeister.flows.taken_back import take_back_whatever
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book, Legs, agency_collected, agency_collected_fees, agency_kept_share
from zahlmeister.merchants.lock import lock
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.receivables.costs import unpaid_costs
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refusals import Refusal

Clock = Callable[[], datetime]
#: So many pages are read in one turn; the rest waits for the next.
MOST_PAGES = 20
#: What the agency keeps of what it collects: its own costs, and the interest that is its pay (see the contract).
_KEPT = ("agency_costs", "interest")
#: The words that a case can stand with.
_WORDS: Mapping[str, Container[str]] = {
    Heard.STAGE: Stage.values,
    Heard.WORK: Work.values,
    Heard.CLOSED: [word.value for word in Closed],
}
#: What is ours besides the debt itself.
_FEES = ("fees", "flat")


def hear_next(*, clock: Clock) -> Agency | None:
    """A worker's turn: listen to the agency that is due; None when there is none."""
    agency = claim_agency(clock())
    if agency is None:
        return None
    try:
        after = _listen(agency, clock)
    except Refusal as stop:
        failed(agency, clock(), str(stop))
    else:
        answered(agency, clock(), after)
    return agency


def hear(agency: Agency, news: News, *, at: datetime) -> bool:
    """Keep one news with all that follows from it; False when it was kept before."""
    with transaction.atomic(durable=True):
        lock(agency.merchant_id)
        case = _case(agency, news)
        objection = _objection(case, news)
        if objection:
            return _set_aside(agency, news.key, f"{news.reference or news.case}: {objection}", at)
        event = _event(agency, case, news, at)
        if not keep(event):
            return False
        if news.kind is Heard.PAID_OUT:
            _announce(agency, news)
        if case is not None:
            _follow(case, event, news, at)
        else:
            record(agency.merchant_id, [Happened("agency", agency.pk, "stray_news", agency.name, news.text)], at=at)
    return True


def _listen(agency: Agency, clock: Clock) -> str:
    """Read page after page; the place in the news behind the last one."""
    after = agency.after
    with spoken_to(agency) as there:
        for _ in range(MOST_PAGES):
            page = there.news(after)
            for news in page.news:
                hear(agency, news, at=clock())
            _note_broken(agency, page, clock())
            if page.after == after or not page.news:
                return page.after
            after = page.after
    return after


def _note_broken(agency: Agency, page: Page, at: datetime) -> None:
    """What nobody can read is kept as it stands, once, for a person."""
    for sentence in page.broken:
        with transaction.atomic(durable=True):
            lock(agency.merchant_id)
            _set_aside(agency, f"unreadable:{sentence}", sentence, at)


def _set_aside(agency: Agency, key: str, sentence: str, at: datetime) -> bool:
    """Keep what nobody can act on for a person, inside the caller's transaction; False when it was kept before."""
    row = CaseEvent(
        merchant_id=agency.merchant_id,
        agency=agency,
        is_ours=False,
        kind="unreadable",
        key=key[:200],
        at=at,
        recorded_at=at,
        text=sentence,
    )
    is_new = keep(row)
    if is_new:
        record(agency.merchant_id, [Happened("agency", agency.pk, "unreadable", agency.name, sentence)], at=at)
    return is_new


def _objection(case: Case | None, news: News) -> str:
    """Why a news cannot be acted on although it was read: a word that is none of ours, or another currency."""
    words = _WORDS.get(news.kind)
    if words is not None and news.word not in words:
        return f"“{news.word}” is no word for “{news.kind}” that the house knows."
    if case is not None and news.amount is not None and news.amount.currency != case.currency:
        return f"{news.amount} was told of a case in {case.currency}."
    return ""


def _case(agency: Agency, news: News) -> Case | None:
    cases = Case.objects.filter(merchant_id=agency.merchant_id, agency=agency).select_related("item__order", "agency")
    found = cases.filter(reference=news.reference).first() if news.reference else None
    return found or (cases.filter(number=news.case).order_by("-pk").first() if news.case else None)


def _event(agency: Agency, case: Case | None, news: News, at: datetime) -> CaseEvent:
    return CaseEvent(
        merchant_id=agency.merchant_id,
        agency=agency,
        case=case,
        is_ours=False,
        kind=news.kind,
        key=news.key[:200],
        at=news.at,
        recorded_at=at,
        word=news.word[:40],
        text=news.text,
        amount_minor=news.amount.minor if news.amount else None,
        parts={name: amount.minor for name, amount in news.parts.items()},
        statement=news.statement[:80],
        by=agency.name,
        facts={"reference": news.reference, "case": news.case},
    )


def _follow(case: Case, event: CaseEvent, news: News, at: datetime) -> None:
    if news.case and not case.number:
        case.number = news.case[:80]
    heard(case, news.at)
    before = case.hand_over
    restand(case)
    match news.kind:
        case Heard.COLLECTED:
            _collected(case, event, news, at)
        case Heard.REVERSED:
            _gave_back(case, event, news, at)
        case _:
            pass
    facts = {"kind": str(news.kind), "word": news.word, "agency": event.by}
    steps = [Happened("item", case.item_id, "agency_said", event.by, news.text[:200], facts)]
    if case.hand_over != before:
        steps.append(Happened("item", case.item_id, f"case_{HandOver(case.hand_over).value}", event.by))
    record(case.merchant_id, steps, at=at)


# ---- money --------------------------------------------------------------------------------------------------------


def ours_of(amount: Amount, parts: Mapping[str, Amount], open_minor: int) -> tuple[int, int]:
    """Of what was collected: what lowers the debt, and what is ours beyond it; the agency keeps the rest.

    Where the agency does not tell the parts, the debt comes first: it pays its creditor before itself.

    Args:
        amount: everything that was collected.
        parts: its components; none where the agency does not tell them.
        open_minor: what is open of the debt.
    """
    if not parts:
        principal = min(amount.minor, open_minor)
        return principal, 0
    principal = parts["principal"].minor if "principal" in parts else 0
    fees = sum(parts[name].minor for name in _FEES if name in parts)
    kept = sum(parts[name].minor for name in _KEPT if name in parts)
    rest = amount.minor - principal - fees - kept
    return principal + max(rest, 0), fees


def _collected(case: Case, event: CaseEvent, news: News, at: datetime) -> None:
    """The debtor has paid the agency: the debt falls as paid elsewhere, and the agency owes it to us."""
    amount = Amount(news.amount.minor if news.amount else 0, case.currency)
    item = OpenItem.objects.get(pk=case.item_id)
    owed = item.open_minor + item.cancelled_minor
    principal, fees = ours_of(amount, news.parts, owed)
    asked = owed + (0 if item.claims_costs else unpaid_costs(item))
    for_item = principal + min(fees, max(asked - principal, 0))
    if for_item > 0:
        share = Share(item_id=case.item_id, minor=for_item, source=_source(event))
        allocate(case.merchant_id, [share], Decider(event.by, at))
    _book(case, event, agency_collected(case.agency_id), for_item, at)
    _book(case, event, agency_collected_fees(case.agency_id), principal + fees - for_item, at)
    _book(case, event, agency_kept_share(case.agency_id), _share(news), at)


def _gave_back(case: Case, event: CaseEvent, news: News, at: datetime) -> None:
    """What the debtor had paid was taken back: as much of it as was counted is owed again."""
    amount = Amount(news.amount.minor if news.amount else 0, case.currency)
    standing = _standing(case)
    counted = sum(row.applied_minor + row.surplus_minor for row in standing)
    ours = sum(ours_of(amount, news.parts, counted))
    for_item = min(ours, counted)
    decider = Decider(event.by, at)
    if for_item > 0:
        take_back_whatever(case.merchant_id, standing, decider)
        if counted > for_item:
            rest = Share(item_id=case.item_id, minor=counted - for_item, source=f"{_source(event)}:rest")
            allocate(case.merchant_id, [rest], decider)
    _book(case, event, agency_collected(case.agency_id).turned("agency_gave_back"), for_item, at)
    fees = agency_collected_fees(case.agency_id).turned("agency_gave_fees_back")
    _book(case, event, fees, ours - for_item if news.parts else 0, at)
    _book(case, event, agency_kept_share(case.agency_id).turned("agency_gave_share_back"), _share(news), at)


def _share(news: News) -> int:
    """What the agency keeps of the principal as its success fee."""
    kept = news.parts.get("success_fee")
    return kept.minor if kept else 0


def _standing(case: Case) -> list[Allocation]:
    rows = Allocation.objects.filter(merchant_id=case.merchant_id, item_id=case.item_id, source__startswith=COLLECTED)
    return list(rows.filter(reverses=None, reversal=None).order_by("pk"))


def _book(case: Case, event: CaseEvent, legs: Legs, minor: int, at: datetime) -> None:
    if minor > 0:
        booking = Booking(
            legs, Amount(minor, case.currency), f"case:{case.pk}:{event.pk}:{legs.text}", localdate(event.at)
        )
        post(case.merchant_id, [booking], at=at)


#: What the sources of allocations begin with that an agency's collecting made.
COLLECTED = "collection:"


def _source(event: CaseEvent) -> str:
    return f"{COLLECTED}{event.pk}"


def _announce(agency: Agency, news: News) -> None:
    """A payout is on its way; what we expect of it is all that the agency has of ours and has not announced before."""
    amount = news.amount or Amount(0, agency.currency)
    owed = balance(agency.merchant_id, Book.AGENCIES, amount.currency, about=agency.pk).minor
    waiting = AgencyPayout.objects.filter(agency=agency, payment=None, currency=amount.currency)
    announced = sum(waiting.values_list("amount_minor", flat=True))
    AgencyPayout.objects.get_or_create(
        merchant_id=agency.merchant_id,
        agency=agency,
        number=(news.statement or news.key)[:80],
        defaults={
            "currency": amount.currency,
            "amount_minor": amount.minor,
            "expected_minor": owed - announced,
            "announced_at": news.at,
            "look_at": news.at,
        },
    )
