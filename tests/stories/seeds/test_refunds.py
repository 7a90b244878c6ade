"""Refunds: money that goes back, and the three German words for it that are kept apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.stage import CORA, Stage, order

from zahlmeister.banking.models import BankTransaction
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.sandbox.bank import merchant_account
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import (
    TRANSFER_IN,
    TRANSFER_OUT,
    TRANSFER_RETURNED,
    Disturbance,
    Movement,
    Statement,
)

WAITING = {
    "G1: Refunds run fully automatically, without anybody's hand.": "refunds",
    "G2: A refund is entered by hand in the merchant area.": "refunds",
    "G3: Or it is taken over from the shop system.": "shop connections",
    "G4: Refunds work with an own account as well as with a pooled one.": "refunds",
    "G5: Money is refunded only once the merchant is verified.": "verification",
    "G6: A payment that is assigned is refunded from the page of its order.": "refunds",
    "G7: The amount can be changed; a part can be refunded.": "refunds",
    "G8: A payment that is not assigned is refunded from its own page.": "refunds",
    "G9: Where that message is switched on, the customer hears of the refund before it is sent.": "letters",
    "G10: The mail has a link by which the customer confirms or changes the bank details.": "refunds",
    "G11: If no bank details are known (cash, foreign payment), the customer is asked for them.": "refunds",
    "G12: If the bank details are an internal account of the bank, the customer is asked too.": "refunds",
    "G13: If they are the carrier's, after cash on delivery, the customer is asked too.": "refunds",
    "G14: The transfer is planned seven days ahead.": "refunds",
    "G15: During these days the customer can confirm or change the bank details.": "refunds",
    "G16: Once they are confirmed, the transfer is sent at once.": "refunds",
    "G17: The waiting period is a setting.": "refunds",
    "G18: At most twice the amount of the order is refunded.": "refunds",
    "G19: If more than twice the amount was paid, at most what was paid is refunded.": "refunds",
    "G20: Of a payment that is not assigned, at most its amount is sent back.": "refunds",
    "G21: A setting allows refunds from the shop only where something was paid, and at most that.": "refunds",
    "G23: When the customer's bank sends a refund back, the customer is told and asked for valid details.": "refunds",
    "G24: That message is a setting.": "refunds",
    "G25: On a pooled account the refund is sent from that account and taken off the balance.": "pooled accounts",
    "G26: On an own account the sum of all refunds due is collected from the merchant by direct debit.": "refunds",
    "G27: The refunds are then transferred by the service, since each transfer of the merchant's own needs a TAN.": (
        "refunds"
    ),
    "G28: The direct debit runs once a week.": "refunds",
    "G29: On request it runs twice a week or, for a fee, for each refund.": "refunds",
    "G30: A payment that belongs to no order is sent straight back to its payer (Rücküberweisung).": "refunds",
    "G31: A payment that was assigned is refunded, whole or in part, for instance when goods come back "
    "(Rückerstattung).": "refunds",
}

DAY = date(2026, 11, 19)


def receive(stage: Stage, *movements: Movement) -> None:
    """The bank's statement of one day with these lines."""
    account = merchant_account(1, "EUR")
    lines = tuple(replace(line, bank_reference=f"T-{place:04d}") for place, line in enumerate(movements, start=1))
    said = Statement(account, 1, DAY, DAY, Amount(100_000, "EUR"), lines)
    path: Path = stage.folder / "day.xml"
    write_camt053(path, [said])
    stage.receive(path.read_bytes())


def transfer(minor: int, *, text: str, **more: object) -> Movement:
    given = {"booking": TRANSFER_IN if minor > 0 else TRANSFER_OUT, "disturbance": Disturbance.EXACT, **more}
    return Movement(
        booked_on=DAY,
        amount=Amount(minor, "EUR"),
        counterparty="Cora Lindner",
        iban=CORA,
        remittance=text,
        **given,  # type: ignore[arg-type]
    )


def recorded() -> Sequence[tuple[int, bool]]:
    return list(BankTransaction.objects.order_by("id").values_list("amount_minor", "is_return"))


def test_a_refund_that_comes_back_is_no_payment(stage: Stage) -> None:
    """G22: When a transfer of ours comes back because the account is closed or its number wrong, that is noticed."""
    out = transfer(-2990, text="Rueckerstattung Bestellung 100012345", end_to_end_id="R-117")
    stage.orders(order("100012345", "29.90", "Cora Lindner"))
    receive(stage, out, replace(out, amount=-out.amount, booking=TRANSFER_RETURNED))
    assert recorded() == [(-2990, False), (2990, True)]
    assert stage.payments() == []
    assert stage.item("100012345").state == ItemState.OPEN
    assert balance(stage.merchant.pk, Book.RETURNS, "EUR").minor == -2990
    assert stage.books() == []


def test_the_bank_takes_a_double_transfer_back(stage: Stage) -> None:
    """G32: A bank's own return (Rückbuchung) is made by the bank, for instance when a transfer was executed twice;
    the order keeps the payment that remains.
    """
    paid = transfer(2498, text="Bestellung 100012345")
    stage.orders(order("100012345", "24.98", "Cora Lindner"))
    receive(stage, paid, paid, replace(paid, amount=-paid.amount, booking=TRANSFER_RETURNED))
    assert recorded() == [(2498, False), (2498, False), (-2498, True)]
    assert [payment.state for payment in stage.payments()].count(PaymentState.ASSIGNED) == 1
    item = stage.item("100012345")
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 0)
    assert stage.books() == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Refund of a payment", "Rücküberweisung"),
        ("Refund of an order", "Rückerstattung"),
        ("BankReturn", "Rückbuchung, Rücklastschrift"),
    ],
)
def test_three_words_are_kept_apart(english: str, german: str) -> None:
    """G33: Rücküberweisung, Rückerstattung and Rückbuchung are three words with three meanings."""
    words = (Path(__file__).parents[3] / "GLOSSARY.md").read_text(encoding="utf-8")
    assert f"\n| {english} | {german} |" in words
