"""MT940 and MT942: one test per peculiarity that real files have."""

from datetime import date

import pytest
from tests.formats.reading import entries, problems, records, transactions, until_refused

from zahlmeister.formats.records import Closing, Entry, Opening, Status
from zahlmeister.money.amount import Amount

HEAD = ":20:STARTUMSE\n:25:37040044/0532013000\n:28C:6/1\n:60F:C261119EUR0,\n"


def statement(*fields, head=HEAD, closing=None):
    end = f":62F:{closing}\n-\n" if closing else "-\n"
    return head + "".join(f"{each}\n" for each in fields) + end


def one(line, text=None):
    [transaction] = transactions(statement(f":61:{line}", *([f":86:{text}"] if text else [])))
    return transaction


@pytest.mark.parametrize(
    ("line", "minor", "is_return"),
    [
        ("2611201120C5,00NTRFNONREF", 500, False),
        ("2611201120D5,00NTRFNONREF", -500, False),
        ("2611201120RC5,00NTRFNONREF", -500, True),
        ("2611201120RD5,00NTRFNONREF", 500, True),
        ("2611201120CR15000NTRFNONREF", 1500000, False),  # a credit in euR, no reversal
        ("2611201120RCR5,NTRFNONREF", -500, True),
        ("2611201120DD5,1NTRFNONREF", -510, False),
        ("261120    CK5,10NTRFNONREF//", 510, False),
        ("261120C000000000000000005,00N541NONREF", 500, False),
        ("2611201120C5,00 NTRFNONREF", 500, False),
        ("261120C5,00NOV NONREF", 500, False),
    ],
)
def test_mark_and_funds_letter_decide_the_direction(line, minor, is_return):
    found = one(line)

    assert (found.amount, found.is_return) == (Amount(minor, "EUR"), is_return)


@pytest.mark.parametrize(
    ("line", "booked_on"),
    [
        ("2611201120C5,00N", date(2026, 11, 20)),
        ("2701021231C5,00N", date(2026, 12, 31)),  # valued in the new year, booked in the old
        ("2612310102C5,00N", date(2027, 1, 2)),
        ("261120C5,00N", date(2026, 11, 20)),  # no entry date: the value date
        ("2402290229C5,00N", date(2024, 2, 29)),
    ],
)
def test_the_entry_date_takes_the_year_that_is_nearest(line, booked_on):
    assert one(line + "TRFNONREF").booked_on == booked_on


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2611201120C", "is no entry line"),
        ("2602301120C5,00NTRF", "the value date “260230” is no day"),
        ("2611200231C5,00NTRF", "the entry date “0231” is no day"),
        ("2611201120C5,0x0NTRF", "is no entry line"),
        ("2611201120C5,0.0NTRF", "“5,0.0” is no amount"),
        ("2611201120C5,001NTRF", "more than the 2 decimal places"),
    ],
)
def test_a_garbled_line_is_refused_with_its_place_and_what_stands_before_is_kept(line, why):
    text = statement(":61:2611201120C1,00NTRFNONREF", f":61:{line}")
    read, sentence = until_refused(text, "may.sta")

    assert sum(isinstance(record, Entry) for record in read) == 1
    assert sentence.startswith("may.sta, statement 1, entry 2, field :61::")
    assert why in sentence


GERMAN = (
    "166?00GUTSCHRIFT?100996?20EREF+NOTPROVIDED?21SVWZ+Rechnung 4711 vom 20.1?221.2026?30BYLADEM1001"
    "?31DE02120300000000202051?32Anna?33Gruen?34000"
)


@pytest.mark.parametrize("width", [len(GERMAN), 65, 27, 17, 3, 1])
@pytest.mark.parametrize("separator", ["?", "~", ">", "|"])
def test_line_ends_may_cut_anything_and_the_separator_is_the_banks_choice(width, separator):
    text = GERMAN.replace("?", separator)
    found = one("2611201120C5,00NTRFNONREF", "\n".join(text[at : at + width] for at in range(0, len(text), width)))

    assert found.remittance == "Rechnung 4711 vom 20.11.2026"
    assert (found.counterparty, found.counterparty_iban) == ("Anna Gruen", "DE02120300000000202051")
    assert (found.bank_code, found.booking_text, found.end_to_end_id) == ("166", "GUTSCHRIFT", None)


def test_a_separator_before_a_key_that_came_already_is_text():
    found = one("2611201120C5,00NTRFNONREF", "166?20Was soll das?20 Prozent?99 oder?32Anna")

    assert (found.remittance, found.counterparty) == ("Was soll das?20 Prozent?99 oder", "Anna")


def test_sub_fields_may_come_in_any_order():
    found = one("2611201120C5,00NTRFNONREF", "000?32Anna?30NOTABIC?21 2?20Bestellung 1")

    assert (found.counterparty, found.remittance, found.bank_code) == ("Anna", "Bestellung 1 2", None)
    assert found.counterparty_bic is None


def test_the_text_goes_on_in_sub_fields_60_to_63():
    full = "SVWZ+" + "x" * 22
    found = one("2611201120C5,00NTRFNONREF", f"166?20{full}?60yz?31DE02?63Ende")

    assert found.remittance == "x" * 22 + "yz Ende"


