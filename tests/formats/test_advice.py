"""Carriers' advice lists: whatever they look like, they say the same, and what they do not say is not invented."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.lists import LEFT, RIGHT, pdf, workbook

from zahlmeister.formats.advice import Advice, AdviceRow, read_advice
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

DHL = """DHL Paket GmbH;;;;
Nachnahme-Auszahlung vom 19.11.2026;;;;
Auszahlungsbetrag;;;;1.290,88 EUR

Sendungsnummer;Referenz;Empfänger;Zustelldatum;Nachnahmebetrag in EUR;Übermittlungsentgelt
00340434161094010001;100012345;Jürgen Müller-Weiß;17.11.2026;24,98;2,00
00340434161094010002;;Cora Lindner;17.11.2026;1.234,95;2,00

00340434161094010003;100012401;Dirk Vogel;18.11.2026;56,95;2,00
00340434161094010004;100012402;Eva Roth;18.11.2026;-20,00;
Summe;;;;1.296,88;6,00
"""


def eur(text: str) -> Amount:
    return Amount.parse(text, "EUR")


def read(content: bytes | str, encoding: str = "utf-8", currency: str = "EUR") -> Advice:
    raw = content.encode(encoding) if isinstance(content, str) else content
    return read_advice(raw, name="liste", currency=currency)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_with_a_title_blank_lines_a_return_and_a_total_is_read(encoding: str) -> None:
    advice = read(DHL, encoding)
    assert (advice.sender, advice.format, advice.problems) == ("DHL", "csv", ())
    assert (advice.sum, advice.fees, advice.payout) == (eur("1296.88"), eur("6.00"), eur("1290.88"))
    assert advice.rows[0] == AdviceRow(
        line=6,
        amount=eur("24.98"),
        tracking_number="00340434161094010001",
        order_number="100012345",
        name="Jürgen Müller-Weiß",
        on=date(2026, 11, 17),
        fee=eur("2.00"),
    )
    assert advice.rows[3].amount == eur("-20.00")


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("DPD", "DPD Deutschland GmbH\nPaketscheinnummer,Kundenreferenz,COD Betrag\n01905123456789,100012345,24.98\n"),
        ("GLS", "GLS Germany\nPaketnummer\tReferenz 1\tNN-Betrag (EUR)\n50123456789\t100012345\t24,98\n"),
        ("Hermes", "Hermes Germany\nSendungs-ID;Auftragsnr;Inkassobetrag\nH1001234567890123456;100012345;24,98 €\n"),
        ("Österreichische Post", "Info: post.at\nIdentcode;Ihre Referenz;NN-Wert\n10203040506;100012345;EUR 24,98\n"),
        ("Schweizerische Post", "Post CH\nSendung;Referenz;NN-Wert;Währung\n99.00.1234.12345678;100012345;24.98;EUR\n"),
        (None, "Tracking number;Customer reference;COD amount;Fee\n01905123456789;100012345;24.98;0.00\n"),
    ],
)  # fmt: skip
def test_every_carriers_columns_are_known_by_their_names(sender: str | None, text: str) -> None:
    advice = read(text)
    assert (advice.sender, advice.problems, len(advice.rows)) == (sender, (), 1)
    assert (advice.rows[0].order_number, advice.rows[0].amount) == ("100012345", eur("24.98"))
    assert len(advice.rows[0].tracking_number or "") > 7


def test_a_swiss_list_is_in_francs() -> None:
    advice = read("Sendungsnummer;Betrag CHF\n990012345612345678;1'024.95\n", currency="EUR")
    assert advice.sum == Amount(102_495, "CHF")


HEADER = ["Sendungsnummer", "Bestellnr.", "Empfänger", "Betrag", "Gebühr"]


def test_a_workbook_is_read_with_its_figures_as_they_are_meant() -> None:
    advice = read(
        workbook(
            [
                ["DPD COD Report", None, None, None, None],
                HEADER,
                ["01905123456789", 100012345, "Jürgen Weiß", 24.98, 1.5],
                [1905123456790, 100012399, "Bernd Krause", 35.019999999999996, 1.5],
                [None, None, None, None, None],
                ["Gesamt", None, None, 60.0, 3.0],
            ]
        )
    )
    assert (advice.sender, advice.format, advice.problems) == ("DPD", "spreadsheet", ())
    assert [row.tracking_number for row in advice.rows] == ["01905123456789", "1905123456790"]
    assert [row.order_number for row in advice.rows] == ["100012345", "100012399"]
    assert (advice.sum, advice.fees, advice.total) == (eur("60.00"), eur("3.00"), eur("60.00"))


def test_a_number_that_the_workbook_has_rounded_is_told_and_not_guessed() -> None:
    advice = read(workbook([HEADER, [340434161094010001.0, None, "Anna", 24.98, None]]))
    assert advice.rows == ()
    assert "rounded" in advice.problems[0]


COLUMNS = [(40, LEFT), (170, LEFT), (250, LEFT), (450, RIGHT), (530, RIGHT)]


def paper(pages: int = 2, rows: int = 20) -> bytes:
    """A list on several pages: its header comes again on each, a page total below, and the sum at the end."""
    sheets, total = [], 0
    for page in range(pages):
        lines: list[list[str]] = [["Hermes Germany GmbH", "", "", "", ""]] if not page else []
        lines.append(["Sendungsnummer", "Referenz", "Empfänger", "Nachnahmebetrag", "Gebühr"])
        for place in range(rows):
            number = page * rows + place
            total += 1995 + number
            name = "Jürgen Müller-Weiß" if number % 2 else "Cora Lindner"
            reference = "" if number % 7 == 3 else str(100012345 + number)
            cents = f"{(1995 + number) // 100},{(1995 + number) % 100:02d}"
            lines.append([f"H10012345678901{number:06d}", reference, name, cents, "1,50"])
        lines.append(["Zwischensumme", "", "", "9.999,99", ""])
        lines.append([f"Seite {page + 1} von {pages}", "", "", "", ""])
        sheets.append(lines)
    sheets[-1].insert(-1, ["Summe", "", "", f"{total // 100},{total % 100:02d}", f"{15 * pages * rows // 10},00"])
    return pdf(sheets, COLUMNS)


def test_a_pdf_is_read_by_where_its_texts_stand() -> None:
    advice = read(paper())
    assert (advice.sender, advice.format, advice.problems, len(advice.rows)) == ("Hermes", "pdf", (), 40)
    assert advice.sum == advice.total == Amount(sum(1995 + number for number in range(40)), "EUR")
    assert advice.fees == eur("60.00")
    assert [row.order_number for row in advice.rows[2:5]] == ["100012347", None, "100012349"]
    assert advice.rows[3].name == "Jürgen Müller-Weiß"
    assert advice.rows[3].tracking_number == "H10012345678901000003"


def test_a_fee_on_the_whole_is_told_by_a_line_of_its_own() -> None:
    advice = read("Paketnummer;Betrag\n50123456789;24,98\n50123456790;35,02\nGebühren;-4,50\nAuszahlung;55,50\n")
    assert (advice.sum, advice.fees, advice.payout, advice.problems) == (eur("60"), eur("4.50"), eur("55.50"), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Paketnummer;Betrag\n50123456789;viel\n", "no amount"),
        ("Paketnummer;Betrag\n50123456789;\n", "amount is missing"),
        ("Paketnummer;Betrag\n3,40434E+17;24,98\n", "rounded"),
        ("Paketnummer,Betrag\n50123456789,24,98\n", "more columns"),
        ("Paketnummer;Betrag\n50123456789;1,234\n", "two ways"),
        ("Paketnummer;Betrag\n50123456789;24,98\nSumme;30,00\n", "rows make 30.00 EUR; they make 24.98"),
        ("Paketnummer;Betrag\n50123456789;24,98\nAuszahlung;30,00\n", "paid out"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_why(text: str, problem: str) -> None:
    [told] = read(text).problems
    assert problem in told


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"Hallo\n", "no advice list"),
        (b"\x89PNG\r\n\x1a\n\0\0", "CSV, Excel or PDF"),
        (b"PK\x03\x04broken", "no spreadsheet"),
        (b"\xd0\xcf\x11\xe0broken", "no spreadsheet"),
        (b"%PDF-1.4 broken", "no PDF"),
        (b"x" * (21 << 20), "20 MB"),
        (pdf([[]], COLUMNS), "pictures"),
        (b"Paketnummer;Betrag;W\xe4hrung\n50123456789;1,00;EUR\n50123456790;2,00;CHF\n", "EUR"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(content)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)), st.sampled_from([b"", b"%PDF-1.4\n"]))
def test_nonsense_is_refused_and_never_crashes(content: bytes, begin: bytes) -> None:
    for head in (begin, b"Paketnummer;Betrag\n", b"PK\x03\x04"):
        try:
            read(head + content)
        except Unreadable as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017 - both outcomes are right
