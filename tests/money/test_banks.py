"""An account whose check digits are right may still be at no bank."""

import pytest

from zahlmeister.money.banks import Bank, bank_of, doubt_about


@pytest.mark.parametrize(
    ("iban", "name", "bic"),
    [
        ("DE02120300000000202051", "Deutsche Kreditbank Berlin", "BYLADEM1001"),
        ("DE02 1203 0000 0000 2020 51", "Deutsche Kreditbank Berlin", "BYLADEM1001"),
        ("AT022011100003429660", "Erste Bank der oesterreichischen Sparkassen AG", "GIBAATWWXXX"),
        ("CH0309000000250090342", "PostFinance AG", "POFICHBEXXX"),
    ],
)
def test_a_bank_is_known_by_its_number(iban, name, bic):
    assert bank_of(iban) == Bank(name, bic)
    assert doubt_about(iban) is None


@pytest.mark.parametrize(
    ("iban", "sentence"),
    [
        ("DE36000000000000000000", "no bank in Germany has the number 00000000"),
        ("AT611904300234573201", "no bank in Austria has the number 19043"),
        ("CH9300762011623852957", "no bank in Switzerland has the number 00762"),
        ("LI8300001000000000017", "no bank in Liechtenstein has the number 00001"),
    ],
)
def test_right_check_digits_but_no_such_bank_is_doubted_in_one_sentence(iban, sentence):
    assert bank_of(iban) is None
    assert f"{sentence};" in doubt_about(iban)
    assert "Ask for the account again." in doubt_about(iban)


@pytest.mark.parametrize(
    "iban",
    [
        "CH4431999123000889012",  # a QR-IBAN stands for a bank that has another number
        "FR1420041010050500013M02606",  # the French list may not be whole
        "DE00123456789",  # no IBAN at all: that is refused, not doubted
        "",
    ],
)
def test_where_no_list_can_tell_nothing_is_doubted(iban):
    assert doubt_about(iban) is None


@pytest.mark.parametrize("iban", ["", "DE00123456789", "XK051212012345678906", "TL380080012345678910157"])
def test_what_no_list_knows_is_no_bank(iban):
    assert bank_of(iban) is None
