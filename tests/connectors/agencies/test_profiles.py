"""A profile is data: what it sends and how it reads what comes back, and what is said of one that is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from zahlmeister.connectors.agencies.contract import (
    Address,
    Claim,
    Creditor,
    Debtor,
    Heard,
    InterestSlice,
    Invoice,
    Reminder,
    Tell,
    Telling,
    as_document,
)
from zahlmeister.connectors.agencies.files import FileAgency, FolderExchange
from zahlmeister.connectors.agencies.profile import names, profile
from zahlmeister.connectors.agencies.read_news import page_of
from zahlmeister.connectors.agencies.template import fill
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

CLAIM = Claim(
    reference="ZI17",
    order_number="100012345",
    subject="Warenlieferung: Wolle, rot",
    contract_on=date(2026, 8, 3),
    invoice_number="RE-345",
    invoiced_on=date(2026, 8, 4),
    due_on=date(2026, 8, 17),
    default_since=date(2026, 8, 22),
    default_by="reminder",
    total=Amount(9990, "EUR"),
    principal=Amount(8990, "EUR"),
    fees=Amount(250, "EUR"),
    flat=Amount(0, "EUR"),
    interest=Amount(45, "EUR"),
    interest_basis="§ 288 (1) BGB",
    slices=[
        InterestSlice(date(2026, 8, 22), date(2026, 9, 19), 29, Amount(8990, "EUR"), Decimal("6.27")),
    ],
    reminders=[Reminder(date(2026, 8, 21), 1, "mail", Amount(0, "EUR"))],
    creditor=Creditor(
        "Brigittes Wollstube", Address("Marktplatz 3", "80331", "München", "DE"), True, "", "Brigitte", "089", ""
    ),
    debtor=Debtor("Eva Maria Ehrlich", "", Address("=Lindenweg 4", "20095", "Hamburg", "DE"), "", "", "K7"),
)


@pytest.mark.parametrize("name", names())
def test_every_profile_of_the_house_can_write_a_whole_claim_and_every_telling(name: str) -> None:
    way = profile(name)
    document = as_document(CLAIM) | {"key": "k", "invoice": {"name": "", "content": ""}, "invoice_file": ""}
    shapes = [way.calls["submit"].body] if way.way == "rest" else [dict(way.export.columns)] if way.export else []
    assert [fill(shape, document, way.words) for shape in shapes]
    for kind in Tell:
        telling = as_document(Telling(kind, "ZI17", "A-1", date(2026, 9, 20), Amount(100, "EUR"))) | {"key": "k"}
        call = way.calls.get(kind) or way.calls.get("tell")
        shape = call.body if call else dict(way.telling.columns) if way.telling else None
        if shape is not None:
            assert fill(shape, telling, way.words)


@pytest.mark.parametrize("name", names())
def test_every_profile_knows_every_kind_of_news_the_house_acts_on(name: str) -> None:
    kinds = set(profile(name).words["kinds"].values())
    assert {Heard.ACCEPTED, Heard.REJECTED, Heard.COLLECTED, Heard.CLOSED, Heard.PAID_OUT} <= kinds
    assert kinds <= {*Heard, ""}


def test_amounts_days_and_words_are_written_the_way_a_profile_wants() -> None:
    words = {"side": {"False": "Herr/Frau", "*": "Firma"}}
    shape = {
        "cents": "{principal|minor}",
        "comma": "{principal|comma} {currency}",
        "day": "{due_on|date:%d.%m.%Y}",
        "who": "{debtor.is_company|side}",
        "short": "{subject|most:14}",
        "gone?": "{debtor.email}",
        "last": "{debtor.name|last_name}",
        "reminders": {"each": "reminders", "put": {"on": "{.on}"}},
    }
    assert fill(shape, as_document(CLAIM), words) == {
        "cents": 8990,
        "comma": "89,90 EUR",
        "day": "17.08.2026",
        "who": "Herr/Frau",
        "short": "Warenlieferung",
        "last": "Ehrlich",
        "reminders": [{"on": "2026-08-21"}],
    }


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("{debtor.shoe_size}", "asks for “debtor.shoe_size”, which is not there"),
        ("{principal|roman}", "writes a value as “roman”"),
        ("{currency|side}", "has no word for “EUR” in its table “side”"),
    ],
)
def test_a_profile_that_asks_for_what_is_not_there_is_refused_in_a_sentence(shape: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        fill(shape, as_document(CLAIM), {"side": {"a": "b"}})


def test_a_profile_of_the_installation_counts_before_the_houses_and_a_broken_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "Meins"\nway = "rest"\n[words.kinds]\nok = "accepted"\n')
    (tmp_path / "broken.toml").write_text('title = "Kaputt"\nway = "pigeon"\n')
    assert profile("mine", also=tmp_path).title == "Meins"
    assert {"mine", "broken", "paywise"} <= set(names(also=tmp_path))
    with pytest.raises(Unreadable, match=r"broken\.toml is no profile: way is “pigeon”"):
        profile("broken", also=tmp_path)
    with pytest.raises(Unreadable, match="no profile “none”"):
        profile("none", also=tmp_path)


def test_one_news_that_nobody_can_read_stops_no_other() -> None:
    told = {
        "data": [
            {"id": "1", "type": "order.accepted", "created": "2026-09-20T10:00:00Z", "your_reference": "ZI17"},
            {"id": "2", "type": "moon.landed", "created": "2026-09-20T10:00:00Z"},
            {"id": "3", "type": "mandate.closed", "created": "yesterday", "value": "IP01"},
            {"id": "", "type": "order.accepted", "created": "2026-09-20T10:00:00Z"},
            {"id": "5", "type": "payment.received", "created": "2026-09-20T10:00:00Z", "amount": "1,234"},
            {"id": "6", "type": "payment.received", "created": "2026-09-20T10:00:00Z", "amount": "12.50"},
            "nonsense",
        ],
        "next": "6",
    }
    page = page_of(profile("paywise"), told, before="", currency="EUR")
    assert [news.key for news in page.news] == ["1", "6"]
    assert page.news[0].at == datetime(2026, 9, 20, 10, tzinfo=UTC)
    assert page.news[1].amount == Amount(1250, "EUR")
    assert (len(page.broken), page.after) == (5, "6")


def test_an_answer_without_a_list_of_news_is_refused() -> None:
    with pytest.raises(Unreadable, match="should answer with a list of news"):
        page_of(profile("paywise"), {"data": "soon"}, before="7", currency="EUR")


class Folders:
    """A file agency over two folders."""

    def __init__(self, tmp_path: Path) -> None:
        self.out, self.back = tmp_path / "out", tmp_path / "back"
        self.out.mkdir()
        self.back.mkdir()
        self.agency = FileAgency(profile("table"), FolderExchange(self.out, self.back), "EUR")

    def status(self, *lines: str, name: str = "status.csv", end: str = "\r\n") -> None:
        header = "Art;Datum;Aktenzeichen;Betrag;Waehrung"
        (self.back / name).write_text("\r\n".join([header, *lines]) + end, "utf-8")


def test_a_claim_is_laid_down_once_with_its_invoice_and_without_formulas(tmp_path: Path) -> None:
    there = Folders(tmp_path)
    for _ in range(2):
        there.agency.submit(as_document(CLAIM), Invoice("RE-345.pdf", b"%PDF-1.7"), "case:1:submit")
    [pdf, table] = sorted(there.out.iterdir(), key=lambda path: path.suffix, reverse=False)[::-1]
    pdf, table = (table, pdf) if table.suffix == ".pdf" else (pdf, table)
    text = table.read_text("cp1252")
    assert '"89,90"' in text
    assert '"\'=Lindenweg 4"' in text
    assert f'"{pdf.name}"' in text
    assert len(list(there.out.iterdir())) == 2


def test_a_status_file_that_stops_in_the_middle_is_read_to_there_and_whole_later(tmp_path: Path) -> None:
    there = Folders(tmp_path)
    lines = ["angenommen;20.09.2026;ZI17;;", "zahlung;21.09.2026;ZI17;40,00;EUR"]
    there.status(lines[0], lines[1][:-6], end="")
    first = there.agency.news("")
    assert [news.kind for news in first.news] == [Heard.ACCEPTED]
    assert len(first.broken) == 1

    there.status(*lines)
    second = there.agency.news(first.after)
    assert [news.kind for news in second.news] == [Heard.ACCEPTED, Heard.COLLECTED]
    assert second.news[0].key == first.news[0].key
    assert second.broken == []


def test_a_status_file_may_be_xml_and_entities_are_not_followed(tmp_path: Path) -> None:
    there = Folders(tmp_path)
    entry = "<e><Art>angenommen</Art><Datum>20.09.2026</Datum><Aktenzeichen>ZI17</Aktenzeichen></e>"
    (there.back / "a.xml").write_text(f"<s>{entry}</s>")
    (there.back / "b.xml").write_text(
        '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s><e><Art>&x;</Art></e></s>'
    )
    (there.back / "c.xml").write_text(f"<s>{entry}")
    page = there.agency.news("")
    assert [news.reference for news in page.news] == ["ZI17"]
    assert not any("root:" in sentence for sentence in page.broken)
    assert any("broken XML" in sentence for sentence in page.broken)
