"""Real files of many banks, where their folder is beside the project: every one is read, or refused for a reason.

The files belong to others and are not part of the project. Two oracles look over our shoulder: XPath counts and adds
up the camt files, the library mt-940 the others.
"""

import re
import warnings
from decimal import Decimal
from pathlib import Path

import mt940
import pytest
from lxml import etree

from zahlmeister.formats.read import read_file
from zahlmeister.formats.records import Closing, Entry, Opening, Problem
from zahlmeister.money.accounts import is_iban
from zahlmeister.refusals import Unreadable

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "statements"
NEEDS_CORPUS = pytest.mark.skipif(not FOLDER.is_dir(), reason="the sample files of other projects are not here")
pytestmark = [pytest.mark.corpus, NEEDS_CORPUS]


def files(*kinds):
    return [file for kind in kinds for file in sorted((FOLDER / kind).glob("*"))]


TABLES = ("csv-de", "csv-at", "csv-ch", "psp")


def named(file):
    return f"{file.parent.name}/{file.name}"


#: Files that are statements, or pretend to be, and are rightly refused.
REFUSED = {
    "camt/bsp-invalid.xml": "an empty Document without any message",
    "mt940/betterplace-empty_86.txt": "a fragment: one :86: and nothing else",
    "mt940/betterplace-empty_entry_date.txt": "a fragment: an entry without statement, so without currency",
    "mt940/betterplace-missing_crlf_at_end.txt": "a fragment: a closing balance without statement",
    "mt940/pff-invalid.mt940": "no balance, so no currency: the amount means nothing",
    "mt940/wolph-self-provided-empty_non_swift.sta": "a fragment: an empty :NS:",
    "mt940/wolph-self-provided-invalid_statement.sta": "ten numbered lines, no field",
    "mt940/wolph-self-provided-sparkassen.sta": "a fragment: an entry without statement, so without currency",
    "mt940/wolph-self-provided-transaction_details_wrapped.sta": "the value date is 30 February",
    "csv-de/rechnungsfee-ing-mit-saldo.csv": "row 9 lacks a column, so its cells stand in the wrong ones",
    "csv-ch/banana-postfinance_example_format1_20030903-B.csv": "the file is padded with NUL",
    "csv-ch/banana-postfinance_example_format1_20161114.csv": "its currency is scrambled",
    "csv-ch/banana-postfinance_example_format2_20090401.csv": "it says no currency anywhere",
}
#: What is no statement, and exports of accounts nobody is paid on.
NOT_YET = re.compile(
    r"csv-ch/banana-(example_format1_2008|postfinance_example_format1_20170731-SBU|twint|yuh)"
    r"|psp/oca-adyen|other/|fints/|pain|pain002/"
)


def read(file):
    try:
        return list(read_file(file))
    except Unreadable as refusal:
        pytest.fail(str(refusal))


def entries(file):
    return [record for record in read(file) if isinstance(record, Entry)]


@pytest.mark.parametrize("file", files("camt", "mt940", "mt942", *TABLES), ids=named)
def test_a_statement_is_read_or_refused_for_a_written_reason(file):
    if named(file) in REFUSED or NOT_YET.match(named(file)):
        with pytest.raises(Unreadable, match=re.escape(file.name)):
            list(read_file(file))
    else:
        read(file)


@pytest.mark.parametrize(
    "file",
    [file for file in files(*TABLES, "other", "fints", "pain", "pain002") if NOT_YET.match(named(file))],
    ids=named,
)
def test_what_is_not_read_yet_is_refused_in_a_sentence(file):
    with pytest.raises(Unreadable, match=r"no statement of a kind we know|payment file|no text|no camt|FinTS"):
        list(read_file(file))


READABLE = [
    file
    for file in files("camt", "mt940", "mt942", *TABLES)
    if named(file) not in REFUSED and not NOT_YET.match(named(file))
]


@pytest.mark.parametrize("file", READABLE, ids=named)
def test_every_record_is_well_formed(file):
    depth = 0
    for record in read(file):
        if isinstance(record, Opening | Closing):
            depth += 1 if isinstance(record, Opening) else -1
            assert depth in {0, 1}
        elif isinstance(record, Problem):
            assert record.sentence.startswith(record.source.file)
        else:
            assert depth == 1
            assert record.transactions
            for transaction in record.transactions:
                _well_formed(transaction)
    assert depth == 0


def _well_formed(transaction):
    for name in transaction.__slots__:
        value = getattr(transaction, name)
        if isinstance(value, str):
            assert value.strip(), name
            assert value == value.strip(), name
            assert "\ufffd" not in value or "fints4k" in transaction.source.file or "banana" in transaction.source.file
    assert all(piece.strip() for piece in transaction.remittance_pieces)
    iban = transaction.counterparty_iban
    assert iban is None or " " not in iban
    assert transaction.end_to_end_id not in {"NOTPROVIDED", "NONREF"}
    assert transaction.bank_reference != "NONREF"
    if transaction.bank_code:
        assert re.fullmatch(r"\d{3}|[A-Z]{4}(/[A-Z0-9]{4})*|.{1,35}", transaction.bank_code)


CAMT = [file for file in READABLE if file.parent.name == "camt"]


def local(name):
    return f"*[local-name()='{name}']"


@pytest.mark.parametrize("file", CAMT, ids=named)
def test_camt_has_as_many_rows_and_as_much_money_as_xpath_finds(file):
    tree = etree.fromstring(file.read_bytes(), etree.XMLParser(recover=True))
    rows = minor = 0
    for entry in tree.xpath(f"//{local('Ntry')}"):
        rows += max(1, len(entry.xpath(f".//{local('TxDtls')}")))
        amount = Decimal(entry.xpath(f"string({local('Amt')})"))
        minor += amount if entry.xpath(f"string({local('CdtDbtInd')})") == "CRDT" else -amount
    found = entries(file)

    assert sum(len(entry.transactions) for entry in found) == rows
    assert sum(Decimal(entry.amount.text()) for entry in found) == minor


@pytest.mark.parametrize("file", CAMT, ids=named)
def test_the_details_of_a_divisible_entry_make_it(file):
    for entry in entries(file):
        if entry.is_divisible:
            assert sum(each.amount.minor for each in entry.transactions) == entry.amount.minor


MT940 = [file for file in READABLE if file.parent.name in {"mt940", "mt942"}]


@pytest.mark.parametrize("file", MT940, ids=named)
def test_mt940_has_as_many_rows_and_as_much_money_as_the_library_finds(file):
    data = file.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = mt940.parse(data.decode("utf-8", "replace").lstrip("\ufeff"), options=mt940.Options.all())
        except Exception as error:  # noqa: BLE001 - the library raises whatever it meets; it cannot be the oracle then
            pytest.skip(f"the library cannot read it: {type(error).__name__}")
    theirs = [transaction.data["amount"].amount for transaction in parsed if "amount" in transaction.data]
    ours = [Decimal(entry.amount.text()) for entry in entries(file)]

    assert ours == theirs


def test_the_table_of_refused_files_holds_nothing_superfluous():
    assert {named(file) for file in files("camt", "mt940", "mt942", *TABLES)} >= REFUSED.keys()


def test_most_counterparty_numbers_are_valid_ibans():
    """A mistake in cutting the fields would show here first; the samples' own numbers are partly invented."""
    numbers = [
        transaction.counterparty_iban
        for file in READABLE
        for entry in entries(file)
        for transaction in entry.transactions
        if transaction.counterparty_iban and re.match(r"[A-Z]{2}\d\d", transaction.counterparty_iban)
    ]

    assert sum(map(is_iban, numbers)) > len(numbers) / 3
