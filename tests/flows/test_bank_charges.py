"""What banks keep on the way, from the camt file to the books: told by the bank, or told by the way the money took."""

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.receivables.states import ItemState

DUBAI = "AE070331234567890123456"  # Dubai: outside SEPA
TEXT = "Bestellung 100012345"


def told(instructed: str = "", charges: tuple[str, ...] = (), bearer: str = "SHAR") -> bytes:
    """What a bank tells besides the amount: the instructed amount, each bank's charge, and who bears them."""
    records = "".join(
        f'<Rcrd><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Br>{bearer}</Br></Rcrd>' for amount in charges
    )
    sent = f'<AmtDtls><InstdAmt><Amt Ccy="EUR">{instructed}</Amt></InstdAmt></AmtDtls>' if instructed else ""
    return (sent + (f"<Chrgs>{records}</Chrgs>" if records else "") + "<RltdPties>").encode()


def receive(stage: Stage, paid: Paid, said: bytes = b"<RltdPties>", *changes: tuple[bytes, bytes]) -> None:
    content = stage.statement(paid).replace(b"<RltdPties>", said)
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    stage.receive(content)


def charges(stage: Stage) -> int:
    return balance(stage.merchant.pk, Book.CHARGES, "EUR").minor


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        pytest.param(9500, told("100.00", ("5.00",)), id="shared, one bank"),
        pytest.param(8650, told("100.00", ("3.50", "10.00"), "CRED"), id="borne by us, two banks"),
        pytest.param(9200, told("100.00"), id="only the instructed amount is told"),
        pytest.param(9500, told("", ("5.00",)), id="only the charge is told"),
        pytest.param(9500, told("105.00", ("5.00",)), id="the charge explains it, the instructed amount does not"),
    ],
)
def test_a_charge_that_the_bank_tells_is_not_asked_for(stage: Stage, arrived: int, said: bytes) -> None:
    stage.orders(order("100012345", "100.00"))
    receive(stage, Paid(arrived, TEXT), said)
    assert (stage.item("100012345").state, charges(stage)) == (ItemState.PAID, 10_000 - arrived)
    assert stage.books() == []


def test_charges_that_the_payer_bears_change_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00"))
    receive(stage, Paid(10_000, TEXT), told("100.00", ("12.50",), "DEBT"))
    assert (stage.item("100012345").state, charges(stage)) == (ItemState.PAID, 0)
    assert stage.books() == []


def test_a_charge_that_does_not_explain_the_rest_leaves_it_open(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00"))
    receive(stage, Paid(8000, TEXT), told("85.00", ("5.00",)))
    assert (stage.item("100012345").open_minor, charges(stage)) == (2000, 0)
    assert stage.books() == []


def test_another_currency_explains_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "100.00"))
    said = told("100.00").replace(b'InstdAmt><Amt Ccy="EUR"', b'InstdAmt><Amt Ccy="USD"')
    receive(stage, Paid(9200, TEXT), said)
    assert (stage.item("100012345").open_minor, charges(stage)) == (800, 0)


FOREIGN = (b"NTRF+166+00931", b"NTRF+206+00931")
PAPER = (b"NTRF+166+00931", b"NTRF+082+00931")


@pytest.mark.parametrize(
    ("arrived", "iban", "changes"),
    [
        pytest.param(8800, DUBAI, (), id="an account outside SEPA"),
        pytest.param(8500, "", (FOREIGN,), id="a foreign transfer by its code"),
        pytest.param(9800, "", (PAPER,), id="a slip paid in at a counter"),
    ],
)
def test_a_little_too_low_by_a_way_that_costs_is_paid(
    stage: Stage, arrived: int, iban: str, changes: tuple[tuple[bytes, bytes], ...]
) -> None:
    stage.orders(order("100012345", "100.00"))
    receive(stage, Paid(arrived, TEXT, iban=iban), b"<RltdPties>", *changes)
    assert (stage.item("100012345").state, charges(stage)) == (ItemState.PAID, 10_000 - arrived)
    clues = [clue["kind"] for row in stage.item("100012345").allocations.all() for clue in row.clues]
    assert "amount_charges_likely" in clues
    assert stage.books() == []


@pytest.mark.parametrize(
    ("arrived", "changes"),
    [
        pytest.param(9500, (), id="from within SEPA"),
        pytest.param(6000, (FOREIGN,), id="far too low from abroad"),
        pytest.param(8500, (PAPER,), id="far too low on paper"),
    ],
)
def test_everything_else_that_is_too_low_stays_open(
    stage: Stage, arrived: int, changes: tuple[tuple[bytes, bytes], ...]
) -> None:
    stage.orders(order("100012345", "100.00"))
    receive(stage, Paid(arrived, TEXT), b"<RltdPties>", *changes)
    assert (stage.item("100012345").open_minor, charges(stage)) == (10_000 - arrived, 0)
    assert stage.books() == []
