"""Whole files are read, damaged ones are read or refused in a sentence, and what once crashed a parser does not."""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.damage import complaint, damaged
from tests.fuzz.parsers import PARSERS, seeds

CRASHERS = sorted((Path(__file__).parent / "crashers").glob("*/*"))
SOURCE = Path(__file__).parents[2] / "src" / "zahlmeister"


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_damaged_starts_from_something_whole(name):
    parse = PARSERS[name][0]

    assert seeds(name)
    for content in seeds(name):
        parse(content)


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_damaged_is_read_or_refused_in_a_sentence(name):
    chance = Random(f"{name} 2026")

    for _ in range(40):
        data = damaged(seeds(name), chance)
        assert not complaint(PARSERS[name][0], data), data


@pytest.mark.parametrize("file", CRASHERS, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_once_crashed_a_parser_does_no_more(file):
    assert not complaint(PARSERS[file.parent.name][0], file.read_bytes())


def test_a_crash_would_be_seen():
    def crash(data):
        raise KeyError(data)

    assert complaint(crash, b"x") == "KeyError: b'x'"


def test_every_reader_of_the_formats_is_damaged():
    """A new module that reads files is called by one of the parsers; those here are called by others of them."""
    called = (Path(__file__).parent / "parsers.py").read_text()
    by_others = {
        "read_orders": "read_order_file",
        "read_debits": "read_payment_orders",
        "read_sheets": "read_advice",
    }
    by_others |= dict.fromkeys(("read_file", "read_camt", "read_berlin", "read_table", "read_mt940"), "read_stream")
    by_others |= dict.fromkeys(("read_line", "read_text", "read_ns", "read_balance"), "read_stream")  # of MT940
    readers = {
        line.removeprefix("def ").partition("(")[0]
        for path in (SOURCE / "formats").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith("def read_")
    }

    assert readers
    for reader in readers:
        assert f"{by_others.get(reader, reader)}(" in called, f"put {reader} into tests/fuzz/parsers.py"
