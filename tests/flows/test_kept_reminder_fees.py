"""The operator keeps what buyers paid as fees of his reminders, where the plan says so; each order is charged once."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError
from tests.dying import Killed, dying
from tests.flows.test_costs_of_delay import DUE, pays, remind
from tests.flows.test_invoices import BUYER, SELLER
from tests.stage import Paid, Stage, order

from zahlmeister.flows.agree_plan import agree_plan, keep_billing, price_plan
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.invoice_month import invoice_next, owe_next
from zahlmeister.flows.settle_invoice import settle_next
from zahlmeister.flows.steer_dunning import leave_costs
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.plans.models import BilledMonth, Invoice, InvoiceLine, KeptReminderFee, Subscription
from zahlmeister.plans.rules import Prices
from zahlmeister.plans.usage import usage

pytestmark = pytest.mark.django_db(transaction=True)

BY = "brigitte@wollstube.example"
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
KEEPS = Prices(keeps_reminder_fees=True)


@pytest.fixture
def late(stage: Stage) -> Stage:
    """Anna owes 49.90 since the 20th and is reminded on the 25th, with a fee of 2.50."""
    stage.now = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    stage.orders(order("100012345", "49.90", payment_kind="invoice", due_on=DUE, country="DE"))
    return stage


@pytest.fixture
def runs(late: Stage) -> Merchant:
    """An operator who keeps the fees of reminders from November on."""
    found = Merchant.objects.create(slug="zahlstelle", name="Zahlstelle GmbH")
    name_operator(found, by="root", at=late.now)
    keep_billing(found, SELLER, by="root", at=late.now)
    keep_billing(late.merchant, BUYER, by="root", at=late.now)
    agree(late, "Mahnt mit", NOVEMBER, KEEPS)
    return found


def agree(stage: Stage, name: str, since: date, prices: Prices) -> None:
    price_plan(name, since, prices, by="root", at=stage.now)
    agree_plan(stage.merchant, name, since, by="root", at=stage.now)


def bill(stage: Stage, year: int = 2026, month: int = 12) -> list[tuple[str, int, int]]:
    """What the invoices charge, after workers went about it twice on the first of a month: kind, count, net."""
    stage.now = datetime(year, month, 1, 8, tzinfo=UTC)
    for _ in range(2):
        while invoice_next(clock=stage.clock) or owe_next(clock=stage.clock) or settle_next(clock=stage.clock):
            pass
    return list(InvoiceLine.objects.order_by("pk").values_list("kind", "count", "net_minor"))


def so_far(stage: Stage, month: date = NOVEMBER) -> list[tuple[str, int]]:
    found = usage(stage.merchant.pk, month)
    assert found is not None
    return [(line.kind, line.net) for line in found.lines]


def kept() -> list[tuple[date, int]]:
    return list(KeptReminderFee.objects.order_by("month").values_list("month", "minor"))


@pytest.mark.parametrize("claims", [True, False])
def test_what_a_buyer_paid_is_charged_once(late: Stage, runs: Merchant, claims: bool) -> None:
    remind(late, claims=claims)
    assert so_far(late) == []
    pays(late, 5_240)
    assert so_far(late) == [("reminder_fees", 250)]
    assert bill(late) == [("reminder_fees", 1, 250)]
    invoice = Invoice.objects.get()
    assert (invoice.net_minor, invoice.tax_minor, invoice.is_owed) == (250, 48, True)
    assert kept() == [(NOVEMBER, 250)]
    assert so_far(late) == [("reminder_fees", 250)]
    assert so_far(late, DECEMBER) == []
    assert len(bill(late, 2027, 1)) == 1
    assert balance(late.merchant.pk, Book.DUNNING, "EUR").minor == -250  # his income, and
    assert balance(late.merchant.pk, Book.FEES, "EUR").minor == 250  # his expense
    assert (late.books(), check_books(runs)) == ([], [])


def test_who_pays_the_order_alone_pays_no_fee(late: Stage, runs: Merchant) -> None:
    remind(late, claims=True)
    pays(late, 4_990)
    assert bill(late) == []
    assert BilledMonth.objects.get().invoiced == 0


def test_part_of_a_fee_is_charged_in_part_and_its_rest_later(late: Stage, runs: Merchant) -> None:
    remind(late, claims=True)
    pays(late, 5_090)
    assert bill(late) == [("reminder_fees", 1, 100)]
    pays(late, 150, on=date(2026, 12, 3))
    assert bill(late, 2027, 1)[1:] == [("reminder_fees", 1, 150)]
    assert kept() == [(NOVEMBER, 100), (DECEMBER, 150)]


def test_a_fee_that_was_dropped_is_not_charged(late: Stage, runs: Merchant) -> None:
    item = remind(late, claims=True)
    leave_costs(late.merchant, item.pk, by=BY, at=late.now)
    pays(late, 4_990)
    assert bill(late) == []


def test_the_plan_of_the_month_of_the_reminder_decides(late: Stage, runs: Merchant) -> None:
    agree(late, "Mahnt nicht mit", DECEMBER, Prices())
    remind(late, claims=True)
    assert bill(late) == []
    pays(late, 5_240, on=date(2026, 12, 3))
    assert bill(late, 2027, 1) == [("reminder_fees", 1, 250)]


def test_a_reminder_sent_before_the_plan_is_the_merchants(late: Stage, runs: Merchant) -> None:
    agree(late, "Mahnt nicht", NOVEMBER.replace(year=2025), Prices())
    Subscription.objects.filter(since=NOVEMBER).update(since=DECEMBER)
    remind(late, claims=True)
    pays(late, 5_240, on=date(2026, 12, 3))
    assert bill(late, 2027, 1) == []


def test_money_of_the_next_month_is_for_the_next_invoice(late: Stage, runs: Merchant) -> None:
    remind(late, claims=True)
    pays(late, 5_240, on=date(2026, 12, 1))
    assert (so_far(late), so_far(late, DECEMBER)) == ([], [("reminder_fees", 250)])
    assert bill(late) == []
    assert bill(late, 2027, 1) == [("reminder_fees", 1, 250)]
    assert kept() == [(DECEMBER, 250)]


def test_what_went_back_after_the_invoice_is_set_off_against_the_next(late: Stage, runs: Merchant) -> None:
    for number in ("100012366", "100012377"):
        late.orders(order(number, "30.00", payment_kind="invoice", due_on=DUE, country="DE", name="Bernd Weber"))
    remind(late, claims=True, until=date(2026, 11, 30))
    pays(late, 5_240, on=date(2026, 11, 30))
    first = late.payment()
    assert bill(late) == [("reminder_fees", 1, 250)]
    unassign(late.merchant, first.pk, by=BY, at=late.now)
    assert so_far(late, DECEMBER) == []
    for number in ("100012366", "100012377"):
        late.pays(Paid(3_250, f"Bestellung {number}", on=date(2026, 12, 1)))
    assert bill(late, 2027, 1)[1:] == [("reminder_fees", 3, 250)]
    assert sorted(minor for month, minor in kept() if month == DECEMBER) == [-250, 250, 250]
    assert (late.books(), check_books(runs)) == ([], [])


def test_where_more_went_back_than_came_in_nothing_is_charged(late: Stage, runs: Merchant) -> None:
    remind(late, claims=True)
    pays(late, 5_240)
    first = late.payment()
    assert len(bill(late)) == 1
    unassign(late.merchant, first.pk, by=BY, at=late.now)
    assert len(bill(late, 2027, 1)) == 1
    assert kept() == [(NOVEMBER, 250)]


def test_the_tables_refuse_the_same_order_twice_in_a_month(late: Stage, runs: Merchant) -> None:
    remind(late, claims=True)
    pays(late, 5_240)
    bill(late)
    known = KeptReminderFee.objects.get()
    with pytest.raises(IntegrityError):
        KeptReminderFee.objects.create(
            merchant=late.merchant, item=known.item, month=NOVEMBER, invoice_id=1, currency="EUR", minor=1
        )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_charges_once(
    late: Stage, runs: Merchant, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remind(late, claims=True)
    pays(late, 5_240)
    late.now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    deaths = 0
    for at in (1, 2, 3):
        with dying(monkeypatch, at=at, moment=moment):
            try:
                bill(late)
            except Killed:
                deaths += 1
        late.later(days=2)
    assert deaths >= 2
    assert bill(late) == [("reminder_fees", 1, 250)]
    assert (kept(), Invoice.objects.get().ordinal) == ([(NOVEMBER, 250)], 1)
    assert (late.books(), check_books(runs)) == ([], [])
