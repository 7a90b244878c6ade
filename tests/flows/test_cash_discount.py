"""Cash discount: taken in time it is granted and booked; taken too late the rest stays open."""

from datetime import date

from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState

UNTIL = date(2026, 11, 19)  # the day on which the stage's payments arrive


def with_discount(until: date = UNTIL) -> dict[str, object]:
    return {"discount": Amount(200, "EUR"), "discount_until": until, "payment_kind": "invoice"}


def test_taken_in_time_the_discount_is_granted(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00", **with_discount()))
    stage.pays(Paid(9800, "Bestellung 100012345 abzgl. 2% Skonto"))
    assert (stage.item("100012345").state, stage.item("100012345").open_minor) == (ItemState.PAID, 0)
    assert balance(stage.merchant.pk, Book.DISCOUNT, "EUR").minor == 200
    assert stage.books() == []


def test_taken_too_late_the_rest_stays_open(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00", **with_discount(date(2026, 11, 18))))
    stage.pays(Paid(9800, "Bestellung 100012345 abzgl. 2% Skonto"))
    assert (stage.item("100012345").state, stage.item("100012345").open_minor) == (ItemState.PART_PAID, 200)
    assert balance(stage.merchant.pk, Book.DISCOUNT, "EUR").minor == 0
    assert "amount_discount_late" in [clue["kind"] for clue in stage.item("100012345").allocations.get().clues]
    assert stage.books() == []


def test_booked_late_but_valued_in_time_is_in_time(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00", **with_discount(date(2026, 11, 18))))
    content = stage.statement(Paid(9800, "Bestellung 100012345")).replace(
        b"<ValDt><Dt>2026-11-19</Dt></ValDt>", b"<ValDt><Dt>2026-11-18</Dt></ValDt>"
    )
    stage.receive(content)
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_a_term_that_ends_on_a_weekend_ends_on_monday(stage: Stage) -> None:
    saturday, monday = date(2026, 11, 14), date(2026, 11, 16)
    for number, on in (("100012345", monday), ("100012346", date(2026, 11, 17))):
        stage.orders(order(number, "100.00", ordered_on=date(2026, 11, 4), **with_discount(saturday)))
        stage.pays(Paid(9800, f"Bestellung {number}", on=on))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.item("100012346").open_minor == 200
    assert stage.books() == []


def test_more_than_the_discount_is_asked_for_whole(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00", **with_discount()))
    stage.pays(Paid(9700, "Bestellung 100012345"))
    assert stage.item("100012345").open_minor == 300
    assert balance(stage.merchant.pk, Book.DISCOUNT, "EUR").minor == 0


def test_by_hand_it_is_granted_likewise_and_taken_back_whole(stage: Stage) -> None:
    stage.pays(Paid(9800, "danke", "Unbekannt Verzogen", BERND))
    stage.orders(order("100012345", "100.00", **with_discount()))
    payment, item = stage.payment(), stage.item("100012345")
    for _ in range(2):
        assign(stage.merchant, payment.pk, [(item.pk, 9800)], by="b", at=stage.now, source="form")
    assert stage.item("100012345").state == ItemState.PAID
    unassign(stage.merchant, payment.pk, by="b", at=stage.now)
    assert stage.item("100012345").open_minor == 10000
    assert balance(stage.merchant.pk, Book.DISCOUNT, "EUR").minor == 0
    assert stage.books() == []
