"""A carrier's payment for cash on delivery is divided by its list: whole, in part, twice, and taken back."""

from unittest import mock

import pytest
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows import divide_payment
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.divide_payment import divide, hand_in_list, look_at
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.matching.parcels import How, WhyNot
from zahlmeister.receivables.models import AdviceList, Allocation, PayerAccount, Payment
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Refused, Unreadable

BY = "brigitte@wollstube.example"
HEADER = "Sendungsnummer;Referenz;Empfänger;Nachnahmebetrag;Gebühr\n"
ANNA_ROW = "01905123456789;;Anna Weber;24,98;1,50\n"
BERND_ROW = ";100012399;Bernd Krause;35,02;1,50\n"
CORA_ROW = ";;Cora Lindner;19,95;1,50\n"
ALL = HEADER + ANNA_ROW + BERND_ROW + CORA_ROW
NUMBERS = ("100012345", "100012399", "100012401")


def three_parcels(stage: Stage) -> None:
    stage.orders(
        order("100012345", "24.98", payment_kind="cod", tracking_numbers=("01905123456789",)),
        order("100012399", "35.02", "Bernd Krause", payment_kind="cod"),
        order("100012401", "19.95", "Cora Lindner", payment_kind="cod"),
    )


def carrier_pays(stage: Stage, minor: int) -> None:
    stage.pays(Paid(minor, "NN-Auszahlung KW 47", "DPD Deutschland GmbH", BERND))


def handed_in(stage: Stage, text: str = ALL, name: str = "liste.csv") -> AdviceList:
    return hand_in_list(stage.merchant, stage.payment().pk, text.encode(), name, by=BY, at=stage.now)


def apply(stage: Stage, advice_list: AdviceList, *lines: int, source: str = "form-1", keeps_rest: bool = False) -> None:
    chosen = lines or [row.said.line for row in look_at(advice_list).rows if row.is_assignable]
    divide(advice_list, chosen, by=BY, at=stage.now, source=source, keeps_rest=keeps_rest)


def states(stage: Stage) -> list[str]:
    return [stage.item(number).state for number in NUMBERS]


def fees(stage: Stage) -> int:
    return balance(stage.merchant.pk, Book.CARRIER_FEES, "EUR").minor


def test_a_list_that_explains_the_payment_pays_every_order_and_books_the_fee(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7995 - 450)
    division = look_at(handed_in(stage))
    assert [row.how for row in division.rows] == [How.TRACKING_NUMBER, How.ORDER_NUMBER, How.AMOUNT_AND_NAME]
    assert (division.is_whole, division.kept.minor, division.difference.minor) == (True, 450, 0)
    apply(stage, AdviceList.objects.get())
    assert states(stage) == [ItemState.PAID] * 3
    assert (stage.payment().state, stage.payment().open_minor, fees(stage)) == (PaymentState.ASSIGNED, 0, 450)
    assert stage.books() == []


def test_fees_that_are_charged_apart_are_not_booked(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7995)
    division = look_at(handed_in(stage))
    assert (division.is_whole, division.kept.minor) == (True, 0)
    apply(stage, AdviceList.objects.get())
    assert states(stage) == [ItemState.PAID] * 3
    assert fees(stage) == 0
    assert stage.books() == []


def test_the_same_form_twice_divides_once(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage)
    for _ in range(2):
        divide(advice_list, [2, 3, 4], by=BY, at=stage.now, source="form-1")
    assert (Allocation.objects.count(), fees(stage)) == (3, 450)
    with pytest.raises(Refused, match="left to divide"):
        divide(advice_list, [2, 3, 4], by=BY, at=stage.now, source="form-2")
    assert stage.books() == []


