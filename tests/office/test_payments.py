"""The list of payments: filters in the address, pages of fifty, and the same rows as a file."""

from datetime import date

import pytest
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.merchants.models import Person


@pytest.fixture
def month(stage: Stage) -> Stage:
    """Five payments on three days."""
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(Paid(2498, "Bestellung 100012345", "Anna Weber", ANNA, date(2026, 11, 17)))
    stage.pays(
        Paid(3333, "danke", "Unbekannt Verzogen", BERND, date(2026, 11, 18)),
        Paid(123456, "=HYPERLINK(1)", "@SUM(A1)", BERND, date(2026, 11, 18)),
    )
    stage.pays(
        Paid(700, "Gruß aus Köln", "Jörg Müller", BERND, date(2026, 11, 19)),
        Paid(4990, "ohne Nummer", "Cora Weiß", BERND, date(2026, 11, 19)),
    )
    return stage


def shown(office: Client, query: str = "") -> str:
    answer = office.get(f"/payments/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def payers(office: Client, query: str = "") -> list[str]:
    return [row.payer for row in office.get(f"/payments/{query}", follow=True).context["rows"]]


def test_newest_first_with_what_they_pay(month: Stage, office: Client) -> None:
    rows = office.get("/payments/").context["rows"]
    assert [row.booked_on.day for row in rows] == [19, 19, 18, 18, 17]
    assert rows[-1].numbers == "100012345"
    assert "5 payments" in shown(office)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?state=assigned", ["Anna Weber"]),
        ("?state=assigned&by=matcher", ["Anna Weber"]),
        ("?state=assigned&by=person", []),
        ("?from=2026-11-19", ["Cora Weiß", "Jörg Müller"]),
        ("?from=17.11.2026&to=17.11.2026", ["Anna Weber"]),
        ("?min=40&max=50,00", ["Cora Weiß"]),
        ("?min=1.000,00", ["@SUM(A1)"]),
        ("?min=viel&max=10", ["Jörg Müller"]),
        ("?q=33,33", ["Unbekannt Verzogen"]),
        ("?q=1.234,56+€", ["@SUM(A1)"]),
        ("?q=24.98", ["Anna Weber"]),
        ("?q=verzogen", ["Unbekannt Verzogen"]),
        ("?q=müller", ["Jörg Müller"]),
        ("?q=GRUSS", []),
        ("?q=100012345", ["Anna Weber"]),
        (f"?q={ANNA[:4]}+{ANNA[4:]}", ["Anna Weber"]),
        (f"?q={ANNA[:-1]}", []),
        (f"?q={ANNA}", ["Anna Weber"]),
        ("?q=nobody", []),
    ],
)
def test_filters_find(month: Stage, office: Client, query: str, expected: list[str]) -> None:
    assert payers(office, query) == expected


def test_a_part_of_an_account_number_is_answered_with_what_to_do(month: Stage, office: Client) -> None:
    told = "found when you type the whole of it"
    for page in ("/payments/", "/orders/", "/search", "/refunds/", "/transfers/"):
        assert told in office.get(f"{page}?q={ANNA[:12]}", follow=True).content.decode(), page
        assert told not in office.get(f"{page}?q=nobody", follow=True).content.decode(), page
    for page in ("/letters/", "/settings/history"):  # find nothing by an account, however much of it is typed
        answer = office.get(f"{page}?q={ANNA[:12]}", follow=True).content.decode()
        assert "Nothing matches" in answer, page
        assert told not in answer, page


def test_those_that_need_a_person_are_the_rest(month: Stage, office: Client) -> None:
    assert len(payers(office, "?state=needs")) == 4


def test_filters_by_file_and_account(month: Stage, office: Client) -> None:
    first = month.payments()[0].transaction
    assert payers(office, f"?import={first.first_import_id}") == ["Anna Weber"]
    assert "from statement.xml" in shown(office, f"?import={first.first_import_id}")
    assert len(payers(office, f"?account={first.account_id}")) == 5
    assert payers(office, "?account=1") == []


