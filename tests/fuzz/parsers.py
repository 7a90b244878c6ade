"""Every parser that reads what strangers wrote, with things it reads when they are whole."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.connectors.erps.test_files import GERMAN, TABLE, XML
from tests.formats.lists import LEFT, RIGHT, pdf
from tests.formats.payments.test_damaged import REPORT
from tests.formats.test_berlin import moved, told
from tests.formats.test_order_files import workbook
from tests.letters.bounces import report
from zahlmeister.connectors.agencies import as_file as agency_file
from zahlmeister.connectors.erps.profile import profile
from zahlmeister.connectors.erps.read_documents import documents_of
from zahlmeister.formats.advice import read_advice
from zahlmeister.formats.cash_discount import basis_points, last_day
from zahlmeister.formats.order_files import order_table, read_order_file
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.status import read_status_report
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.returns import reason_in
from zahlmeister.formats.tracking import tracking_numbers
from zahlmeister.letters.bounce import read_bounce
from zahlmeister.matching import folding
from zahlmeister.matching.facts import Payment
from zahlmeister.matching.keys import first_keys, further_keys
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import read as read_remittance
from zahlmeister.money.accounts import grouped, is_iban, is_qr_iban, shortened, tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import doubt_about
from zahlmeister.money.references import corrections, is_creditor_reference, is_payment_reference, is_qr_reference
from zahlmeister.refusals import Unreadable

FORMATS = Path(__file__).parents[1] / "formats"
POPULATION = Population(
    open_items=100,
    code_lengths=frozenset({6, 8}),
    number_lengths=frozenset({5, 9, 17}),
    reference_lengths=frozenset({8}),
)
ORDERS = (
    "number;amount;currency;name;email;ordered_on;due_on\nB-1;1.234,56;EUR;Anna Weber;a@b.de;22.11.2026;6.12.2026\n"
    'B-2;20.00;CHF;"Blau; Bernd";;2026-11-22;\n'
)
ORDERS_JSON = '{"orders": [{"number": "B-1", "amount": 12.5, "currency": "EUR", "billing": {"name": "Anna"}}]}'
ADVICE = "Paketnummer;Referenz;Betrag;Gebühr\n50123456789;B-1;49,90;1,20\n50123456790;B-2;20,00;\n"
TEXTS = (
    "SVWZ+Bestellung 100012345 vielen Dank EREF+NOTPROVIDED ABWA+Egon Vogt",
    "RF18539007547034 / 210000000003139471430009017 KJFPQ9QNT",
    "Dr. Anna-Maria von Weber-Müller u. Söhne GmbH & Co. KG, Weg 1, 50667 Köln",
    "DE89 3704 0044 0532 0130 00",
    "1.234,56",
    "AC04 Konto geschlossen JJD000390007882563214 1Z999AA10123456784",
    "2,5 %",
    "14 Tage",
)  # fmt: skip


def whole(rows: Iterable[object]) -> None:
    """Read to the end."""
    deque(rows, maxlen=0)


def as_path(read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """A parser of files, given their content."""

    def parse(content: bytes) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder, "orders")
            path.write_bytes(content)
            read(path)

    return parse


def as_text(*parsers: Callable[[str], object]) -> Callable[[bytes], None]:
    """Parsers of single texts; what one refuses, the next is still asked."""

    def parse(content: bytes) -> None:
        text = content.decode("utf-8", "surrogateescape")
        for parser in parsers:
            with suppress(Unreadable):
                parser(text)

    return parse


def remittance(text: str) -> None:
    """What a buyer wrote, in every field that he and the banks may write in."""
    said = Payment(
        minor=4990, currency="EUR", payer=text, remittance=text, iban=text, end_to_end_id=text, creditor_reference=text,
        ultimate_payer=text,
    )  # fmt: skip
    reading = read_remittance(said, POPULATION)
    first_keys(reading)
    further_keys(reading, POPULATION)


def names(text: str) -> None:
    """A name as matching looks at it."""
    for look in (
        folding.words, folding.fold, folding.squeeze, folding.name_words, folding.payer_name, folding.double_names,
        folding.is_firm, folding.skeleton, folding.compact,
    ):  # fmt: skip
        look(text)
    folding.payer_words(text, (text, "Anna Weber"))


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """What a parser reads when it is whole."""
    return tuple(one for one in PARSERS[name][1]() if one)


def _samples(*endings: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [file.read_bytes() for file in sorted((FORMATS / "samples").iterdir()) if file.suffix in endings]


def _orders() -> Iterable[bytes]:
    return ORDERS.encode(), ORDERS.encode("utf-16"), ORDERS_JSON.encode(), workbook([["number", "amount"], ["B-1", 20]])


def _advice() -> Iterable[bytes]:
    rows = [line.split(";") for line in ADVICE.splitlines()]
    return (
        ADVICE.encode(),
        ADVICE.encode("cp1252"),
        workbook(rows),
        pdf([rows], ((40, LEFT), (180, LEFT), (380, RIGHT), (480, RIGHT))),
    )


def _payments() -> Iterable[bytes]:
    return [file.read_bytes() for file in sorted((FORMATS / "payments" / "golden").glob("*.xml"))]


def _json() -> Iterable[bytes]:
    return [told(moved(), moved("-12.30"), pending=(moved("1.00"),))]


def _texts() -> Iterable[bytes]:
    return [text.encode() for text in TEXTS]


def _both_orders(path: Path) -> None:
    whole(read_order_file(path, refused=lambda _: None))
    order_table(path)


#: Per parser: how it is called with bytes, and whole things for it.
PARSERS: dict[str, tuple[Callable[[bytes], object], Callable[[], Iterable[bytes]]]] = {
    "statements-xml": (lambda data: whole(read_stream(BytesIO(data), name="file")), _samples(".xml")),
    "statements-mt": (lambda data: whole(read_stream(BytesIO(data), name="file")), _samples(".sta")),
    "statements-csv": (lambda data: whole(read_stream(BytesIO(data), name="file.csv")), _samples(".csv")),
    "statements-json": (lambda data: whole(read_stream(BytesIO(data), name="file")), _json),
    "payment-files": (lambda data: read_payment_orders(data, name="file"), _payments),
    "status-reports": (lambda data: read_status_report(data, name="file"), lambda: [REPORT]),
    "orders": (as_path(_both_orders), _orders),
    "advice": (lambda data: read_advice(data, name="file", currency="EUR"), _advice),
    "erp-table": (lambda data: whole(documents_of(data, profile("table"))), lambda: [TABLE.encode()]),
    "erp-belege": (lambda data: whole(documents_of(data, profile("belege"))), lambda: [GERMAN.encode()]),
    "erp-xml": (lambda data: whole(documents_of(data, profile("xml"))), lambda: [XML.encode()]),
    "agency-table": (lambda data: whole(agency_file.read(data)), lambda: [b"case;state;on\nF-1;paid;2026-11-22\n"]),
    "bounces": (read_bounce, lambda: [report("<a@b>"), report("<a@b>", whole=False)]),
    "remittance": (as_text(remittance), _texts),
    "names": (as_text(names), _texts),
    "numbers": (
        as_text(
            lambda text: Amount.parse(text, "EUR"), basis_points, lambda text: last_day(text, date(2026, 11, 22)),
            tidy, grouped, is_iban, is_qr_iban, shortened, doubt_about, corrections, is_creditor_reference,
            is_payment_reference, is_qr_reference, tracking_numbers, reason_in,
        ),
        _texts,
    ),
}  # fmt: skip
