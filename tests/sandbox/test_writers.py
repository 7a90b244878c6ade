from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from zahlmeister.sandbox.bank import statements
from zahlmeister.sandbox.camt import NOTIFICATION, REPORT, STATEMENT, write_camt, write_camt053
from zahlmeister.sandbox.mt940 import write_mt940
from zahlmeister.sandbox.shop import orders
from zahlmeister.sandbox.volume import many_orders, many_statements

TODAY = date(2026, 11, 20)
NAMESPACE = STATEMENT.namespace
SCHEMAS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "xsd"


@pytest.fixture(scope="module")
def delivered():
    return statements(7, orders(7, 300, TODAY), TODAY)


@pytest.fixture(scope="module")
def movements(delivered):
    return [movement for statement in delivered for movement in statement.movements]


@pytest.fixture
def camt(delivered, tmp_path):
    write_camt053(tmp_path / "statements.xml", delivered)
    return etree.parse(tmp_path / "statements.xml")


@pytest.fixture
def mt940(delivered, tmp_path):
    write_mt940(tmp_path / "statements.sta", delivered)
    return (tmp_path / "statements.sta").read_bytes().decode("cp1252")


@pytest.mark.corpus
@pytest.mark.parametrize("message", [REPORT, STATEMENT, NOTIFICATION], ids=lambda message: message.number)
def test_camt_obeys_the_official_schema(delivered, tmp_path, message):
    path = SCHEMAS / f"camt.{message.number}.001.08.xsd"
    if not path.exists():
        pytest.skip("The official schema is not beside the project.")
    schema = etree.XMLSchema(etree.parse(path))
    write_camt(tmp_path / "told.xml", delivered, message)

    assert schema.validate(etree.parse(tmp_path / "told.xml")), schema.error_log.last_error


def test_camt_has_one_statement_per_day_and_account_and_every_entry(camt, delivered, movements):
    assert len(camt.findall(f".//{{{NAMESPACE}}}Stmt")) == len(delivered)
    references = [element.text for element in camt.iter(f"{{{NAMESPACE}}}AcctSvcrRef")]
    assert references == [movement.bank_reference for movement in movements]


def test_camt_cuts_a_long_text_into_pieces_of_140(camt):
    pieces = [element.text for element in camt.iter(f"{{{NAMESPACE}}}Ustrd")]

    assert max(len(piece) for piece in pieces) == 140


def test_camt_keeps_the_roles_of_the_original_in_a_return(camt, delivered):
    returned = next(entry for entry in camt.iter(f"{{{NAMESPACE}}}Ntry") if "+159+" in "".join(entry.itertext()))

    assert returned.findtext(f"{{{NAMESPACE}}}CdtDbtInd") == "CRDT"
    debtor = returned.findtext(f".//{{{NAMESPACE}}}DbtrAcct/{{{NAMESPACE}}}Id/{{{NAMESPACE}}}IBAN")
    assert debtor == delivered[0].account.iban


def test_camt_refuses_to_write_nothing(tmp_path):
    with pytest.raises(ValueError, match="at least one"):
        write_camt053(tmp_path / "empty.xml", [])
    assert not (tmp_path / "empty.xml").exists()


def test_mt940_lines_are_short_and_end_as_swift_demands(mt940):
    lines = mt940.split("\r\n")

    assert max(len(line) for line in lines if not line.startswith(":61:")) == 65
    assert max(len(line) for line in lines) <= 69
    assert "\n" not in "".join(lines)
    assert all(line[:1] != "-" or line == "-" for line in lines)
    assert all(line[:1] != ":" or line.split(":")[1] in {"20", "25", "28C", "60F", "61", "62F", "86"} for line in lines)


def test_mt940_cuts_words_and_numbers_where_the_field_ends(mt940, movements):
    unfolded = mt940.replace("\r\n", "")
    text = next(m.remittance for m in movements if m.remittance and 27 < len(m.remittance) < 45)

    assert f"SVWZ+{text[:22]}?21{text[22:]}?" in unfolded


def test_mt940_leaves_the_banks_reference_out_when_told(delivered, tmp_path):
    write_mt940(tmp_path / "plain.sta", delivered, has_references=False)

    text = (tmp_path / "plain.sta").read_text(encoding="cp1252")
    assert "//2026" not in text
    assert "NONREF" in text


def test_many_payments_belong_to_many_orders(tmp_path):
    placed = list(many_orders(1, 2500, TODAY))
    delivered = list(many_statements(1, 2500, date(2026, 11, 2), per_day=1000))
    payments = [movement for statement in delivered for movement in statement.movements]

    assert [payment.pays for payment in payments] == [(order.number,) for order in placed]
    assert [payment.amount for payment in payments] == [order.amount for order in placed]
    assert [len(statement.movements) for statement in delivered] == [1000, 1000, 500]
    assert delivered[1].opening == delivered[0].closing


def test_many_statements_are_written_one_by_one(tmp_path):
    taken = []

    def watched():
        for statement in many_statements(1, 30, date(2026, 11, 2), per_day=10):
            taken.append((statement.number, (tmp_path / "many.xml").exists()))
            yield statement

    write_camt053(tmp_path / "many.xml", watched())

    assert taken == [(1, False), (2, True), (3, True)]
