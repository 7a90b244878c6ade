"""What banks may have kept on the way: little, of a foreign transfer or a paper slip."""

import pytest

from zahlmeister.matching.charges import may_be_charges
from zahlmeister.matching.facts import Payment

LONDON, ZURICH, NEW_DELHI = "GB29NWBK60161331926819", "CH9300762011623852957", "AE070331234567890123456"


def payment(
    iban: str | None = None, code: str | None = None, text: str | None = None, currency: str = "EUR"
) -> Payment:
    return Payment(10_000, currency, iban=iban, bank_code=code, booking_text=text)


@pytest.mark.parametrize(
    ("missing", "owed", "may_be"),
    [(3_000, 12_000, True), (3_001, 99_999, False), (2_500, 10_000, True), (2_501, 10_000, False)],
)
def test_of_a_foreign_transfer_thirty_and_a_quarter_at_most(missing: int, owed: int, may_be: bool) -> None:
    assert may_be_charges(payment(NEW_DELHI), missing, owed) is may_be


@pytest.mark.parametrize(
    ("missing", "owed", "may_be"), [(500, 5_000, True), (501, 99_999, False), (400, 4_000, True), (401, 4_000, False)]
)
def test_of_a_paper_slip_five_and_a_tenth_at_most(missing: int, owed: int, may_be: bool) -> None:
    assert may_be_charges(payment(code="082"), missing, owed) is may_be


@pytest.mark.parametrize(
    ("told", "may_be"),
    [
        (payment(), False),
        (payment(LONDON), False),  # SEPA's countries are more than the Union's
        (payment(ZURICH), False),
        (payment(NEW_DELHI), True),
        (payment("AE0703312345678"), True),  # fifteen signs are the shortest account number of this kind
        (payment("AE070331234567"), False),
        (payment("0123456789012345"), False),
        (payment("AEXX0331234567890"), False),
        *((payment(code=code), True) for code in ("201", "202", "203", "204", "205", "206", "211")),
        (payment(code="166"), False),
        (payment(code="PMNT/RCDT/XBCT"), True),
        (payment(code="PMNT/RCDT/XBST"), True),
        (payment(code="PMNT/RCDT/ESCT"), False),
        (payment(code="PMNT/CNTR/CDPT"), True),
        (payment(code="PMNT/CNTR/BCDP"), True),
        (payment(text="Einzahlungsschein"), True),
        (payment(text="Zahlschein 17"), True),
        (payment(text="BAREINZAHLUNG"), True),
        (payment(text="Schaltereinzahlung"), True),
        (payment(text="beleghafte Überweisung"), True),
        (payment(text="Überweisung"), False),
    ],
)
def test_who_keeps_charges(told: Payment, may_be: bool) -> None:
    assert may_be_charges(told, 100, 10_000) is may_be


@pytest.mark.parametrize(
    ("currency", "may_be"), [("EUR", True), ("CHF", True), ("USD", True), ("GBP", True), ("JPY", False), ("CZK", False)]
)
def test_the_most_is_said_in_currencies_of_about_the_same_worth(currency: str, may_be: bool) -> None:
    assert may_be_charges(payment(NEW_DELHI, currency=currency), 100, 10_000) is may_be


def test_within_sepa_transfers_arrive_whole() -> None:
    """The geographical scope of the schemes, EPC409-09."""
    scope = (
        "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO "
        "PL PT RO RS SE SI SK SM VA"
    )
    for country in scope.split():
        assert not may_be_charges(payment(f"{country}070331234567890"), 100, 10_000), country
