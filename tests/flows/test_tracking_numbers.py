"""A carrier's collective payment that names its parcels: divided when everything adds up, else a person decides."""

from tests.stage import BERND, Paid, Stage, order

from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.receivables.states import ItemState, PaymentState

PARCELS = {
    "100012345": ("24.98", "Anna Weber", "01905123456789"),
    "100012399": ("35.02", "Bernd Krause", "01905123456790"),
    "100012401": ("19.95", "Cora Lindner", "01905123456791"),
}


def sent(stage: Stage) -> None:
    stage.orders(
        *(
            order(number, amount, name, payment_kind="cod", tracking_numbers=(parcel,))
            for number, (amount, name, parcel) in PARCELS.items()
        )
    )


def carrier(minor: int, text: str) -> Paid:
    return Paid(minor, text, "DPD Deutschland GmbH", BERND)


def test_parcels_that_make_the_sum_are_all_paid(stage: Stage) -> None:
    sent(stage)
    stage.pays(carrier(7995, "NN-Auszahlung 01905123456789 01905123456790 01905123456791"))
    assert {stage.item(number).state for number in PARCELS} == {ItemState.PAID}
    assert "tracking_number" in [clue["kind"] for clue in stage.item("100012345").allocations.get().clues]
    assert stage.books() == []


def test_a_single_parcel_is_paid(stage: Stage) -> None:
    sent(stage)
    stage.pays(carrier(1995, "Nachnahme Paket 01905123456791"))
    assert stage.item("100012401").state == ItemState.PAID
    assert stage.item("100012345").state == ItemState.OPEN


def test_parcels_that_do_not_make_the_sum_wait_for_a_person(stage: Stage) -> None:
    sent(stage)
    stage.pays(carrier(7545, "NN-Auszahlung 01905123456789 01905123456790 01905123456791"))
    assert stage.payment().state == PaymentState.SUGGESTED
    suggested = {share["number"] for share in stage.payment().candidates[0]["shares"]}
    assert suggested == set(PARCELS)
    assert balance(stage.merchant.pk, Book.UNCLEAR, "EUR").minor == -7545


def test_a_tracking_number_with_a_slip_proves_nothing(stage: Stage) -> None:
    sent(stage)
    stage.pays(carrier(5000, "NN-Auszahlung 01905123456798"))
    assert stage.payment().state == PaymentState.UNCLEAR


def test_a_tracking_number_that_comes_later_is_found(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", payment_kind="cod"))
    stage.orders(order("100012345", "24.98", payment_kind="cod", tracking_numbers=("00340434161094012345",)))
    stage.pays(carrier(2498, "Nachnahme 00340434161094012345"))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_a_file_without_tracking_numbers_takes_none_away(stage: Stage) -> None:
    sent(stage)
    stage.orders(order("100012401", "29.95", "Cora Lindner", payment_kind="cod"))
    assert stage.item("100012401").order.tracking_numbers == "01905123456791"
    stage.pays(carrier(2995, "Nachnahme Paket 01905123456791"))
    assert stage.item("100012401").state == ItemState.PAID
    assert stage.books() == []