@pytest.mark.parametrize(
    ("pieces", "remittance", "fields"),
    [
        (["EREF+1SVWZ+Text"], "Text", {"end_to_end_id": "1"}),
        (["EREF+NOTPROVIDED SVWZ+Text"], "Text", {"end_to_end_id": None}),
        (["MREF+M 1CRED+DE98ZZZ09999999999SVWZ+Text"], "Text", {"mandate_id": "M 1"}),
        (["EREF: 1 MREF: M-1 SVWZ: Text"], "Text", {"end_to_end_id": "1", "mandate_id": "M-1"}),
        (["SVWZ+Text ABCD+geht weiter"], "Text ABCD+geht weiter", {}),
        (["Text zuerst EREF+1"], "Text zuerst", {"end_to_end_id": "1"}),
        (["SVWZ+Miete", "ABWA+Mutter"], "Miete", {"ultimate_party": "Mutter"}),
        (["KREF+K-1SVWZ+Text"], "Text", {"customer_reference": "K-1"}),
        (["bitte auf IBAN: DE02 zahlen"], "bitte auf IBAN: DE02 zahlen", {}),
        (
            ["EREF+123456789012345678901234"[:27], "5678SVWZ+Text"],
            "Text",
            {"end_to_end_id": "12345678901234567890125678"},
        ),
        (["EREF+12", "ohne Schluessel"], "ohne Schluessel", {"end_to_end_id": "12"}),
    ],
)
def test_sepa_keys_are_cut_out_even_when_glued(pieces, remittance, fields):
    text = "166" + "".join(f"?{number}{piece}" for number, piece in enumerate(pieces, start=20))
    found = one("2611201120C5,00NTRFNONREF", text)

    assert found.remittance == remittance
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("109?00RUECKLASTSCHRIFT?20SVWZ+x?34902", "AC04"),
        ("159?20Ueberweisung zurueck, AC01?34000", "AC01"),
        ("108?20ohne Grund", None),
    ],
)
def test_a_return_says_why(text, reason):
    found = one("2611201120D5,00NRTINONREF", text)

    assert (found.is_return, found.return_reason) == (True, reason)


def test_the_text_key_of_an_ordinary_credit_is_no_reason():
    found = one("2611201120C5,00NTRFNONREF", "166?20x?34901")

    assert (found.is_return, found.return_reason) == (False, None)


def test_charges_and_the_original_amount_stand_below_the_line():
    found = one("2611201120C5,00NTRFNONREF//B1\n/OCMT/USD50,//CHGS/EUR3,5/", "202?20x")

    assert (found.original_amount, found.charges) == (Amount(5000, "USD"), Amount(350, "EUR"))
    assert found.bank_reference == "B1"


def test_slashes_are_keys_in_the_netherlands():
    found = one(
        "2611201120C5,00NTRFEREF", "/EREF/E1//CNTP/NL20INGB0001234567/INGBNL2A/J. de Boer///REMI/US\nTD//Factuur 12/"
    )

    assert (found.end_to_end_id, found.counterparty, found.counterparty_bic) == ("E1", "J. de Boer", "INGBNL2A")
    assert (found.remittance, found.customer_reference) == ("Factuur 12", None)


def test_free_text_keeps_its_lines():
    found = one("2611201120C5,00NTRFNONREF", "999Freier Text\nund mehr")

    assert (found.bank_code, found.remittance, found.remittance_pieces) == (
        "999",
        "Freier Text und mehr",
        ("Freier Text", "und mehr"),
    )


def test_swiss_text_stays_whole():
    said = "GUTSCHRIFT VON FREMDBANK AUFTRAGGEBER: RETO MUSTER MITTEILUNGEN: RECHNUNG 7"

    assert one("2611201120C5,00NTRFNONREF", said).remittance == said


def test_a_line_that_only_looks_like_a_tag_is_text():
    assert one("2611201120C5,00NTRFNONREF", "166?20um 13\n:12:11 Uhr").remittance == "um 13:12:11 Uhr"


def test_a_lone_dash_inside_a_text_does_not_end_it():
    assert one("2611201120C5,00NTRFNONREF", "/MARF/MND\n-\n7//REMI/x/").mandate_id == "MND-7"


def test_several_texts_belong_to_one_entry():
    text = statement(":61:2611201120C5,00NTRFNONREF", ":86:Zeile 1", ":86:Zeile 2")

    assert transactions(text)[0].remittance == "Zeile 1 Zeile 2"


def test_the_banks_note_to_the_statement_belongs_to_no_entry():
    text = statement(":61:2611201120C5,00NTRFNONREF", closing="C261120EUR5,") + ":86:Hinweis\n"

    assert transactions(text)[0].remittance is None


