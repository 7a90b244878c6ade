"""Purchase on invoice: the customer pays afterwards, and the merchant is sure of the money either way."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.credit.asked import anna
from tests.flows.test_erps import connect, looks
from tests.flows.test_guaranteed_collection import asks
from tests.flows.test_pay_out import Desk
from tests.guaranteed import BEGIN, Market
from tests.stage import Paid, Stage, order

from zahlmeister.credit.rules import Outcome
from zahlmeister.dunning.models import Notice
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.dispute import give_up
from zahlmeister.history.models import Step
from zahlmeister.ledger.queries import balance, lines
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.payouts.models import Payout, PayoutPlan
from zahlmeister.purchase.models import Document
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState

COLUMNS = "kind;number;order;invoice;currency;amount;date;line_name;line_amount"


class Erp:
    """Brigitte's ERP: it lays files into a folder, and nobody types anything."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.market, self.folder = market, folder
        outbox = folder / "from"
        for each in (folder, outbox):
            each.mkdir()
        connect(market, way="folder", profile="table", settings={"folder": str(folder), "outbox": str(outbox)})

    def reports(self, *rows: str) -> None:
        """A file of the day is laid down, and read by itself as soon as it is whole."""
        name = f"{self.market.stage.now:%Y-%m-%d}.csv"
        (self.folder / name).write_text("\n".join([COLUMNS, *rows, ""]))
        looks(self.market)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    made = Market(merchant, tmp_path)
    made.confirms("1001", 10_000)
    return made


@pytest.fixture
def erp(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Erp:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    return Erp(market, tmp_path / "to")


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


def test_the_guarantor_has_the_claim_from_the_invoice_to_the_payment(market: Market) -> None:
    """R3: The guarantor looks after what is owed, from the invoice to the payment."""
    market.bills()
    claim = OpenItem.objects.get(pk=market.capture().item_id)
    assert (claim.merchant, claim.open_minor) == (market.party, 10_000)
    assert market.book(market.merchant, Book.RECEIVABLES) == 0
    market.buyer_pays(10_000, claim.order.reference)
    market.works()
    assert (market.capture().claim, market.book(market.party, Book.RECEIVABLES)) == ("paid", 0)
    assert market.wrong() == []


def test_the_guarantor_reminds_and_goes_to_law(
    merchant: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4: The guarantor sends the reminders and goes to law where it must be."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    market = Market(merchant, tmp_path)
    with asks(market) as asking:
        assert len(asking.until(market.capture().due_on + timedelta(days=45))) == 2
        assert {one.merchant for one in Notice.objects.all()} == {market.party}
        case = asking.hands_over()
        asking.desk.accept(case.reference)
        asking.desk.go_to(case.reference, "court_order")
        asking.desk.collect(case.reference, 1_000_000)
        asking.desk.close(case.reference, "paid_full")
        asking.works()
    assert (case.merchant, market.capture().claim) == (market.party, "paid")


def test_the_merchant_bears_no_risk(market: Market) -> None:
    """R5: The merchant bears no risk: the money comes even if the customer does not pay."""
    market.bills()
    market.passes(30)
    market.bank_transfers()
    give_up(market.party, market.capture().pk, by="eva", at=market.stage.now, reason="nothing to be had")
    market.works()
    assert (sum(market.transferred()), market.capture().guarantee) == (10_000, "paid_out")
    assert (market.book(market.party, Book.LOSSES), market.book(market.merchant, Book.LOSSES)) == (10_000, 0)
    assert market.wrong() == []


def test_an_invoice_reaches_the_guarantor_from_the_erp(market: Market, erp: Erp) -> None:
    """R6: That an invoice was written goes from the merchant's ERP to the guarantor automatically."""
    erp.reports("invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00")
    assert market.book(market.party, Book.RECEIVABLES) == 6_000


def test_a_shipment_reaches_the_guarantor_from_the_erp(market: Market, erp: Erp) -> None:
    """R7: That goods were shipped goes from the merchant's ERP to the guarantor automatically."""
    erp.reports("invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00")
    assert market.capture().shipped_on is None
    market.stage.later(days=1)
    erp.reports("shipment;L1;1001;R1;EUR;;2026-11-24;;")
    assert market.capture().shipped_on == date(2026, 11, 24)


def test_goods_that_come_back_reach_the_guarantor_from_the_erp(market: Market, erp: Erp) -> None:
    """R8: That goods came back goes from the merchant's ERP to the guarantor automatically."""
    erp.reports(
        "invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00",
        "return_announced;A1;1001;R1;EUR;20.00;2026-11-23;;",
        "return_received;E1;1001;R1;EUR;20.00;2026-11-23;;",
    )
    kept = Document.objects.filter(merchant=market.merchant, capture=market.capture())
    assert {"return_announced", "return_received"} <= set(kept.values_list("kind", flat=True))


def test_a_credit_note_reaches_the_guarantor_from_the_erp(market: Market, erp: Erp) -> None:
    """R9: That a credit note was given goes from the merchant's ERP to the guarantor automatically."""
    erp.reports("invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00", "credit_note;G1;1001;R1;EUR;10.00;2026-11-23;;")
    assert (market.capture().credited_minor, market.book(market.party, Book.RECEIVABLES)) == (1_000, 5_000)


def test_nothing_is_typed_by_hand(market: Market, erp: Erp) -> None:
    """R10: Nothing of this is typed by hand any more; it saves up to 80 percent of the time."""
    erp.reports(
        "invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00",
        "shipment;L1;1001;R1;EUR;;2026-11-23;;",
        "credit_note;G1;1001;R1;EUR;10.00;2026-11-23;;",
    )
    market.passes(30)
    market.bank_transfers()
    people = set(Person.objects.values_list("email", flat=True))
    steps = Step.objects.filter(merchant__in=(market.merchant, market.party), at__gt=BEGIN)
    assert not people & set(steps.values_list("actor", flat=True))
    assert (sum(market.transferred()), market.wrong()) == (5_000, [])


def test_what_goes_out_is_notified_at_once(market: Market, erp: Erp) -> None:
    """R11: As soon as an order is worked on and goes out for delivery, the guarantor is notified."""
    erp.reports("invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00", "shipment;L1;1001;R1;EUR;;2026-11-23;;")
    assert market.stage.now - BEGIN < timedelta(hours=1)
    assert (market.capture().shipped_on, market.capture().guarantee) == (date(2026, 11, 23), "pending")


def test_in_any_case_after_thirty_days(market: Market) -> None:
    """R13: If a customer does not pay, the merchant gets the sum in any case after 30 days."""
    market.bills()
    market.passes(30)
    market.bank_transfers()
    assert (sum(market.transferred()), market.capture().claim) == (10_000, "overdue")
    assert market.settlements()[-1].on <= BEGIN.date() + timedelta(days=30)


def test_what_the_erp_books_the_guarantor_books(market: Market, erp: Erp) -> None:
    """R14: Goods returns and credit notes booked in the ERP are booked by the guarantor automatically."""
    erp.reports(
        "invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00",
        "shipment;L1;1001;R1;EUR;;2026-11-23;;",
        "return_received;E1;1001;R1;EUR;20.00;2026-11-23;;",
        "credit_note;G1;1001;R1;EUR;20.00;2026-11-23;;",
    )
    market.passes(30)
    assert (market.book(market.party, Book.RECEIVABLES), sum(market.transferred())) == (4_000, 4_000)
    assert market.wrong() == []


def test_a_credit_note_lowers_what_is_owed(stage: Stage) -> None:
    """R15: Goods returns and credit notes are booked, also where no ERP tells them and a shop's file shows less."""
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
