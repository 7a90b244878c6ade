"""Whatever comes instead of a file of orders: facts or one sentence, never anything else; and real files of others."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.formats.payments.schemas import FOLDER, NEEDS_SCHEMAS
from tests.formats.payments.test_golden import GOLDEN, WRITTEN
from tests.formats.payments.test_status import GROUP_PART, PART, order_status, xml

from zahlmeister.formats.payments import messages
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.status import read_status_report
from zahlmeister.refusals import Unreadable

REPORT = xml(GROUP_PART, order_status("R-1", "RJCT", "AC04", "closed"), PART).encode()
FILES = [(GOLDEN / name).read_bytes() for name in WRITTEN]


@settings(deadline=None, max_examples=120, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_one_sentence(data):
    whole = data.draw(st.sampled_from([*FILES, REPORT]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 200)))
    patch = data.draw(st.binary(max_size=12) | st.sampled_from([b"", b"<", b"\x00", b"&x;", b"9" * 40, b"\xff\xfe"]))
    damaged = whole[:start] + patch + whole[end:]
    read = read_status_report if whole is REPORT else read_payment_orders
    sentence = refusal(read, damaged, "file.xml")
    assert sentence.startswith("file.xml") or not sentence
    assert "\n" not in sentence
    assert len(sentence) < 600


def refusal(read, data, name):
    """The sentence of the refusal, empty when the file was read."""
    try:
        read(data, name=name)
    except Unreadable as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    "attack",
    [
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;&b;">]><Document><x>&d;</x></Document>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Document/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Document>&b;</Document>',
    ],
)
def test_a_file_with_a_document_type_of_its_own_is_not_read(attack):
    for read in (read_payment_orders, read_status_report):
        with pytest.raises(Unreadable, match="document type"):
            read(attack, name="file.xml")


def test_a_file_larger_than_any_is_not_even_looked_at(monkeypatch):
    monkeypatch.setattr(messages, "LARGEST", 1000)
    for read in (read_payment_orders, read_status_report):
        with pytest.raises(Unreadable, match="1001 bytes are more than any file of orders has"):
            read(b" " * 1001, name="file.xml")


NO_TOWN = "an address without town and country is not taken"
MISTYPED = "is no IBAN"
#: Why files of others are refused: rules younger than they are, other schemes, or numbers nobody checked.
REFUSED = {
    "bsp-pain.001.001.03.xml": "CdtrAcct/Id/IBAN is missing",
    "ebicsphp-yct.pain001.xml": NO_TOWN,
    "hbci4java-test-pain-parse-00100103.xml": "MsgId is missing",
    "hbci4java-test-pain-parse-00100109.xml": "neither transfers nor direct debits",
    "hbci4java-test-pain-parse-00100202.xml": "neither transfers nor direct debits",
    "hbci4java-test-pain-parse-00100203.xml": "MsgId is missing",
    "hbci4java-test-pain-parse-invalid.xml": "MsgId is missing",
    "hbci4java-test-pain-parse-none.xml": "MsgId is missing",
    "moov-gistfile1.xml": NO_TOWN,
    "moov-musterfile_pain.001_Nov2020.xml": NO_TOWN,
    "moov-pain008-musterfile.xml": "the mandate is missing",  # the Swiss scheme knows none
    "moov-sepa_payment_naujas_1.xml": NO_TOWN,
    "pain001py-pain.001.001.09.xml": MISTYPED,
    "pff-pain.001.001.12.xml": MISTYPED,
    "pff-pain.008.001.11.xml": MISTYPED,
    "rustiso-pain.001.001.09.xml": "more than the 2 decimal places of JLU",
    "sepaking-pain.001.001.03.ch.02.xml": "Cdtr is missing",
    "sepaking-pain.001.001.03.xml": "",
    "sepaking-pain.001.002.03.xml": "",
    "sepaking-pain.001.003.03.xml": "",
    "sepaking-pain.008.002.02.xml": "is no creditor id (before the change)",
    "sepaking-pain.008.003.02.xml": "is no creditor id (before the change)",
}


@NEEDS_SCHEMAS
@pytest.mark.corpus
@pytest.mark.parametrize("name", REFUSED)
def test_files_of_others_are_read_or_refused_for_a_reason(name):
    sentence = refusal(read_payment_orders, (FOLDER / "statements" / "pain" / name).read_bytes(), name)

    assert REFUSED[name] in sentence
    assert bool(sentence) is bool(REFUSED[name])


@NEEDS_SCHEMAS
@pytest.mark.corpus
def test_no_file_of_others_is_left_out():
    assert {file.name for file in (FOLDER / "statements" / "pain").iterdir()} == REFUSED.keys()