def test_pages_of_a_statement_are_stitched():
    first = HEAD + ":61:2611201120C5,00NTRFNONREF\n:62M:C261120EUR5,\n-\n"
    second = HEAD.replace("6/1", "6/2").replace(":60F:C261119EUR0,", ":60M:C261120EUR5,")
    second += ":61:2611201120C6,NTRF\n:62F:C261120EUR11,\n-\n"
    read = records(first + second)

    assert [type(record) for record in read] == [Opening, Entry, Entry, Closing]
    assert read[-1].balance.amount == Amount(1100, "EUR")


def test_a_missing_page_is_told():
    first = HEAD + ":61:2611201120C5,00NTRFNONREF\n:62M:C261120EUR5,\n-\n"
    third = ":20:STARTUMSE\n:25:37040044/0532013000\n:28C:6/3\n:60M:C261120EUR9,\n:62F:C261120EUR9,\n-\n"

    assert "The page begins with 9.00 EUR where the one before ended with 5.00 EUR" in problems(first + third)[0]


def test_a_file_that_ends_before_its_closing_balance_is_told():
    cut = HEAD + ":61:2611201120C5,00NTRFNONREF\n"

    assert problems(cut)[0].endswith(
        "The closing balance is missing: the file may be cut off; fetch it from the bank again."
    )
    assert problems(cut + ":62M:C261120EUR5,\n-\n")[0].endswith(
        "Its last page goes on on another, which is not in this file: it may be missing."
    )
    assert problems(cut + ":62F:C261120EUR5,\n-\n") == []


def test_a_report_of_the_day_has_no_closing_balance_and_nothing_is_told():
    assert problems(":20:TAG\n:25:37040044/0532013000\n:28C:6/1\n:34F:EUR0,\n:61:2611201120C5,00NTRFNONREF\n-\n") == []


def test_identical_twins_are_two_payments():
    assert len(entries(statement(*[":61:2611201120C12,NMSCNONREF"] * 2))) == 2


def test_balances_that_do_not_add_up_are_told():
    [sentence] = problems(statement(":61:2611201120C5,NTRF", closing="C261120EUR6,"))

    assert "0.00 EUR at the beginning and entries of 5.00 EUR make 5.00 EUR, but the bank says 6.00 EUR" in sentence


def test_the_same_number_twice_is_told_and_a_bank_that_does_not_count_is_not():
    assert "“6/1” comes a second time" in problems(statement(closing="C261119EUR0,") * 2)[0]
    assert problems(statement(closing="C261119EUR0,").replace("6/1", "00000/001") * 2) == []


def test_a_gap_in_the_numbers_is_told():
    both = statement(closing="C261119EUR0,") + statement(closing="C261119EUR0,").replace("6/1", "8/1")

    assert "8 follows 6: 7 is not in the file" in problems(both)[0]


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("37040044/0532013000", "37040044/0532013000"),
        ("37040044/0532013000EUR", "37040044/0532013000"),
        ("DE89370400440532013000EUR", "DE89370400440532013000"),
        ("COBADEFFXXX/DE89370400440532013000", "DE89370400440532013000"),
        ("NL91ABNA0417164300 EUR", "NL91ABNA0417164300"),
    ],
)
def test_the_account_is_the_iban_where_there_is_one(written, account):
    assert records(statement(head=HEAD.replace("37040044/0532013000", written)))[0].account == account


def test_mt942_only_announces():
    head = ":20:I\n:25:DE89370400440532013000\n:28C:1\n:34F:EURD0,\n:13D:2611201000+0100\n"
    text = head + ":61:261120C5,NTRF\n:90C:1EUR5,\n-\n"
    [opening, entry, _] = records(text)

    assert (opening.source.format, opening.currency) == ("mt942", "EUR")
    assert entry.transactions[0].status is Status.PENDING


def test_without_a_currency_an_amount_means_nothing():
    _, sentence = until_refused(":20:X\n:25:123\n:61:2611201120C5,00NTRF\n", "x.sta")

    assert sentence.startswith("x.sta, statement 1, entry 1: the statement names no currency")


def test_an_entry_before_any_statement_is_refused():
    assert "comes before any statement" in until_refused(":61:2611201120C5,00NTRF\n")[1]


def test_a_field_in_the_wrong_place_is_told_and_left_out():
    text = statement(":61:2611201120C5,00NTRFNONREF", ":25:166?20verschrieben", ":61:2611201120C6,NTRF")

    assert [entry.amount.minor for entry in entries(text)] == [500, 600]
    assert "Field :25: stands in the middle of the statement (line 6)" in problems(text)[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_umlauts_survive_every_encoding_and_line_end(encoding, end):
    text = statement(":61:2611201120C5,00NTRFNONREF", ":86:166?20für?32Jürgen Weiß, Köln").replace("\n", end)

    assert transactions(text.encode(encoding))[0].counterparty == "Jürgen Weiß, Köln"


def test_swift_blocks_and_bank_headers_around_the_message_do_not_matter():
    block = "{1:F01BANKATWWXXXX0000000000}{2:O940BANKATWWXXXXN}{3:}{4:\n"
    text = "BANKATWW\n940\nBANKATWW\n" + block + statement(":61:2611201120C5,NTRF", closing="C261120EUR5,") + "-}{5:}\n"

    assert [entry.amount.minor for entry in entries(text * 2)] == [500, 500]