@pytest.mark.parametrize(
    "query",
    [
        "?state=nonsense",
        "?from=gestern&to=99.99.9999",
        "?min=viel",
        "?account=x",
        "?page=x",
        "?page=-1",
        "?page=99999999999",
        "?import=99999999999999999999",
        "?by=nobody",
        "?q=%00",
        "?q=" + "x" * 5000,
    ],
)
def test_nonsense_in_the_address_breaks_nothing(month: Stage, office: Client, query: str) -> None:
    assert office.get(f"/payments/{query}").status_code == 200


def test_the_chips_say_what_is_shown(month: Stage, office: Client) -> None:
    page = shown(office, "?state=needs&from=2026-11-17&to=2026-11-18&min=10&q=danke")
    for words in ("that need a person", "from", "of 10.00 and more", "Show everything"):
        assert words in page
    assert 'name="q" value="danke"' in page


def test_what_is_not_understood_is_said(month: Stage, office: Client) -> None:
    page = shown(office, "?min=viel&from=gestern")
    assert "of an amount not understood" in page
    assert "on a day not understood" in page


def test_a_chip_keeps_the_other_filters(month: Stage, office: Client) -> None:
    [chip] = [chip for chip in office.get("/payments/?q=danke&min=10&page=2").context["chips"] if chip.choices][:1]
    assert all("q=danke" in choice.address and "min=10" in choice.address for choice in chip.choices)
    assert all("page" not in choice.address for choice in chip.choices)


def test_nothing_fits_says_why_and_what_to_do(month: Stage, office: Client) -> None:
    assert "fit no payment" in shown(office, "?q=nobody")


def test_no_payments_at_all_says_how_to_begin(office: Client) -> None:
    assert "Hand in a statement" in shown(office)


def test_pages_of_fifty(stage: Stage, office: Client) -> None:
    stage.pays(*[Paid(100 + number, f"Zahlung {number}", on=date(2026, 11, 18)) for number in range(120)])
    first = office.get("/payments/")
    assert [len(office.get(f"/payments/?page={page}").context["rows"]) for page in (1, 2, 3, 4)] == [50, 50, 20, 20]
    assert first.context["page"].older == "?page=2"
    assert office.get("/payments/?page=2").context["page"].newer == "?"
    seen = [row.id for page in (1, 2, 3) for row in office.get(f"/payments/?page={page}").context["rows"]]
    assert len(set(seen)) == 120
    assert "Page 2 of 3" in shown(office, "?page=2")


def test_a_list_costs_the_same_queries_however_long(
    stage: Stage, office: Client, django_assert_num_queries: object
) -> None:
    fill(stage)
    with django_assert_num_queries(18):
        office.get("/payments/")
    stage.pays(*[Paid(100 + number, f"Zahlung {number}") for number in range(60)])
    with django_assert_num_queries(18):
        office.get("/payments/")


def test_the_file_holds_the_filtered_rows_and_no_formulas(month: Stage, brigitte: Person) -> None:
    answer = signed_in(brigitte, "de").get("/payments/export?state=needs")
    text = b"".join(answer.streaming_content).decode("utf-8")
    lines = text.removeprefix("\ufeff").splitlines()
    assert text.startswith("\ufeff")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="zahlungseingaenge.csv"'
    assert len(lines) == 5
    assert lines[0].startswith("Buchungstag;Betrag;Währung;Auftraggeber")
    assert any(";1234,56;EUR;'@SUM(A1);" in line for line in lines)
    assert any(";'=HYPERLINK(1);" in line for line in lines)


def test_the_file_in_english_has_decimal_points(month: Stage, office: Client) -> None:
    text = b"".join(office.get("/payments/export?q=33.33").streaming_content).decode()
    assert "2026-11-18;33.33;EUR;Unbekannt Verzogen" in text
