"""Today: what needs a person, figures that are links, plots with tables; and the books that add up."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.dunning.models import Notice
from zahlmeister.merchants.models import Person
from zahlmeister.money.amount import Amount


@pytest.fixture(autouse=True)
def _friday() -> object:
    with time_machine.travel("2026-11-20 09:00+00:00", tick=False):
        yield


def today(office: Client) -> str:
    answer = office.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_house_explains_how_to_begin(office: Client) -> None:
    page = today(office)
    assert "Two files" in page
    assert 'type="file"' in page


def test_today_has_the_order_of_the_queue_and_each_payment_its_place_in_it(stage: Stage, office: Client) -> None:
    stage.pays(
        Paid(500, "x", "Neu", BERND),
        Paid(99900, "y", "Alt", BERND, on=date(2026, 11, 2)),
        Paid(700, "z", "Neuer", BERND),
    )
    page = today(office)
    addresses = list(dict.fromkeys(re.findall(r'href="(/payments/\d+/)"', page)))
    assert page.index("Neuer") < page.index("Neu<") < page.index("Alt")

    assert len(addresses) == 3
    for place, address in enumerate(addresses, start=1):
        shown = office.get(address).content.decode()
        assert f"{place} of 3 waiting" in shown
        if place < 3:
            assert re.search(rf'href="{addresses[place]}"\s+data-key="j"', shown)


def test_yesterdays_figures_lead_to_their_rows(stage: Stage, office: Client) -> None:
    fill(stage)
    page = today(office)
    assert "Yesterday:" in page
    for link in re.findall(r'href="(/payments/\?from=[^"]+)"', page):
        words = re.search(re.escape(link) + r'">([0-9]+)', page)
        assert words
        assert office.get(link.replace("&amp;", "&")).context["page"].count == int(words[1])
    assert "2 payments" in page
    assert "1 settled by itself" in page
    assert "1 order</a> is not fully paid" in " ".join(page.split())


def test_when_yesterday_was_quiet_the_last_busy_day_speaks(stage: Stage, office: Client) -> None:
    stage.pays(Paid(500, "x", "Klein", BERND, date(2026, 11, 11)))
    assert "On Wednesday, 11 November 2026" in today(office)


def test_plots_have_a_table_with_the_same_figures(stage: Stage, office: Client) -> None:
    fill(stage)
    page = today(office)
    assert page.count('role="img"') == 4
    assert page.count("As a table") == 4
    assert "style=" not in page
    assert "24.98" in page


def test_nothing_to_do_is_said(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    page = today(office)
    assert "Nothing needs you" in page
    assert "Every order is paid." in page


def test_today_costs_few_queries(stage: Stage, office: Client, django_assert_max_num_queries: object) -> None:
    fill(stage)
    with django_assert_max_num_queries(57):
        today(office)


def test_the_books_balance_on_both_sides(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    answer = office.get("/books/")
    [sheet] = answer.context["sheets"]
    assert sheet.debit_minor == sheet.credit_minor > 0
    page = answer.content.decode()
    assert "agree: " in page
    assert "Every balance is the sum of its postings" in office.get("/books/check").content.decode()


def test_books_that_do_not_add_up_are_told(stage: Stage, office: Client, brigitte: Person) -> None:
    fill(stage)
    item = stage.item("100012346")
    type(item).objects.filter(pk=item.pk).update(open_minor=1)
    page = office.get("/books/check").content.decode()
    assert "does not add up" in page
    assert "of Open items, the books" in page
    german = signed_in(brigitte, "de").get("/books/check").content.decode()
    assert "Die Zeilen ergeben" in german
    assert "receivables" not in german


def test_the_postings_of_an_account_page_by_page(stage: Stage, office: Client) -> None:
    stage.pays(*[Paid(100 + number, f"Zahlung {number}") for number in range(70)])
    first = office.get("/books/unclear/0/EUR/")
    assert [line.amount.minor for line in first.context["postings"]] == list(range(169, 119, -1))
    last = office.get(f"/books/unclear/0/EUR/?before={first.context['older']}")
    assert [line.amount.minor for line in last.context["postings"]] == list(range(119, 99, -1))
    assert last.context["older"] is None
    assert office.get("/books/surplus/0/CHF/").status_code == 404


def test_empty_books_say_so(office: Client) -> None:
    assert "The books are empty" in office.get("/books/").content.decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100012345", ["Anna Weber", "100012345"]),
        ("krause", ["100012346", "Bernd Krause"]),
        ("24,98", ["100012345", "Anna Weber", "understood as the amount"]),
        ("49,90", ["Order 100012346", "Its story"]),
        ("DE27 1007 7777 0209 2997 00", ["Unbekannt Verzogen", "understood as an account number"]),
        ("verzogen", ["Unbekannt Verzogen"]),
        ("nobody at all", ["Nothing is found"]),
        ("", ["Type an order number"]),
    ],
)
def test_one_field_finds_everything(stage: Stage, office: Client, text: str, found: list[str]) -> None:
    fill(stage)
    page = office.get("/search/", {"q": text}, follow=True).content.decode()
    for words in found:
        assert words in page


def test_the_only_thing_found_is_opened_at_once(stage: Stage, office: Client) -> None:
    fill(stage)
    answer = office.get("/search/", {"q": "100012346"})
    assert answer.headers["Location"] == f"/orders/{stage.item('100012346').order_id}/"


def test_friendly_pages_for_what_is_not_there(office: Client, settings: object) -> None:
    missing = office.get("/nowhere/")
    assert missing.status_code == 404
    assert "There is nothing at this address" in missing.content.decode()
    settings.ROOT_URLCONF = "tests.office.broken_urls"
    office.raise_request_exception = False
    broken = office.get("/broken/")
    assert broken.status_code == 500
    assert "Something broke on our side" in broken.content.decode()


def test_a_form_without_its_token_is_refused_in_a_sentence(stage: Stage, brigitte: Person) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "de"})
    client.cookies = signed_in(brigitte).cookies
    answer = client.post("/statements/")
    assert answer.status_code == 403
    assert "Die Seite war zu lange offen" in answer.content.decode()


#: Begins with the figure, as the sentences of Today do.
_FIGURE = re.compile(r'<a\s+href="(/(?:orders|payments|refunds|reminders/sent)/\?[^"]+)">\s*(\d+) ')


def test_every_figure_leads_to_just_its_rows(stage: Stage, office: Client) -> None:
    fill(stage)
    stage.orders(
        order("100012401", "10.00", "Carla Chur", ordered_on=date(2026, 11, 1), due_on=date(2026, 11, 10)),
        replace(order("100012402", "20.00", "Beat Bern"), amount=Amount.parse("20.00", "CHF")),
    )
    BankAccount.objects.create(merchant=stage.merchant, number="CH9300762011623852957", currency="CHF", is_ours=True)
    for number, on, left_out in (("100012345", 19, False), ("100012346", 13, False), ("100012401", 18, True)):
        said = {"what": "remind", "level": 0, "sent_by": "mail", "open_minor": 1, "by": "dunning"}
        days = {"on": date(2026, 11, on), "created_at": stage.now, "was_skipped": left_out}
        Notice.objects.create(merchant=stage.merchant, item=stage.item(number), **said, **days)
    Notice.objects.filter(item=stage.item("100012345")).update(on=stage.item("100012345").settled_on)
    sentences = re.findall(r'<p class="sentence">.*?</p>', today(office), re.DOTALL)
    found = [figure for sentence in sentences for figure in _FIGURE.findall(sentence)]
    assert {address.split("?")[1].split("&")[0] for address, _figure in found} >= {"state=owed", "state=overdue"}
    for address, figure in found:
        page = office.get(html.unescape(address))
        assert page.context["page"].count == int(figure), address
    reminded = [(address, figure) for address, figure in found if "/sent/" in address]
    assert [figure for _address, figure in reminded] == ["2", "1"]
    everything = office.get("/orders/?state=owed").context["page"].count
    assert everything == 1 + next(int(figure) for address, figure in found if "state=owed" in address)


def test_where_there_is_one_currency_nobody_is_asked_which(stage: Stage, office: Client) -> None:
    fill(stage)
    assert "currency=" not in today(office)
    assert "in any currency" not in office.get("/orders/").content.decode()
    BankAccount.objects.create(merchant=stage.merchant, number="CH9300762011623852957", currency="CHF", is_ours=True)
    assert "in any currency" in office.get("/orders/").content.decode()
    assert "in any currency" in office.get("/payments/").content.decode()
    assert office.get("/payments/?currency=CHF").context["page"].count == 0
    assert office.get("/payments/?currency=nonsense").context["page"].count > 0
