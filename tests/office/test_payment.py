"""One payment: everything the bank said, what it may be for, and each decision with its way back."""

import re

import pytest
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.merchants.models import Person
from zahlmeister.receivables.models import Allocation, IgnoredPayer
from zahlmeister.receivables.states import ItemState, PaymentState


@pytest.fixture
def suggested(stage: Stage) -> Stage:
    """Cora pays nearly what she owes, and does not say for what: a person decides."""
    stage.orders(order("100012345", "54.80", "Cora Weiß"), order("100012346", "54.80", "Carla Weiß"))
    stage.pays(Paid(5480, "Wolle", "C Weiß", BERND))
    assert stage.payment().state in {PaymentState.SUGGESTED, PaymentState.UNCLEAR}
    return stage


def page(office: Client, stage: Stage, query: str = "") -> str:
    answer = office.get(f"/payments/{stage.payment().pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def give(office: Client, stage: Stage, *shares: tuple[str, str], key: str = "form-1") -> object:
    given = {
        "item": [stage.item(number).pk for number, _ in shares],
        "amount": [text for _, text in shares],
        "key": key,
    }
    return office.post(f"/payments/{stage.payment().pk}/assign", given)


def test_what_the_bank_said_stands_there_as_it_came(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Best. 1000 12345 &lt;b&gt;danke&lt;/b&gt;"))
    text = page(office, stage)
    assert "DE89 3704 0044 0532 0130 00" in text
    assert "<mark>1000 12345</mark>" in text
    assert "&lt;b&gt;danke&lt;/b&gt;" in text


def test_a_suggestion_says_why_and_what_will_happen(suggested: Stage, office: Client) -> None:
    text = page(office, suggested)
    assert suggested.payment().candidates
    assert 'class="for"' in text
    assert "The order is paid, " in text
    assert re.search(r"[0-9.]+\u202f% likely", text)


def test_clues_are_told_in_the_readers_language(suggested: Stage, brigitte: Person) -> None:
    text = page(signed_in(brigitte, "de"), suggested)
    assert "Betrag" in text
    assert "Wofür sie sein kann" in text
    assert "wahrscheinlich" in text


def test_assigned_the_order_is_paid_and_can_be_undone(suggested: Stage, office: Client) -> None:
    answer = give(office, suggested, ("100012345", "54.80"))
    payment = suggested.payment()
    assert answer.headers["Location"] == "/payments/"
    assert suggested.item("100012345").state == ItemState.PAID
    after = office.get("/payments/").content.decode()
    assert "54.80 EUR from C Weiß is assigned to order 100012345." in after
    undo = re.search(r'action="([^"]+)">.{0,200}Undo', after, re.DOTALL)
    assert undo
    assert undo[1] == f"/payments/{payment.pk}/unassign"
    assert office.post(undo[1]).headers["Location"] == f"/payments/{payment.pk}/"
    assert suggested.item("100012345").state == ItemState.OPEN
    assert "taken back" in page(office, suggested)
    assert suggested.books() == []


def test_the_same_form_twice_assigns_once(suggested: Stage, office: Client) -> None:
    give(office, suggested, ("100012345", "20"))
    give(office, suggested, ("100012345", "20"))
    assert Allocation.objects.count() == 1
    assert suggested.payment().open_minor == 3480
    assert suggested.books() == []


def test_a_split_is_checked_by_the_server(suggested: Stage, office: Client) -> None:
    answer = give(office, suggested, ("100012345", "40,00"), ("100012346", "40,00"))
    assert answer.status_code == 302
    assert "54.80" in office.get(answer.headers["Location"]).content.decode()
    assert not Allocation.objects.exists()


def test_a_split_over_two_orders(suggested: Stage, office: Client) -> None:
    give(office, suggested, ("100012345", "50,00"), ("100012346", "4,80"))
    assert suggested.payment().state == PaymentState.ASSIGNED
    assert suggested.item("100012345").open_minor == 480
    assert suggested.books() == []


@pytest.mark.parametrize("text", ["", "null", "0", "-5", "1,2,3", "1e5", "54.800"])
def test_an_amount_that_cannot_be_right_is_shown_again_with_the_reason(
    suggested: Stage, office: Client, text: str
) -> None:
    answer = give(office, suggested, ("100012345", text))
    assert answer.status_code in {302, 422}
    if answer.status_code == 422:
        assert "above zero" in answer.content.decode()
        assert 'aria-invalid="true"' in answer.content.decode()
        assert not Allocation.objects.exists()


def test_no_order_chosen_is_said(suggested: Stage, office: Client) -> None:
    answer = office.post(f"/payments/{suggested.payment().pk}/assign", {"key": "k"})
    assert answer.status_code == 422
    assert "Choose at least one order" in answer.content.decode()


def test_the_split_page_adds_finds_and_removes_without_changing_anything(suggested: Stage, office: Client) -> None:
    number = suggested.payment().pk
    first, second = suggested.item("100012345"), suggested.item("100012346")
    begun = office.get(f"/payments/{number}/split?item={first.pk}")
    assert begun.context["form"].rows[0].text == "54.80"
    kept = {"item": [first.pk], "amount": ["10"], "key": "k", "q": "Carla"}
    found = office.post(f"/payments/{number}/split", kept)
    assert [item.pk for item in found.context["orders"]] == [second.pk]
    added = office.post(f"/payments/{number}/split", {**kept, "add": second.pk})
    assert [(row.text, row.minor) for row in added.context["form"].rows] == [("10", 1000), ("44.80", 4480)]
    assert added.context["remaining_minor"] == 0
    both = {"item": [first.pk, second.pk], "amount": ["10", "44.80"], "key": "k", "remove": first.pk}
    removed = office.post(f"/payments/{number}/split", both)
    assert [row.item.pk for row in removed.context["form"].rows] == [second.pk]
    assert not Allocation.objects.exists()


def test_an_own_search_finds_an_order_to_assign(suggested: Stage, office: Client) -> None:
    for text in ("100012346", "carla", "54,80"):
        assert "100012346" in page(office, suggested, f"?q={text}")
    fragment = office.get(f"/payments/{suggested.payment().pk}/find?q=carla").content.decode()
    assert "<html" not in fragment
    assert "100012346" in fragment
    assert "No order is found" in page(office, suggested, "?q=nobody")


def test_ignored_once_and_taken_back(suggested: Stage, office: Client) -> None:
    number = suggested.payment().pk
    office.post(f"/payments/{number}/ignore")
    assert suggested.payment().state == PaymentState.IGNORED
    assert not IgnoredPayer.objects.exists()
    assert "No longer ignore" in page(office, suggested)
    office.post(f"/payments/{number}/unignore")
    assert suggested.payment().state == PaymentState.UNCLEAR
    assert suggested.books() == []


def test_ignored_for_good(suggested: Stage, office: Client) -> None:
    office.post(f"/payments/{suggested.payment().pk}/ignore", {"always": "1"})
    assert IgnoredPayer.objects.get().number == BERND


def test_what_is_not_allowed_is_said_and_changes_nothing(suggested: Stage, office: Client) -> None:
    number = suggested.payment().pk
    answer = office.post(f"/payments/{number}/unassign", follow=True)
    assert "Nothing of this payment is assigned." in answer.content.decode()
    office.post(f"/payments/{number}/ignore")
    answer = give(office, suggested, ("100012345", "54.80"))
    assert answer.headers["Location"] == f"/payments/{number}/"
    assert 'class="error"' in page(office, suggested)
    assert suggested.payment().state == PaymentState.IGNORED


def test_deciding_leads_to_the_next_that_waits(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "54.80"))
    stage.pays(*[Paid(minor, "danke", "Unbekannt", BERND) for minor in (111, 222, 333)])
    newest, middle, oldest = [payment.pk for payment in reversed(stage.payments())]
    assert office.post(f"/payments/{newest}/ignore").headers["Location"] == f"/payments/{middle}/"
    assert office.post(f"/payments/{oldest}/ignore").headers["Location"] == f"/payments/{middle}/"
    assert office.post(f"/payments/{middle}/ignore").headers["Location"] == "/payments/"


def test_next_and_previous(stage: Stage, office: Client) -> None:
    stage.pays(*[Paid(minor, "danke", "Unbekannt", BERND) for minor in (111, 222, 333)])
    oldest, middle, newest = [payment.pk for payment in stage.payments()]
    context = office.get(f"/payments/{middle}/").context
    assert (context["before"], context["after"]) == (newest, oldest)
    assert office.get(f"/payments/{newest}/").context["before"] is None


def test_history_and_postings_are_there(suggested: Stage, office: Client) -> None:
    give(office, suggested, ("100012345", "54.80"))
    text = page(office, suggested)
    for words in ("Recorded from the statement", "Assigned", "Payment assigned", "Unassigned payments", "Open items"):
        assert words in text


def test_a_page_costs_few_queries(stage: Stage, office: Client, django_assert_max_num_queries: object) -> None:
    numbers = fill(stage)
    with django_assert_max_num_queries(27):
        office.get(f"/payments/{numbers.payment_id}/")


def test_one_key_assigns_only_what_leads(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98", "Bernd Krause"))
    stage.pays(Paid(2498, "danke", "Unbekannt Verzogen", BERND))
    page = office.get(f"/payments/{stage.payment().pk}/").content.decode()

    assert "data-candidate" in page
    assert "data-leads" not in page
    assert "Nothing leads" in page


def test_an_order_that_is_paid_already_is_never_taken_by_one_key(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    stage.pays(Paid(2498, "100012345 again"))
    [again] = [payment for payment in stage.payments() if payment.open_minor]
    page = office.get(f"/payments/{again.pk}/").content.decode()

    assert "data-candidate" in page
    assert "data-leads" not in page
