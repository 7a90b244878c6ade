"""A case stands as its events say, whatever the order in which they arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.collection.fold import Event, Standing, stand
from zahlmeister.collection.states import HandOver, Money, Stage, Work
from zahlmeister.connectors.agencies.contract import Heard, Tell

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)


def theirs(kind: str, day: int, word: str = "", minor: int = 0) -> Event:
    return Event(False, kind, BEGIN + timedelta(days=day), f"{kind}-{day}", word, minor)


def ours(kind: str, day: int, minor: int = 0) -> Event:
    return Event(True, kind, BEGIN + timedelta(days=day), f"{kind}-{day}", "", minor)


def standing(*events: Event) -> Standing:
    return stand(events, principal_minor=8990)


ACCEPTED = theirs(Heard.ACCEPTED, 1)


def test_a_case_goes_its_way() -> None:
    way = [
        ACCEPTED,
        theirs(Heard.COLLECTED, 10, minor=4000),
        theirs(Heard.STAGE, 30, "court_order"),
        theirs(Heard.COLLECTED, 40, minor=4990),
        theirs(Heard.CLOSED, 50, "paid_full"),
    ]
    assert standing().hand_over is HandOver.SUBMITTED
    assert standing(*way[:1]).hand_over is HandOver.ACCEPTED
    assert standing(*way[:2]).money is Money.PART_PAID
    assert standing(*way[:3]).stage is Stage.COURT_ORDER
    end = standing(*way)
    assert (end.hand_over, end.stage, end.work, end.money) == (HandOver.ENDED, Stage.ENDED, Work.CLOSED, Money.PAID)
    assert (end.collected_minor, end.doubt) == (8990, "")


def test_the_order_of_arrival_changes_nothing() -> None:
    way = [
        ACCEPTED,
        theirs(Heard.STAGE, 3, "court_order"),
        theirs(Heard.STAGE, 4, "enforcement"),
        theirs(Heard.COLLECTED, 5, minor=100),
        theirs(Heard.CLOSED, 6, "unsuccessful"),
    ]
    assert len({repr(standing(*some)) for some in permutations(way)}) == 1


def test_a_question_is_answered_before_and_after_the_acceptance() -> None:
    asked = theirs(Heard.QUERY, 2)
    assert (standing(asked).hand_over, standing(asked).question) == (HandOver.QUERIED, "query-2")
    answered = standing(asked, ours(Tell.ANSWER, 3))
    assert (answered.hand_over, answered.question) == (HandOver.SUBMITTED, "")
    assert standing(asked, ours(Tell.ANSWER, 3), theirs(Heard.ACCEPTED, 4)).hand_over is HandOver.ACCEPTED
    assert standing(ACCEPTED, asked).hand_over is HandOver.QUERIED
    assert standing(ACCEPTED, asked, ours(Tell.ANSWER, 3)).hand_over is HandOver.ACCEPTED


def test_direct_money_counts_and_a_chargeback_wakes_the_case_up() -> None:
    paid = [ACCEPTED, ours(Tell.DIRECT_PAYMENT, 5, 8990), theirs(Heard.CLOSED, 6, "paid_full")]
    assert standing(*paid).money is Money.PAID
    woken = standing(*paid, ours(Tell.PAYMENT_REVERSED, 9, 8990))
    assert (woken.hand_over, woken.work, woken.money, woken.closed) == (
        HandOver.ACCEPTED,
        Work.IN_PROGRESS,
        Money.UNPAID,
        "",
    )
    again = standing(*paid, theirs(Heard.COLLECTED, 7, minor=200), theirs(Heard.REVERSED, 9, minor=200))
    assert again.hand_over is HandOver.ACCEPTED


@pytest.mark.parametrize(
    ("word", "work", "money"),
    [
        ("cancelled_client", Work.CANCELLED_BY_CLIENT, Money.UNPAID),
        ("cancelled_agency", Work.CANCELLED_BY_AGENCY, Money.UNPAID),
        ("insolvent", Work.CLOSED, Money.UNPAID),
        ("settled", Work.CLOSED, Money.SETTLED),
        ("paid_before", Work.CLOSED, Money.PAID),
    ],
)
def test_each_result_says_what_became_of_work_and_money(word: str, work: Work, money: Money) -> None:
    end = standing(ACCEPTED, theirs(Heard.CLOSED, 9, word))
    assert (end.hand_over, end.work, end.money) == (HandOver.ENDED, work, money)


def test_watching_goes_on_after_an_unsuccessful_case() -> None:
    watched = standing(ACCEPTED, theirs(Heard.CLOSED, 9, "monitoring"))
    assert (watched.hand_over, watched.stage) == (HandOver.ACCEPTED, Stage.MONITORING)


def test_what_does_not_add_up_is_said() -> None:
    assert standing(ACCEPTED, theirs(Heard.CLOSED, 9, "paid_full")).doubt == "closed_without_payment"
    assert standing(ACCEPTED, theirs(Heard.REVERSED, 9, minor=5)).doubt == "more_reversed_than_collected"
    too_much = Event(False, Heard.COLLECTED, BEGIN, "c", "", 14_000, {"principal": 9000, "agency_costs": 5000})
    assert standing(ACCEPTED, too_much).doubt == "more_than_owed"
    assert standing(ACCEPTED, replace(too_much, parts={"principal": 8990, "agency_costs": 5010})).doubt == ""


def test_after_a_rejection_nothing_brings_the_case_back() -> None:
    rejected = theirs(Heard.REJECTED, 1)
    assert (
        standing(rejected, theirs(Heard.ACCEPTED, 2), theirs(Heard.CLOSED, 3, "other")).hand_over is HandOver.REJECTED
    )


_KINDS = [*(kind.value for kind in Heard), *(kind.value for kind in Tell)]


@given(
    st.lists(
        st.tuples(st.sampled_from(_KINDS), st.integers(0, 9), st.integers(0, 3000)),
        max_size=12,
        unique_by=lambda one: one[:2],
    )
)
def test_no_sequence_of_events_breaks_the_fold(told: list[tuple[str, int, int]]) -> None:
    words = {Heard.STAGE: "enforcement", Heard.WORK: "paused", Heard.CLOSED: "unsuccessful"}
    events = [
        Event(kind in set(Tell), kind, BEGIN + timedelta(days=day), f"{kind}-{day}", words.get(kind, ""), minor)
        for kind, day, minor in told
    ]
    found = standing(*events)
    assert found == standing(*reversed(events))
    assert found.collected_minor == sum(
        event.amount_minor * {Heard.COLLECTED: 1, Heard.REVERSED: -1}.get(event.kind, 0) for event in events
    )
