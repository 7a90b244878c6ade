"""The guarantee's page: figures that lead to their rows, months to turn, and what was learned with its yes and no."""

import re
from datetime import date

import pytest
import time_machine
from django.test import Client
from tests.office.conftest import proposed, ruled, signed_in
from tests.stage import BERND, CORA, DIRK, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.learning.states import ProposalState
from zahlmeister.merchants.models import Person
from zahlmeister.receivables.models import IgnoredPayer

BY = "brigitte@wollstube.example"


@pytest.fixture(autouse=True)
def _friday() -> object:
    with time_machine.travel("2026-11-20 09:00+00:00", tick=False):
        yield


@pytest.fixture
def november(stage: Stage) -> Stage:
    """Two by themselves, one of them wrongly; one found by hand; one that waits; one for an order that came later."""
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"), order("100012347", "70.00"))
    stage.later(minutes=1)
    stage.pays(
        Paid(2498, "100012345"),
        Paid(4990, "100012346", "Bernd Krause", BERND),
        Paid(3333, "danke", "Unbekannt Verzogen", DIRK),
        Paid(4444, "danke", "Unbekannt Verzogen", CORA),
        Paid(5555, "danke", "Noch Unbekannt", CORA),
    )
    stage.later(minutes=1)
    stage.orders(order("100099999", "44.44", "Petra Spätlich"))
    own, wrong, found, late, _waits = sorted(stage.payments(), key=lambda row: row.amount_minor)[0:5]
    by_minor = {row.amount_minor: row for row in (own, wrong, found, late)}
    unassign(stage.merchant, by_minor[4990].pk, by=BY, at=stage.now) if 4990 in by_minor else None
    for minor, number in ((3333, "100012347"), (4444, "100099999")):
        assign(stage.merchant, by_minor[minor].pk, [(stage.item(number).pk, minor)], by=BY, at=stage.now, source=number)
    return stage


def page(office: Client, path: str = "/guarantee/?month=2026-11") -> str:
    answer = office.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_every_figure_leads_to_its_rows(november: Stage, office: Client) -> None:
    text = page(office)
    links = re.findall(r'href="(/payments/\?[^"]+)" aria-label="([^"]+): (\d+)"', text)
    assert {words for _, words, _ in links} >= {
        "Payments that could be assigned",
        "assigned by themselves, and rightly",
        "missed, so that no fee is due",
        "by hand, without a suggestion",
        "still waiting for a decision",
    }
    for link, words, count in links:
        rows = office.get(link.replace("&amp;", "&"))
        assert rows.context["page"].count == int(count), words
        export = office.get("/payments/export?" + link.replace("&amp;", "&").partition("?")[2])
        assert len(b"".join(export.streaming_content).splitlines()) == int(count) + 1


def test_the_share_is_said_in_a_sentence(november: Stage, office: Client, brigitte: Person) -> None:
    assert "In November 2026, 33.3 % of the payments" in page(office)
    assert "2 payments were missed; no fee is due for them." in page(office)
    german = page(signed_in(brigitte, "de"))
    assert "Im November 2026 wurden 33,3 % der Zahlungen" in german


def test_what_still_waits_is_said_beside_the_share(november: Stage, office: Client) -> None:
    assert "2 payments still wait for a decision and are not counted yet." in page(office)


def test_months_are_turned_and_the_future_is_not_offered(november: Stage, office: Client) -> None:
    text = page(office)
    assert "?month=2026-10" in text
    assert "?month=2026-12" not in text
    october = page(office, "/guarantee/?month=2026-10")
    assert "No payment that could be assigned was booked in October 2026." in october
    assert "?month=2026-11" in october
    assert "November 2026" in page(office, "/guarantee/?month=nonsense")


def test_the_list_says_in_its_sentence_what_it_shows(november: Stage, office: Client) -> None:
    assert "that were missed, without a fee" in page(office, "/payments/?guarantee=missed")
    assert office.get("/payments/?guarantee=nonsense").context["page"].count == 5


def test_the_plot_has_a_table_with_the_same_figures(november: Stage, office: Client) -> None:
    text = page(office)
    row = re.search(r"<td>November 2026</td>(.*?)</tr>", text)
    assert row
    assert re.findall(r">([0-9.]+)[ <]", row[1]) == ["3", "1", "1", "1", "33.3"]


def test_a_proposal_is_accepted_once_and_the_rule_forgotten(stage: Stage, office: Client) -> None:
    proposal = proposed(stage)
    stage.pays(Paid(500, "x", "Klein", BERND))
    assert "1 rule is proposed" in page(office, "/")
    assert "3 payments from Ursel Sorge" in page(office, "/learned/")
    for _ in range(2):
        assert office.post(f"/learned/proposals/{proposal.pk}/accept").headers["Location"] == "/learned/"
    assert "Somebody else has just decided on this proposal." in page(office, "/learned/")
    rule = IgnoredPayer.objects.get(number=CORA)
    assert rule.created_by == BY
    assert "Ursel Sorge" in page(office, "/learned/")
    office.post(f"/learned/rules/{rule.pk}/forget")
    assert not IgnoredPayer.objects.filter(number=CORA).exists()
    assert office.post(f"/learned/rules/{rule.pk}/forget").status_code == 404


def test_a_no_leaves_nothing_to_decide(stage: Stage, office: Client) -> None:
    proposal = proposed(stage)
    office.post(f"/learned/proposals/{proposal.pk}/dismiss")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (ProposalState.DISMISSED, BY)
    assert "not proposed again" in page(office, "/learned/")
    assert "Ursel Sorge" not in page(office, "/learned/")
    assert not IgnoredPayer.objects.exists()


def test_who_only_reads_is_shown_no_buttons(stage: Stage, bookkeeper: Client) -> None:
    proposed(stage)
    ruled(stage)
    text = page(bookkeeper, "/learned/")
    assert "Ursel Sorge" in text
    assert 'action="/learned/' not in text


def test_the_mix_is_shown_with_its_shares(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(Paid(2498, "100012345"), Paid(4990, "100012364", "Bernd Krause", BERND, on=date(2026, 11, 19)))
    text = page(office, "/learned/")
    assert "Counted on the newest 2 assigned payments" in text
    assert re.search(r"with a slip</th>\s*<td[^>]*>1</td>\s*<td[^>]*>50.0", text)
