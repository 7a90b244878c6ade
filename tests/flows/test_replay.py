"""Past months decided again: on what stood open then, compared with what stands in the books; nothing is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection
from tests.stage import ANNA, BERND, DIRK, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign, ignore, unassign
from zahlmeister.flows.mark_paid import cancel_item, mark_paid
from zahlmeister.flows.replay import Difference, Replayed, replay
from zahlmeister.receivables.models import Payment

BY = "brigitte@wollstube.example"
MONDAY = date(2026, 11, 16)


@contextmanager
def nothing_written() -> Iterator[None]:
    """Whoever writes while this holds fails."""

    def refuse(execute, sql, params, many, context):
        assert sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "DECLARE", "FETCH", "CLOSE")), sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def replayed(stage: Stage, *, with_learned: bool = False) -> list[Replayed]:
    days = {"first_day": date(2026, 9, 1), "last_day": date(2026, 12, 31)}
    with nothing_written():
        return list(replay(stage.merchant, **days, with_learned=with_learned))


def differences(stage: Stage, **how: bool) -> list[Difference]:
    return [one.difference for one in replayed(stage, **how)]


def newest(stage: Stage) -> Payment:
    return stage.payments()[-1]


def give(stage: Stage, payment: Payment, number: str) -> None:
    share = (stage.item(number).pk, payment.open_minor)
    assign(stage.merchant, payment.pk, [share], by=BY, at=stage.now, source=f"{payment.pk}{number}")


def test_what_was_decided_well_is_decided_the_same(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(
        Paid(2498, "100012345"), Paid(4990, "100012346", "Bernd Krause", BERND), Paid(3333, "?", "Niemand", DIRK)
    )
    assert differences(stage) == [Difference.SAME] * 3


def test_an_order_that_was_paid_later_counts_as_open_on_the_day(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345", on=date(2026, 11, 17)))
    stage.pays(Paid(2498, "100012345", on=date(2026, 11, 18)))
    first, second = replayed(stage)
    assert first.proposal.candidates[0].shares[0].item.open_minor == 2498
    assert (first.difference, second.difference) == (Difference.SAME, Difference.SAME)
    assert second.proposal.reason == "closed"


def test_what_the_books_say_otherwise_would_be_wrong_and_says_why(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98", "Bernd Krause"))
    stage.pays(Paid(2498, "100012345"))
    payment = newest(stage)
    unassign(stage.merchant, payment.pk, by=BY, at=stage.now)
    [waiting] = replayed(stage)
    assert waiting.difference is Difference.WRONG  # a person has taken exactly this back
    give(stage, newest(stage), "100012346")
    [corrected] = replayed(stage)
    assert corrected.difference is Difference.WRONG
    assert corrected.stands.orders == {stage.item("100012346").pk: "100012346"}
    assert {"order_number", "name", "amount"} <= {clue.kind for clue in corrected.proposal.candidates[0].clues}


def test_a_person_was_needed_because_the_order_came_later(stage: Stage) -> None:
    stage.pays(Paid(2498, "danke", "Niemand Bekannt", DIRK, on=MONDAY - timedelta(days=3)))
    stage.orders(order("100012345", "24.98", ordered_on=MONDAY))
    give(stage, newest(stage), "100012345")
    assert differences(stage) == [Difference.LATER]


def test_what_a_person_had_to_do_goes_by_itself_once_more_is_known(stage: Stage) -> None:
    stage.pays(Paid(2498, "100012345", on=MONDAY))
    stage.now += timedelta(days=1)
    waiting = newest(stage)
    stage.orders(order("100012345", "24.98", "Anna Weber", ordered_on=MONDAY))
    if waiting.open_minor and newest(stage).open_minor:
        give(stage, newest(stage), "100012345")
        assert differences(stage) == [Difference.AUTOMATIC]
    else:  # the import of the order looked at it again
        assert differences(stage) == [Difference.SAME]


def test_a_payer_learned_afterwards_is_known_only_with_what_was_learned(stage: Stage) -> None:
    stage.orders(
        *(order(f"10001234{n}", "387.50", "Johann Kessler", customer_number="20815") for n in (5, 6)),
        order("100012349", "387.50", "Dirk Vogel", customer_number="20816"),
    )
    stage.pays(Paid(38750, "Material", "Tiefbau Ortlieb", BERND, on=date(2026, 11, 17)))
    give(stage, newest(stage), "100012345")
    [then] = replayed(stage)
    [now] = replayed(stage, with_learned=True)
    assert "iban" not in {clue.kind for one in then.proposal.candidates for clue in one.clues}
    assert "iban" in {clue.kind for clue in now.proposal.candidates[0].clues}


def test_ignored_money_that_is_not_ignored_any_more(stage: Stage) -> None:
    stage.pays(Paid(3333, "danke", "Niemand Bekannt", DIRK))
    ignore(stage.merchant, newest(stage).pk, by=BY, at=stage.now)
    assert differences(stage) == [Difference.SAME]  # a person decided; the matcher still cannot
    Payment.objects.update(decided_by="matcher")
    assert differences(stage) == [Difference.KEPT]


def test_cancelled_and_marked_as_paid_are_closed_from_the_next_day(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    cancel_item(stage.merchant, stage.item("100012345").pk, by=BY, at=stage.now)
    mark_paid(stage.merchant, stage.item("100012346").pk, by=BY, at=stage.now, source="cash")
    for day in (20, 21):
        lines = Paid(2498, "100012345", iban=ANNA), Paid(4990, "100012346", "Bernd Krause", BERND)
        stage.pays(*(Paid(p.minor, p.text, p.name, p.iban, date(2026, 11, day)) for p in lines))
    friday, saturday = (
        {share.item.open_minor for one in replayed(stage) if one.payment.booked_on.day == day
         for share in one.proposal.candidates[0].shares}
        for day in (20, 21)
    )  # fmt: skip
    assert friday == {2498, 4990}
    assert saturday == {0}


def test_the_days_are_those_asked_for(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345", on=date(2026, 11, 17)))
    days = {"first_day": date(2026, 11, 18), "last_day": date(2026, 11, 30)}
    assert list(replay(stage.merchant, **days, with_learned=False)) == []


def twins(stage: Stage) -> Payment:
    """Two orders of one person and one price, and money for one of them: what waits is suggested, not booked."""
    stage.orders(*(order(number, "24.98", "Anna Weber") for number in ("100012345", "100012346")))
    stage.pays(Paid(2498, "danke"))
    waiting = newest(stage)
    assert len(waiting.candidates) >= 2
    return waiting


def reverse_suggestions(waiting: Payment) -> None:
    """As if an earlier matcher had thought the other order likelier."""
    Payment.objects.filter(pk=waiting.pk).update(candidates=waiting.candidates[::-1])


def test_another_first_suggestion_is_told_while_it_waits(stage: Stage) -> None:
    waiting = twins(stage)
    assert differences(stage) == [Difference.SAME]
    reverse_suggestions(waiting)
    [told] = replayed(stage)
    assert told.difference is Difference.RANKED
    assert told.proposal.candidates[0].clues


def test_a_suggestion_where_there_was_none_is_told(stage: Stage) -> None:
    waiting = twins(stage)
    Payment.objects.filter(pk=waiting.pk).update(candidates=[], state="unclear")
    assert differences(stage) == [Difference.RANKED]


def test_what_a_person_chose_is_told_when_it_would_come_first_only_then_or_only_now(stage: Stage) -> None:
    waiting = twins(stage)
    first, second = (one["shares"][0]["number"] for one in waiting.candidates[:2])
    give(stage, waiting, first)
    assert differences(stage) == [Difference.SAME]
    reverse_suggestions(waiting)
    assert differences(stage) == [Difference.RANKED]
    unassign(stage.merchant, waiting.pk, by=BY, at=stage.now)
    give(stage, newest(stage), second)
    assert differences(stage) == [Difference.RANKED]  # it came first then, and would not now
    Payment.objects.filter(pk=waiting.pk).update(candidates=[])
    assert differences(stage) == [Difference.SAME]  # forgotten with the time: nobody can say


def test_a_suggestion_of_an_order_that_came_later_is_no_difference_of_the_matcher(stage: Stage) -> None:
    waiting = twins(stage)
    stage.orders(order("100012399", "24.98", "Anna Weber", ordered_on=MONDAY + timedelta(days=9)))
    later = [{**waiting.candidates[0], "shares": [{"item": stage.item("100012399").pk, "number": "100012399"}]}]
    Payment.objects.filter(pk=waiting.pk).update(candidates=later)
    assert differences(stage) == [Difference.LATER]