def test_the_same_list_handed_in_twice_is_one(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    assert handed_in(stage).pk == handed_in(stage, name="anders.csv").pk
    assert [step.verb for step in steps_of(stage.merchant.pk, "payment", stage.payment().pk)].count(
        "list_handed_in"
    ) == 1


@pytest.mark.parametrize("where", ["record", "allocate"])
def test_dying_in_the_middle_leaves_nothing(stage: Stage, where: str) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage)
    with mock.patch.object(divide_payment, where, side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        apply(stage, advice_list)
    assert states(stage) == [ItemState.OPEN] * 3
    assert (stage.payment().open_minor, stage.payment().kept_minor, fees(stage)) == (7545, 0, 0)
    assert stage.books() == []
    apply(stage, advice_list)
    assert states(stage) == [ItemState.PAID] * 3
    assert stage.books() == []


def test_taken_back_it_is_as_before_and_can_be_divided_again(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage)
    for attempt in ("form-1", "form-2"):
        apply(stage, advice_list, source=attempt)
        assert states(stage) == [ItemState.PAID] * 3
        unassign(stage.merchant, stage.payment().pk, by=BY, at=stage.now)
        payment = stage.payment()
        assert (payment.state, payment.open_minor, payment.kept_minor) == (PaymentState.UNCLEAR, 7545, 0)
        assert states(stage) == [ItemState.OPEN] * 3
        assert fees(stage) == 0
        assert stage.books() == []


def test_the_carriers_account_is_nobodys_account(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 2498)
    apply(stage, handed_in(stage, "Sendungsnummer;Betrag\n01905123456789;24,98\n"))
    assert stage.item("100012345").state == ItemState.PAID
    assert not PayerAccount.objects.exists()


def test_what_finds_no_order_stays_open_on_the_payment(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", payment_kind="cod", tracking_numbers=("01905123456789",)))
    carrier_pays(stage, 7545)
    division = look_at(handed_in(stage))
    assert [row.why_not for row in division.rows] == [None, WhyNot.UNKNOWN, WhyNot.UNKNOWN]
    assert (division.is_whole, division.difference.minor) == (False, 0)
    apply(stage, AdviceList.objects.get())
    payment = stage.payment()
    assert (payment.state, payment.open_minor, payment.kept_minor) == (PaymentState.PART_ASSIGNED, 7545 - 2348, 150)
    assert stage.books() == []


def test_the_rest_is_assigned_by_hand_and_all_of_it_taken_back(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    apply(stage, handed_in(stage), 2, 3)
    left = stage.payment().open_minor
    assign(stage.merchant, stage.payment().pk, [(stage.item("100012401").pk, left)], by=BY, at=stage.now, source="x")
    assert stage.item("100012401").open_minor == 150
    unassign(stage.merchant, stage.payment().pk, by=BY, at=stage.now)
    assert (stage.payment().open_minor, fees(stage)) == (7545, 0)
    assert stage.books() == []


def test_a_difference_is_shown_and_nothing_is_taken_that_is_not_there(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7000)
    advice_list = handed_in(stage)
    assert look_at(advice_list).difference.minor == 7000 - 7545
    with pytest.raises(Refused, match="only 70"):
        apply(stage, advice_list)
    assert states(stage) == [ItemState.OPEN] * 3
    assert stage.books() == []


def test_a_person_says_that_the_carrier_kept_the_rest(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7000)
    apply(stage, handed_in(stage), keeps_rest=True)
    assert states(stage) == [ItemState.PAID] * 3
    assert (stage.payment().open_minor, fees(stage)) == (0, 995)
    assert stage.books() == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("01905123456789;;Anna Weber;-24,98;\n", WhyNot.TAKEN_BACK),
        ("01905123456789;100012399;Anna Weber;24,98;\n", WhyNot.CONTRADICTION),
        ("01905999999999;;Otto Unbekannt;24,98;\n", WhyNot.UNKNOWN),
        (";;Weber;24,99;\n", WhyNot.UNKNOWN),
        (";;Anders Weber;24,98;\n", WhyNot.UNKNOWN),
    ],
)
def test_a_line_that_is_not_certain_is_left_to_a_person(stage: Stage, row: str, why: WhyNot) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage, HEADER + row)
    assert [one.why_not for one in look_at(advice_list).rows] == [why]
    with pytest.raises(Refused, match="Line 2"):
        apply(stage, advice_list, 2)


def test_a_parcel_that_stands_in_the_list_twice_is_paid_once(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage, HEADER + ANNA_ROW + ANNA_ROW)
    assert [row.why_not for row in look_at(advice_list).rows] == [None, WhyNot.TWICE]
    apply(stage, advice_list)
    assert stage.item("100012345").surplus_minor == 0
    assert stage.books() == []


def test_two_parcels_of_one_order_pay_it_together(stage: Stage) -> None:
    parcels = ("01905123456789", "01905123456790")
    stage.orders(order("100012345", "60.00", payment_kind="cod", tracking_numbers=parcels))
    carrier_pays(stage, 6000)
    apply(stage, handed_in(stage, "Paketnummer;Betrag\n01905123456789;30,00\n01905123456790;30,00\n"))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_an_order_that_was_paid_meanwhile_is_not_paid_again(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice_list = handed_in(stage)
    stage.pays(Paid(2498, "Bestellung 100012345"))
    carriers = next(paid for paid in stage.payments() if paid.amount_minor == 7545)
    assert look_at(advice_list).rows[0].why_not == WhyNot.CLOSED
    with pytest.raises(Refused, match="Line 2"):
        divide(advice_list, [2, 3, 4], by=BY, at=stage.now, source="form-1")
    assert next(paid for paid in stage.payments() if paid.pk == carriers.pk).open_minor == 7545
    assert stage.books() == []


def test_what_is_no_list_is_refused_and_not_kept(stage: Stage) -> None:
    carrier_pays(stage, 7545)
    with pytest.raises(Unreadable, match="no advice list"):
        handed_in(stage, "Hallo")
    assert not AdviceList.objects.exists()


def test_another_merchants_payment_does_not_exist(stage: Stage) -> None:
    carrier_pays(stage, 7545)
    with pytest.raises(Refused, match="does not exist"):
        hand_in_list(stage.merchant, stage.payment().pk + 1, ALL.encode(), "l.csv", by=BY, at=stage.now)


def test_no_line_chosen_is_refused(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    with pytest.raises(Refused, match="at least one line"):
        divide(handed_in(stage), [99], by=BY, at=stage.now, source="form-1")


def test_a_fee_that_the_books_do_not_know_is_found(stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    apply(stage, handed_in(stage))
    Payment.objects.update(kept_minor=449)
    [said] = stage.books()
    assert "4.49" in said
    assert "4.50" in said
