"""Purchase on invoice: the customer pays afterwards, and the merchant is sure of the money either way."""

from datetime import date
from pathlib import Path

from tests.credit.asked import anna
from tests.flows.test_pay_out import Desk
from tests.stage import Paid, Stage, order

from zahlmeister.credit.rules import Outcome
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.ledger.queries import balance, lines
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.payouts.models import Payout, PayoutPlan
from zahlmeister.receivables.states import ItemState

WAITING = {
    "R3: The guarantor looks after what is owed, from the invoice to the payment.": "invoice purchase",
    "R4: The guarantor sends the reminders and goes to law where it must be.": "invoice purchase",
    "R5: The merchant bears no risk: the money comes even if the customer does not pay.": "invoice purchase",
    "R6: That an invoice was written goes from the merchant's ERP to the guarantor automatically.": "ERP connections",
    "R7: That goods were shipped goes from the merchant's ERP to the guarantor automatically.": "ERP connections",
    "R8: That goods came back goes from the merchant's ERP to the guarantor automatically.": "ERP connections",
    "R9: That a credit note was given goes from the merchant's ERP to the guarantor automatically.": "ERP connections",
    "R10: Nothing of this is typed by hand any more; it saves up to 80 percent of the time.": "ERP connections",
    "R11: As soon as an order is worked on and goes out for delivery, the guarantor is notified.": "invoice purchase",
    "R13: If a customer does not pay, the merchant gets the sum in any case after 30 days.": "invoice purchase",
    "R14: Goods returns and credit notes booked in the ERP are booked by the guarantor automatically.": (
        "invoice purchase"
    ),
}


def test_bought_on_invoice_and_paid_afterwards(stage: Stage) -> None:
    """R1: Customers buy on invoice; the order waits for its due date, and the invoice number is enough to find it."""
    invoice = order(
        "100012345",
        "88.40",
        "Dirk Vogel",
        payment_kind="invoice",
        invoice_number="RE-2026-04711",
        due_on=date(2026, 11, 30),
    )
    stage.orders(invoice, order("100012354", "88.40", "Anna Weber"))
    item = stage.item("100012345")
    assert (item.order.payment_kind, item.due_on, item.state) == ("invoice", date(2026, 11, 30), ItemState.OPEN)
    stage.pays(Paid(8840, "Rechnung RE-2026-04711", "Dirk Vogel"))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.item("100012354").state == ItemState.OPEN


def test_credit_is_checked_before_the_purchase(stage: Stage) -> None:
    """R2: The customer's credit is checked before the purchase on invoice."""
    first = check(stage.merchant, anna(order="1", minor=20_000), at=stage.now)
    second = check(stage.merchant, anna(order="2", minor=20_000), at=stage.now)
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.DECLINED)
    assert "ABOVE_LIMIT" in [reason.code for reason in second.reasons]


def test_a_credit_note_lowers_what_is_owed(stage: Stage) -> None:
    """R15: Goods returns and credit notes are booked; for now when the shop's next file shows the smaller amount."""
    stage.orders(order("100012345", "88.40", payment_kind="invoice"))
    stage.orders(order("100012345", "58.50", payment_kind="invoice"))
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.OPEN, 5850)
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 5850
    texts = [line.text for line in lines(stage.merchant.pk, [f"item:{item.pk}"])]
    assert texts == ["order_placed", "order_lowered"]
    stage.pays(Paid(5850, "100012345"))
    stage.orders(order("100012345", "30.00", payment_kind="invoice"))
    item = stage.item("100012345")
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 2850)
    assert balance(stage.merchant.pk, Book.SURPLUS, "EUR").minor == -2850
    assert stage.books() == []


def test_once_a_week_what_was_paid_is_transferred(merchant: Merchant, tmp_path: Path) -> None:
    """R12: What customers have paid is transferred to the merchant once a week."""
    desk = Desk(merchant, tmp_path)
    desk.pays_to()
    desk.plan(rhythm="weekly", day=5)
    desk.buyers_pay()
    for _ in range(9):
        desk.next_day()
        desk.works()
    assert [payout.period for payout in Payout.objects.all()] == ["2026-W48"]
    assert desk.payout().created_at.date() == date(2026, 11, 27)
    assert PayoutPlan.objects.get().due_on == date(2026, 12, 4)
