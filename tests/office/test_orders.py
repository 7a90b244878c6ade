"""The list of orders, one order with its whole story, and what a person may decide about it."""

from datetime import date

import pytest
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.stage import Paid, Stage, order

from zahlmeister.merchants.models import Person
from zahlmeister.receivables.states import ItemState


@pytest.fixture
def shop(stage: Stage) -> Stage:
    """Anna has paid, Bernd too little, Cora nothing, and Dirk's is an old invoice."""
    stage.orders(
        order("100012345", "24.98", ordered_on=date(2026, 11, 16)),
        order("100012346", "49.90", "Bernd Krause", ordered_on=date(2026, 11, 17)),
        order("100012347", "10.00", "Cora Weiß", payment_kind="invoice", ordered_on=date(2026, 11, 18)),
        order("WS-1", "1234.50", "Dirk Öztürk", ordered_on=date(2026, 1, 5), due_on=date(2026, 1, 19)),
    )
    stage.later(minutes=5)
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(3000, "Bestellung 100012346", "Bernd Krause"))
    return stage


def numbers(office: Client, query: str = "") -> list[str]:
    answer = office.get(f"/orders/{query}")
    assert answer.status_code == 200
    return [row.number for row in answer.context["rows"]]


def page(office: Client, stage: Stage, number: str) -> str:
    answer = office.get(f"/orders/{stage.item(number).order_id}/")
    assert answer.status_code == 200
    return answer.content.decode()


def decide(office: Client, stage: Stage, number: str, verb: str, **given: str) -> object:
    return office.post(f"/orders/{stage.item(number).order_id}/{verb}", given)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["100012347", "100012346", "100012345", "WS-1"]),
        ("?state=paid", ["100012345"]),
        ("?state=owed", ["100012347", "100012346", "WS-1"]),
        ("?state=overdue", ["WS-1"]),
        ("?state=part_paid", ["100012346"]),
        ("?kind=invoice", ["100012347"]),
        ("?from=2026-11-17", ["100012347", "100012346"]),
        ("?min=1,000", ["WS-1"]),
        ("?max=24,98", ["100012347", "100012345"]),
        ("?q=ws-1", []),
        ("?q=WS-1", ["WS-1"]),
        ("?q=10001234", ["100012347", "100012346", "100012345"]),
        ("?q=krause", ["100012346"]),
        ("?q=kr", ["100012346"]),
        ("?q=ra", []),  # of two letters, words begin with them
        ("?q=öztürk", ["WS-1"]),
        ("?q=cora@post.example", ["100012347"]),
        ("?q=1.234,50", ["WS-1"]),
        ("?q=19,90", ["100012346"]),
        ("?shop=1", []),
        ("?q=nobody&state=paid", []),
    ],
)
def test_filters_find(shop: Stage, office: Client, query: str, expected: list[str]) -> None:
    assert numbers(office, query) == expected


def test_empty_lists_say_what_to_do(office: Client, stage: Stage) -> None:
    assert "hand in the file that it exports" in office.get("/orders/").content.decode()
    stage.orders(order("1", "1.00"))
    assert "fit no order" in office.get("/orders/?q=nobody").content.decode()


def test_the_file_holds_the_filtered_rows(shop: Stage, brigitte: Person) -> None:
    answer = signed_in(brigitte, "de").get("/orders/export?state=part_paid")
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[1] == (
        "100012346;2026-11-17;;Bernd Krause;bernd@post.example;Vorkasse;EUR;49,90;19,90;0,00;teilweise bezahlt;"
    )
    assert len(text.splitlines()) == 2


def test_the_story_shows_order_payment_clues_and_postings(shop: Stage, office: Client) -> None:
    text = page(office, shop, "100012346")
    for words in ("Order came in", "Paid in part", "Bernd Krause", "order number 100012346", "Order placed"):
        assert words in text
    assert "19.90" in text
    assert text.index("Paid in part") < text.index("Order came in")


def test_marked_as_paid_and_taken_back(shop: Stage, office: Client) -> None:
    answer = decide(office, shop, "100012347", "paid", key="form-1")
    assert answer.status_code == 302
    assert shop.item("100012347").state == ItemState.PAID
    after = page(office, shop, "100012347")
    assert "is marked as paid" in after
    assert "/unpaid" in after
    decide(office, shop, "100012347", "paid", key="form-1")
    decide(office, shop, "100012347", "unpaid")
    assert shop.item("100012347").state == ItemState.OPEN
    assert "Marked as paid by hand" in page(office, shop, "100012347")
    assert shop.books() == []


def test_cancelled_with_a_reason_and_asked_for_again(shop: Stage, office: Client) -> None:
    decide(office, shop, "100012347", "cancel", reason="  Kundin\r\nhat widerrufen  ")
    assert shop.item("100012347").state == ItemState.CANCELLED
    assert "Kundin hat widerrufen" in page(office, shop, "100012347")
    decide(office, shop, "100012347", "reopen")
    assert shop.item("100012347").state == ItemState.OPEN
    assert shop.books() == []


@pytest.mark.parametrize("verb", ["paid", "unpaid", "cancel", "reopen"])
def test_what_makes_no_sense_is_refused_in_a_sentence(shop: Stage, office: Client, verb: str) -> None:
    number = "100012345" if verb in {"paid", "cancel"} else "100012347"
    before = shop.item(number).state
    decide(office, shop, number, verb, key="x")
    assert 'class="error"' in page(office, shop, number)
    assert shop.item(number).state == before


def test_too_much_is_shown_as_such(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    stage.pays(Paid(2498, "Bestellung 100012345", on=date(2026, 11, 20)))
    for payment in stage.payments():
        if payment.open_minor:
            given = {"item": stage.item("100012345").pk, "amount": "24.98", "key": "k"}
            office.post(f"/payments/{payment.pk}/assign", given)
    assert "came too much" in page(office, stage, "100012345")


def test_a_page_costs_few_queries(stage: Stage, office: Client, django_assert_max_num_queries: object) -> None:
    numbers_ = fill(stage)
    with django_assert_max_num_queries(19):
        office.get("/orders/")
    with django_assert_max_num_queries(23):
        office.get(f"/orders/{numbers_.order_id}/")


def test_an_order_is_found_by_the_tracking_number_of_any_of_its_parcels(stage: Stage, office: Client) -> None:
    parcels = ("00340434161094012352", "00340434161094012369")
    stage.orders(order("100012345", "24.98", tracking_numbers=parcels), order("100012346", "49.90"))
    for text in (*parcels, "0034 0434 1610 9401 2369"):
        answer = office.get("/search/", {"q": text})
        assert answer.headers.get("Location") == f"/orders/{stage.item('100012345').order_id}/", text


def test_an_overpaid_order_says_so_everywhere(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(4990, "Bestellung 100012346", "Bernd Krause"))
    assert "overpaid" not in office.get("/").content.decode()

    stage.pays(Paid(2498, "Bestellung 100012345 nochmal"))
    twice = stage.payments()[-1]
    if twice.open_minor:
        shares = {"item": stage.item("100012345").pk, "amount": "24.98", "key": "once"}
        office.post(f"/payments/{twice.pk}/assign", shares)
    assert stage.item("100012345").surplus_minor == 2498

    assert "1 order is overpaid" in office.get("/").content.decode()
    page = office.get("/orders/?state=overpaid").content.decode()
    assert "100012345" in page
    assert "100012346" not in page
    assert "overpaid" in office.get(f"/orders/{stage.item('100012345').order_id}/").content.decode()
