"""A golden month: every event that the house knew when it was written, in every format, to the byte.

Three countries and two currencies: SKR03 and SKR04 in euro, the Austrian chart in euro, the Swiss one in francs. A file
that changes is a change for every bookkeeper; look at the difference before `python -m tests.golden.month` writes all
of them anew, with the rules of the ledger that have come since.
"""

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

from tests.accounting.test_rules import legs_of_the_house

from zahlmeister.accounting.models import BookFormat
from zahlmeister.accounting.rules import About, Entry, Plan, bookings, names_of, usual_accounts
from zahlmeister.flows.book_files import book_file
from zahlmeister.formats.datev.header import Header
from zahlmeister.formats.journals.row import BookRow, BookSheet
from zahlmeister.ledger.rules import Book

FOLDER = Path(__file__).parent
RULES = FOLDER / "rules.txt"
AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
OWN = {Book.ORDERS: "8400", Book.OPENING: "9000"}
#: Which chart and currency each program's golden month is in.
PROGRAMS = {
    BookFormat.DATEV: ("03", "EUR"),
    BookFormat.DATEV_9: ("04", "EUR"),
    BookFormat.BMD: ("at", "EUR"),
    BookFormat.ABACUS: ("ch", "CHF"),
    BookFormat.BEXIO: ("ch", "CHF"),
    BookFormat.RUN_MY_ACCOUNTS: ("ch", "CHF"),
    BookFormat.LEXWARE: ("03", "EUR"),
    BookFormat.SEVDESK: ("04", "EUR"),
    BookFormat.CSV: ("at", "EUR"),
    BookFormat.XLSX: ("03", "EUR"),
    BookFormat.BEANCOUNT: ("04", "EUR"),
    BookFormat.HLEDGER: ("ch", "CHF"),
}
ABOUTS = (
    About(voucher="RE-17", order_number="100012345", who="Anna Weber", debtor="10001", due_on=date(2026, 11, 30)),
    About(voucher="100012346", order_number="100012346", who="Krause & Söhne KG", debtor="10002"),
    About(voucher="77", who="Jiří Nowák", receipt=77),
)


def plan(chart: str) -> Plan:
    accounts = {(book, 0): OWN.get(book, number) for book, number in usual_accounts(chart).items()}
    return Plan(accounts, {(Book.DISCOUNT, 0): "9"})


def month() -> list[Entry]:
    """Each rule of the ledger once: amounts and days go up, and debtors take turns."""
    known = legs_of_the_house()
    return [
        Entry(
            number, legs.debit, legs.credit, 1000 + 7 * number, date(2026, 11, 1 + number % 30), legs.text,
            f"fact:{number}", legs.about, legs.about, ABOUTS[number % 3],
        )
        for number, legs in enumerate((known[rule] for rule in RULES.read_text().splitlines()), start=1)
    ]  # fmt: skip


def rows(chart: str) -> list[BookRow]:
    return [row for _number, row in bookings(month(), plan(chart))]


def golden(program: str) -> tuple[str, bytes]:
    """The name and the bytes of a program's month."""
    chart, currency = PROGRAMS[BookFormat(program)]
    names, roots = names_of(plan(chart))
    sheet = BookSheet("Brigittes Wollstube", currency, AT, rows(chart), 1, names, roots)
    header = Header(
        consultant=1001, client=456, year_begins=date(2026, 1, 1), account_length=4, made_at=AT,
        chart=chart if chart.isdigit() else "", currency=currency, first=date(2026, 11, 1), last=date(2026, 11, 30),
        name="Zahlmeister 2026-11",
    )  # fmt: skip
    file = book_file(program, sheet, header)
    if file.ending != "xlsx":
        return f"{program}.{file.ending}", file.content
    with zipfile.ZipFile(io.BytesIO(file.content)) as book:  # packed otherwise by another zlib, the same inside
        parts = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "docProps/core.xml")
        return f"{program}.xml", b"\n".join(book.read(part) for part in parts)


def main() -> None:
    RULES.write_text("".join(f"{rule}\n" for rule in sorted(legs_of_the_house())))
    for program in PROGRAMS:
        name, content = golden(program)
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
