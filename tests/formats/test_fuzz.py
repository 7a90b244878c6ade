"""Whatever happens to a file on its way, it is read or refused in a sentence: nothing else, and in time."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.formats.plain import SAMPLES

from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Entry
from zahlmeister.refusals import Unreadable

QUIET = settings(max_examples=120, deadline=30_000, suppress_health_check=[HealthCheck.too_slow])
#: CSV exports differ in their data only; these have every trait once.
TABLES = {"sparkasse-camt.csv", "targobank.csv", "paypal-german.csv", "ubs-german.csv", "zkb.csv", "vr-old.csv"}
CONTENTS = {sample.name: sample.read_bytes() for sample in SAMPLES if sample.suffix != ".csv" or sample.name in TABLES}
MARKS = [
    b"?20",
    b"\n:61:",
    b"\n-\n",
    b"<Ntry>",
    b"</Ntry>",
    b"\xff\xfe",
    b"\0",
    b"&x;",
    b'"',
    b";",
    b"SVWZ+",
    b"\r",
    b"//",
]


@st.composite
def mutated(draw, content):
    """The file with a few bytes changed, taken out, put in or doubled."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 40)))
        data[at:until] = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from(MARKS), st.just(bytes(data[at:until]) * 2))
        )
    return bytes(data)


@pytest.mark.parametrize("name", CONTENTS)
@QUIET
@given(st.data())
def test_a_damaged_file_is_read_or_refused(name, data):
    read, sentence = read_or_refused(data.draw(mutated(CONTENTS[name])), name)

    assert all(record.transactions for record in read if isinstance(record, Entry))
    assert all(record.source.file == name for record in read)
    assert sentence is None or sentence.startswith(name)


@QUIET
@given(st.binary(max_size=300))
def test_noise_is_refused_or_empty(noise):
    _, sentence = read_or_refused(noise, "noise")

    assert sentence is None or sentence.startswith("noise")


def read_or_refused(data, name):
    """Any other exception than Unreadable is a mistake of ours and fails the test."""
    read = []
    try:
        for record in read_stream(io.BytesIO(data), name=name):
            read.append(record)  # noqa: PERF402 - what came before the refusal is looked at too
    except Unreadable as refusal:
        return read, str(refusal)
    return read, None
