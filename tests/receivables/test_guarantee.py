"""The guarantee's figures on the stage: by itself, by hand, wrongly, and what nobody could have assigned."""

from datetime import date

from tests.stage import ANNA, BERND, DIRK, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.assign_payment import assign, ignore, unassign
from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.guarantee import Verdict, judged, missed, months
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.states import PaymentState

BY = "brigitte@wollstube.example"
NOVEMBER = date(2026, 11, 1)


def newest(stage: Stage) -> Payment:
    return stage.payments()[-1]


def give(stage: Stage, payment: Payment, number: str) -> None:
    stage.later(minutes=1)
    share = (stage.item(number).pk, payment.amount_minor)
    assign(stage.merchant, payment.pk, [share], by=BY, at=stage.now, source=f"{payment.pk}{number}{stage.now}")


def take_back(stage: Stage, payment: Payment) -> None:
    stage.later(minutes=1)
    unassign(stage.merchant, payment.pk, by=BY, at=stage.now)


def verdicts(stage: Stage) -> list[Verdict]:
    return [one.verdict for one in judged(stage.merchant.pk, NOVEMBER, date(2026, 11, 30))]


def come(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.later(minutes=1)


def test_what_is_assigned_by_itself_needs_no_row_and_counts(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(2498, "100012345"))
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.automatic, month.missed, month.per_mille) == (1, 0, 1000)
    assert verdicts(stage) == []


def test_the_first_suggestion_confirmed_by_hand_is_missed(stage: Stage) -> None:
    stage.orders(order("100012345", "54.80", "Cora Weiß"), order("100012346", "54.80", "Carla Weiß"))
    stage.later(minutes=1)
    stage.pays(Paid(5480, "Wolle", "C Weiß", BERND))
    payment = newest(stage)
    numbers = [one["shares"][0]["number"] for one in payment.candidates]
    give(stage, payment, numbers[1])
    assert verdicts(stage) == [Verdict.SUGGESTED]
    take_back(stage, payment)
    assert verdicts(stage) == []
    give(stage, payment, numbers[0])
    assert verdicts(stage) == [Verdict.FIRST]
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.automatic, month.suggested_first, month.by_hand, month.missed, month.per_mille) == (0, 1, 1, 1, 0)


def test_found_by_hand_without_a_suggestion_is_missed_too(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    give(stage, newest(stage), "100012346")
    assert verdicts(stage) == [Verdict.FOUND]
    [row] = missed(stage.merchant.pk, date(2026, 11, 19))
    assert (row.payment_id, row.minor, row.decided_by) == (newest(stage).pk, 3333, BY)


def test_taken_back_by_a_person_it_was_wrong_until_it_stands_as_before(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(2498, "100012345"))
    payment = newest(stage)
    take_back(stage, payment)
    assert verdicts(stage) == [Verdict.WRONG]
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.automatic, month.wrong, month.waiting) == (0, 1, 1)
    give(stage, payment, "100012346")
    assert verdicts(stage) == [Verdict.WRONG]
    take_back(stage, payment)
    give(stage, payment, "100012345")
    assert verdicts(stage) == [Verdict.CONFIRMED]
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.automatic, month.missed) == (1, 0)
    assert missed(stage.merchant.pk, NOVEMBER) == []


def test_an_order_that_came_after_the_money_is_not_missed(stage: Stage) -> None:
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    stage.later(hours=1)
    come(stage)
    give(stage, newest(stage), "100012346")
    assert verdicts(stage) == [Verdict.LATER]
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.later, month.assignable, month.per_mille) == (1, 0, None)


def test_an_order_that_was_paid_or_cancelled_already_is_not_missed(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(2498, "100012345"))
    stage.later(minutes=1)
    cancel_item(stage.merchant, stage.item("100012346").pk, by=BY, at=stage.now)
    for minor, number in ((1111, "100012345"), (2222, "100012346")):
        stage.later(minutes=1)
        stage.pays(Paid(minor, "danke", "Unbekannt Verzogen", DIRK))
        give(stage, newest(stage), number)
    assert verdicts(stage) == [Verdict.LATER, Verdict.LATER]


def test_the_same_payment_is_missed_when_the_order_is_paid_only_afterwards(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(1111, "danke", "Unbekannt Verzogen", DIRK))
    first = newest(stage)
    stage.later(minutes=5)
    stage.pays(Paid(2498, "100012345", "Anna Weber", ANNA))
    give(stage, first, "100012345")
    assert verdicts(stage) == [Verdict.FOUND]


def test_ignored_money_does_not_count(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    ignore(stage.merchant, newest(stage).pk, by=BY, at=stage.now)
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.assignable, month.waiting) == (0, 0)


def test_months_go_by_booking_day_and_merchants_are_apart(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(2498, "100012345", on=date(2026, 10, 31)))
    stage.pays(Paid(4990, "100012346", "Bernd Krause", BERND, on=date(2026, 11, 1)))
    assert {payment.state for payment in stage.payments()} == {PaymentState.ASSIGNED}
    assert [(month.first.month, month.automatic) for month in months(stage.merchant.pk, date(2026, 12, 5), 4)] == [
        (9, 0), (10, 1), (11, 1), (12, 0),
    ]  # fmt: skip
    stranger = Merchant.objects.create(name="Fremd", slug="fremd")
    assert [month.automatic for month in months(stranger.pk, NOVEMBER, 2)] == [0, 0]


def test_what_was_booked_before_the_start_is_nobodys_to_find(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    BankAccount.objects.update(starts_on=date(2026, 11, 20))
    give(stage, newest(stage), "100012346")
    assert verdicts(stage) == [Verdict.EARLY]
    [month] = months(stage.merchant.pk, NOVEMBER, 1)
    assert (month.early, month.assignable) == (1, 0)


def test_what_a_carriers_list_divided_is_nobodys_to_find(stage: Stage) -> None:
    come(stage)
    stage.pays(Paid(3333, "Nachnahme", "DHL Paket GmbH", DIRK))
    give(stage, newest(stage), "100012346")
    Allocation.objects.update(source="list:1:1")
    assert verdicts(stage) == [Verdict.LISTED]
