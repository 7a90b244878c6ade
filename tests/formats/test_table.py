"""CSV exports: recognised by their columns, and refused where a row does not say what it must."""

import json
import re
from datetime import date

import pytest
from tests.formats.plain import HERE
from tests.formats.reading import entries, problems, records, transactions, until_refused

from zahlmeister.formats.records import Balance, Closing, Opening
from zahlmeister.formats.table_profiles import PROFILES, recognised
from zahlmeister.formats.table_profiles.profile import folded
from zahlmeister.money.amount import Amount

SPARKASSE = (HERE / "samples" / "sparkasse-camt.csv").read_text(encoding="utf-8")
SAMPLES = sorted((HERE / "samples").glob("*.csv"))
GOLDEN = sorted((HERE / "golden").glob("*.csv.jsonl"))
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
        ("1.024,98", "1.O24,98", ", column “Betrag”: “1.O24,98” is no amount"),
        ("1.024,98", "1.O24,98 EUR", ", column “Betrag”: “1.O24,98 EUR” is no amount"),
        ("1.024,98", "", ", column “Betrag”: the row has no amount"),
        ("20.11.26", "31.02.26", "“31.02.26” is no day"),
        ('"20.11.26";"20.11.26"', '"";"20.11.26"', ", column “Buchungstag”: the row has no booking day"),
        ('"EUR";', '"";', "the row names no currency"),
        ('"EUR";"Umsatz gebucht"', '"EU', "columns where 17 are expected"),
        ('"EUR"', '"Euro"', ", column “Waehrung”: “Euro” is no currency"),
    ],
)
def test_a_garbled_row_is_refused_with_its_place(old, new, why):
    _, sentence = until_refused(HEADER + ROWS[0].replace(old, new), "march.csv")

    assert sentence.startswith("march.csv, line 2")
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


@pytest.mark.parametrize("profile", [each for each in PROFILES if each.columns], ids=lambda each: each.name)
def test_no_export_is_taken_for_another(profile):
    first_spelling = [
        column.split("|")[0].replace("{ccy}", "EUR") for column in (*profile.columns.values(), *profile.also)
    ]

    assert recognised(first_spelling) is profile


def test_every_export_we_know_has_a_sample():
    names = {json.loads(golden.read_text("utf-8").splitlines()[0])["source"]["format"] for golden in GOLDEN}

    assert {profile.name for profile in PROFILES} == names


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.name)
def test_every_sample_says_who_paid_for_which_order(sample):
    """The text or the name of an export is not lost in a column nobody reads."""
    paid = [said for said in transactions(sample.read_bytes()) if said.amount.minor > 0 and not said.is_return]

    assert any(re.search("anna|bärbel", f"{said.counterparty} {said.remittance}".lower()) for said in paid)


def test_umlauts_that_were_lost_do_not_hide_a_column():
    damaged = (HERE / "samples" / "deutsche-bank.csv").read_text("utf-8").replace("ü", "\ufffd").replace("ä", "\ufffd")

    assert len(entries(damaged)) == 2


def test_what_comes_in_and_what_goes_out_cannot_be_one_row():
    text = (HERE / "samples" / "deutsche-bank.csv").read_text("utf-8").replace(";-1.023,38;;EUR", ";-1.023,38;5,00;EUR")

    assert "line 9, column “Haben”: the row has two amounts" in until_refused(text)[1]


def test_a_quote_that_nobody_closes_swallows_no_rows():
    text = SPARKASSE.replace("Bestellung 100012345", '19" Rad')

    assert len(entries(text)) == 3
    assert transactions(text)[0].remittance == '19" Rad'


def test_a_text_may_run_over_several_lines():
    [first, *_] = transactions(SPARKASSE.replace("Bestellung 100012345", "Bestellung\n100012345"))

    assert first.remittance == "Bestellung 100012345"


REVOLUT = (HERE / "samples" / "revolut.csv").read_text("utf-8")


def test_a_row_that_is_missing_breaks_the_running_balance():
    header, first, second, *_ = (HERE / "samples" / "bekb.csv").read_text("utf-8").splitlines()
    third = second.replace("10546.81", "10000.00").replace("19.11.2026", "18.11.2026")
    [told] = problems("\n".join([header, first, second, second.replace("10546.81", "10600.11"), third]))

    assert "line 5: the running balance does not follow" in told


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_running_balance_gives_the_balances_of_the_statement(newest_first):
    header, *rows = [line for line in REVOLUT.splitlines() if "REVERTED" not in line]
    read = records("\n".join([header, *(rows[::-1] if newest_first else rows)]))

    assert read[0].balance == Balance(Amount(10000, "EUR"), date(2026, 11, 19))
    assert read[-1].balance == Balance(Amount(19940, "EUR"), date(2026, 11, 20))


def test_what_a_provider_moves_by_itself_is_no_customers_payment():
    [_, exchanged] = transactions(REVOLUT)

    assert (exchanged.amount, exchanged.is_return) == (Amount(4950, "EUR"), True)


PAYPAL = (HERE / "samples" / "paypal-english.csv").read_text("utf-8")


def test_the_fee_of_a_provider_is_kept_beside_what_was_ordered():
    [paid, *_] = transactions(PAYPAL)

    assert (paid.amount, paid.charges, paid.original_amount) == (
        Amount(107975, "USD"),
        Amount(425, "USD"),
        Amount(108400, "USD"),
    )


def test_a_date_with_two_readings_is_decided_by_the_other_rows_or_refused():
    assert [each.booked_on.day for each in transactions(PAYPAL.replace("11/19", "11/9"))] == [9, 20, 20]
    day_first = PAYPAL.replace("11/19", "21/11").replace("11/20", "2/11")
    assert {each.booked_on.day for each in transactions(day_first)} == {21, 2}
    assert "two ways" in until_refused(PAYPAL.replace("11/19", "11/9").replace("11/20", "11/10"))[1]


def test_the_refusal_names_the_columns_and_who_is_read():
    _, sentence = until_refused("Tag;Wer;Wieviel\n20.11.2026;Anna;5,00\n21.11.2026;Bernd;6,00\n", "mine.csv")

    assert "“Tag”, “Wer”, “Wieviel”" in sentence
    assert "Sparkasse" in sentence
    assert "PayPal" in sentence


def test_providers_that_name_no_account_are_kept_apart():
    accounts = {
        name: records((HERE / "samples" / name).read_bytes())[0].account for name in ("wise.csv", "revolut.csv")
    }

    assert accounts == {"wise.csv": "Wise", "revolut.csv": "Revolut"}


@pytest.mark.parametrize("cut", [';"1\'243.03";"20.11.2026"', '"20.11.2026";"Gutschrift'])
def test_a_payment_that_lost_its_amount_or_day_is_refused_and_not_taken_for_a_text(cut):
    text = (HERE / "samples" / "zkb.csv").read_text("utf-8")
    header, paid, *rest = text.splitlines()
    damaged = paid.replace(cut, ';"";"20.11.2026"' if "243" in cut else '"";"Gutschrift')
    assert damaged != paid

    assert "line 4" in until_refused("\n".join([header, rest[0], rest[1], damaged, *rest[2:]]))[1]


def test_rows_that_carry_on_need_no_text_columns():
    text = (HERE / "samples" / "ubs-german.csv").read_text(encoding="utf-8")
    damaged = text.replace("Beschreibung1;Beschreibung2;Beschreibung3", "Beschreibung1;BBeschreibung3")
    assert damaged != text

    assert [one.amount for one in transactions(damaged)] == [one.amount for one in transactions(text)]
