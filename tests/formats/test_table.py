"""CSV exports: recognised by their columns, and refused where a row does not say what it must."""

import pytest
from tests.formats.plain import HERE
from tests.formats.reading import entries, records, transactions, until_refused

from zahlmeister.formats.records import Closing, Opening
from zahlmeister.formats.table_profiles import PROFILES, folded
from zahlmeister.money.amount import Amount

SPARKASSE = (HERE / "samples" / "sparkasse-camt.csv").read_text(encoding="utf-8")
HEADER, *ROWS = SPARKASSE.splitlines(keepends=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850"])
def test_the_encoding_does_not_matter(encoding):
    assert transactions(SPARKASSE.encode(encoding))[0].counterparty == "Anna Grün"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_does_not_matter(delimiter):
    assert len(entries(SPARKASSE.replace('";"', f'"{delimiter}"'))) == 3


def test_another_account_begins_another_statement():
    text = HEADER + ROWS[0] + ROWS[0].replace("DE89370400440532013000", "DE12500105170648489890")

    kinds = [(type(record), record.source.statement) for record in records(text)]
    assert [kind for kind in kinds if kind[0] in {Opening, Closing}] == [
        (Opening, 1),
        (Closing, 1),
        (Opening, 2),
        (Closing, 2),
    ]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("1.024,98", "1.O24,98", "“1.O24,98” is no amount"),
        ("1.024,98", "", "the row has no amount"),
        ("20.11.26", "31.02.26", "“31.02.26” is no day"),
        ('"20.11.26";"20.11.26"', '"";"20.11.26"', "the row has no booking day"),
        ('"EUR";', '"";', "the row names no currency"),
        ('"EUR";"Umsatz gebucht"', '"EU', "columns where 17 are expected"),
        ('"EUR"', '"Euro"', "“Euro” is no currency"),
    ],
)
def test_a_garbled_row_is_refused_with_its_place(old, new, why):
    _, sentence = until_refused(HEADER + ROWS[0].replace(old, new), "march.csv")

    assert sentence.startswith("march.csv, statement 1, entry 1: ")
    assert why in sentence


def test_an_amount_with_two_readings_is_refused():
    assert "two ways" in until_refused(HEADER + ROWS[0].replace("1.024,98", "1.024"))[1]


def test_an_empty_export_is_no_statement_but_no_mistake():
    assert records(HEADER) == []


def test_a_header_far_below_is_not_looked_for():
    assert "no statement of a kind we know" in until_refused("x\n" * 50 + SPARKASSE)[1]


def test_columns_are_compared_without_regard_to_spelling():
    assert folded("Begünstigter / Zahlungspflichtiger") == folded("BEGUENSTIGTER/ZAHLUNGSPFLICHTIGER")


def test_charges_and_the_original_amount_are_unsigned():
    [_, returned, _] = transactions(SPARKASSE)

    assert (returned.charges, returned.original_amount) == (Amount(300, "EUR"), Amount(5000, "EUR"))


def test_no_export_can_be_taken_for_another():
    for profile in PROFILES:
        header = frozenset(map(folded, [*profile.columns.values(), *profile.also]))
        assert [other.name for other in PROFILES if other.fits(header)] == [profile.name]
