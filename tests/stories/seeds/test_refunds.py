"""Refunds: money that goes back, and the three German words for it that are kept apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from tests.flows.test_collect_refunds import House
from tests.flows.test_read_credits import Port
from tests.flows.test_refunds import Till
from tests.stage import ANNA, BERND, CORA, DIRK, Paid, Stage, order

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.models import AccountKind, BankAccount, BankTransaction
from zahlmeister.banking.outgoing_models import Approval, PaymentOrder
from zahlmeister.connectors.shops.contract import Credit
from zahlmeister.flows.agree_plan import agree_plan, price_plan
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.confirm_refund import confirm_refund, name_account
from zahlmeister.flows.read_credits import take_credits
from zahlmeister.flows.refund_settings import save_settings
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import NotVerified
from zahlmeister.money.amount import Amount
from zahlmeister.orders.record import shop_called
from zahlmeister.outbox.models import Message
from zahlmeister.payouts.standing import standing_of
from zahlmeister.plans.rules import Prices
from zahlmeister.plans.usage import usage
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.links import LASTS, address
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.rules import AboveLimit
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.sandbox.bank import merchant_account
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import (
    TRANSFER_IN,
    TRANSFER_OUT,
    TRANSFER_RETURNED,
    Disturbance,
    Movement,
    Statement,
)

NUMBER = "100012345"


@pytest.fixture
def till(merchant: Merchant, tmp_path: Path) -> Till:
    return Till(merchant, tmp_path)


@pytest.fixture
def paid(till: Till) -> Till:
    """Anna has ordered for 49.90 and paid."""
    till.sells()
    till.is_paid()
    return till


@pytest.fixture
def pooled(paid: Till) -> Till:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    return paid


@pytest.fixture
def house(merchant: Merchant, tmp_path: Path) -> House:
    """Somebody runs the installation, and pays refunds of Brigitte's own account out."""
    found = House(merchant, tmp_path)
    found.sells()
    found.is_paid()
    return found


def mails() -> list[Message]:
    return list(Message.objects.filter(channel="mail").order_by("id"))


def asked_of(till: Till, name: str, iban: str) -> tuple[str, list[str]]:
    """Why a refund of such a payment waits, and what the buyer is written."""
    till.sells()
    till.stage.pays(Paid(4990, NUMBER, name, iban))
    payment = till.stage.payment()
    if payment.open_minor:
        assign(till.merchant, payment.pk, [(till.stage.item(NUMBER).pk, 4990)], by="b", at=till.stage.now, source="x")
    refund = till.asks()
    assert refund.state == RefundState.ACCOUNT_MISSING
    return refund.reason, [mail.payload["kind"] for mail in mails()]


def came_back(paid: Till) -> Refund:
    """A refund to an account that was closed."""
    paid.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    refund = paid.asks(2000, due_on=date(2026, 11, 24))
    paid.sends()
    paid.days(3)
    return paid.now(refund)


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


def test_a_refund_runs_without_a_hand(pooled: Till) -> None:
    """G1: Refunds run fully automatically, without anybody's hand."""
    refund = pooled.asks(2000, account=None)
    pooled.days(7)
    pooled.hears(pooled.handed_in(pooled.file()))
    pooled.days(1)
    assert pooled.now(refund).state == RefundState.PAID
    assert not Approval.objects.exists()
    assert pooled.adds_up()


def test_a_refund_is_entered_by_hand(paid: Till, client: Client) -> None:
    """G2: A refund is entered by hand in the merchant area."""
    client.force_login(paid.brigitte, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/orders/{paid.stage.item(NUMBER).order_id}/refund"
    assert client.post(address, {"amount": "20.00", "key": "k"}).status_code == 302
    assert Refund.objects.get().amount_minor == 2000


def test_a_refund_is_taken_over_from_the_shop(paid: Till) -> None:
    """G3: Or it is taken over from the shop system."""
    RefundSettings.objects.create(merchant=paid.merchant, from_shop=True)
    shop = shop_called(paid.merchant.pk, "Wollstube")
    port = Port(Credit("7", NUMBER, Amount(2000, "EUR")))
    take_credits(shop, port, at=paid.stage.now)  # type: ignore[arg-type] # it says what is needed of a shop
    assert Refund.objects.get().origin == Origin.SHOP


def test_a_refund_works_with_both_kinds_of_account(paid: Till) -> None:
    """G4: Refunds work with an own account as well as with a pooled one."""
    for kind, state in ((AccountKind.OWN, "drafted"), (AccountKind.POOLED, "approved")):
        BankAccount.objects.update(kind=kind)
        refund = paid.asks(1000, source=kind, due_on=date(2026, 11, 24))
        paid.work()
        transfer = paid.now(refund).transfer
        assert transfer is not None
        assert transfer.state == state


def test_a_refund_waits_for_the_verification(paid: Till) -> None:
    """G5: Money is refunded only once the merchant is verified."""
    Merchant.objects.update(verification=Verification.SUBMITTED)
    with pytest.raises(NotVerified):
        paid.asks()


def test_a_refund_is_found_on_the_page_of_its_order(paid: Till, client: Client) -> None:
    """G6: A payment that is assigned is refunded from the page of its order."""
    client.force_login(paid.brigitte, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/orders/{paid.stage.item(NUMBER).order_id}/").content.decode()
    assert f"/orders/{paid.stage.item(NUMBER).order_id}/refund" in page


def test_a_refund_may_be_a_part(paid: Till) -> None:
    """G7: The amount can be changed; a part can be refunded."""
    assert paid.asks(1234).amount_minor == 1234
    assert paid.asks(4990 - 1234, source="2").of_order_minor == 4990 - 1234


def test_a_refund_of_an_unassigned_payment_is_on_its_page(till: Till, client: Client) -> None:
    """G8: A payment that is not assigned is refunded from its own page."""
    client.force_login(till.brigitte, backend="django.contrib.auth.backends.ModelBackend")
    till.stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    payment = till.stage.payment()
    assert client.post(f"/payments/{payment.pk}/send-back", {"do": "draft"}).status_code == 302
    assert Refund.objects.get().payment_id == payment.pk


def test_a_refund_is_announced(paid: Till) -> None:
    """G9: Where that message is switched on, the customer hears of the refund before it is sent."""
    paid.asks()
    assert [mail.payload["kind"] for mail in mails()] == ["refund_announced"]
    RefundSettings.objects.create(merchant=paid.merchant, announces=False)
    paid.asks(1000, source="2")
    assert len(mails()) == 1


def test_a_refund_mail_has_a_link(paid: Till, client: Client) -> None:
    """G10: The mail has a link by which the customer confirms or changes the bank details."""
    refund = paid.asks()
    Refund.objects.update(link_until=timezone.now() + LASTS)
    assert client.post(address(paid.now(refund)), {"do": "change", "name": "Anna", "iban": CORA}).status_code == 302
    assert paid.now(refund).iban == CORA


def test_a_refund_without_bank_details_asks(till: Till) -> None:
    """G11: If no bank details are known (cash, foreign payment), the customer is asked for them."""
    assert asked_of(till, "Anna Weber", "") == ("none", ["refund_account_asked"])


def test_a_refund_to_an_internal_account_asks(till: Till) -> None:
    """G12: If the bank details are an internal account of the bank, the customer is asked too."""
    assert asked_of(till, "Anna Weber", "DE79100777770000000021") == ("bank_internal", ["refund_account_asked"])


def test_a_refund_to_a_carrier_asks(till: Till) -> None:
    """G13: If they are the carrier's, after cash on delivery, the customer is asked too."""
    assert asked_of(till, "DHL Paket GmbH", DIRK) == ("carrier", ["refund_account_asked"])


def test_a_refund_is_planned_seven_days_ahead(paid: Till) -> None:
    """G14: The transfer is planned seven days ahead."""
    assert paid.asks().due_on == paid.stage.now.date() + timedelta(days=7)


def test_a_refund_can_be_confirmed_or_changed_meanwhile(paid: Till) -> None:
    """G15: During these days the customer can confirm or change the bank details."""
    refund = paid.asks()
    name_account(refund, GoesTo("Anna Weber", CORA), at=paid.stage.now)
    assert paid.now(refund).state == RefundState.PLANNED
    assert paid.now(refund).iban == CORA


def test_a_refund_is_sent_at_once_when_confirmed(paid: Till) -> None:
    """G16: Once they are confirmed, the transfer is sent at once."""
    refund = paid.asks()
    confirm_refund(refund, at=paid.stage.now)
    paid.work()
    assert paid.now(refund).state == RefundState.ORDERED


def test_a_refund_waits_as_the_merchant_says(paid: Till) -> None:
    """G17: The waiting period is a setting."""
    save_settings(paid.merchant, {"waiting_days": 3}, by=paid.brigitte, at=paid.stage.now)
    assert paid.asks().due_on == paid.stage.now.date() + timedelta(days=3)


def test_a_refund_is_at_most_twice_the_order(paid: Till) -> None:
    """G18: At most twice the amount of the order is refunded."""
    with pytest.raises(AboveLimit):
        paid.asks(9981)
    assert paid.asks(9980).amount_minor == 9980


def test_a_refund_is_at_most_what_was_paid_if_that_is_more(till: Till) -> None:
    """G19: If more than twice the amount was paid, at most what was paid is refunded."""
    till.sells()
    till.is_paid(15_000)
    [payment], item = till.stage.payments(), till.stage.item(NUMBER)
    assign(till.merchant, payment.pk, [(item.pk, 15_000)], by="b", at=till.stage.now, source="x")
    with pytest.raises(AboveLimit):
        till.asks(15_001)
    assert till.asks(15_000).amount_minor == 15_000


def test_a_refund_of_a_payment_is_that_payment(till: Till) -> None:
    """G20: Of a payment that is not assigned, at most its amount is sent back."""
    till.stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    return_payment(till.merchant, till.stage.payment().pk, by=till.brigitte, at=till.stage.now)
    return_payment(till.merchant, till.stage.payment().pk, by=till.brigitte, at=till.stage.now)
    assert PaymentOrder.objects.get().amount_minor == 3333


def test_a_refund_from_the_shop_is_at_most_what_was_paid(till: Till) -> None:
    """G21: A setting allows refunds from the shop only where something was paid, and at most that."""
    till.sells()
    with pytest.raises(AboveLimit):
        till.asks(1, origin=Origin.SHOP)
    till.is_paid(2000)
    with pytest.raises(AboveLimit):
        till.asks(2001, origin=Origin.SHOP)
    save_settings(till.merchant, {"only_paid": False}, by=till.brigitte, at=till.stage.now)
    assert till.asks(2001, origin=Origin.SHOP).amount_minor == 2001


def test_a_refund_that_comes_back_asks_for_valid_details(paid: Till) -> None:
    """G23: When the customer's bank sends a refund back, the customer is told and asked for valid details."""
    refund = came_back(paid)
    assert (refund.state, refund.failed) == (RefundState.ACCOUNT_MISSING, [ANNA])
    assert mails()[-1].payload["kind"] == "refund_came_back"


def test_a_refund_that_comes_back_asks_only_where_that_is_wanted(paid: Till) -> None:
    """G24: That message is a setting."""
    save_settings(paid.merchant, {"asks_again": False}, by=paid.brigitte, at=paid.stage.now)
    assert came_back(paid).state == RefundState.ACCOUNT_MISSING
    assert "refund_came_back" not in [mail.payload["kind"] for mail in mails()]


def test_a_refund_is_taken_off_the_pooled_balance(pooled: Till) -> None:
    """G25: On a pooled account the refund is sent from that account and taken off the balance."""
    before = standing_of(pooled.account).available
    pooled.asks(2000, due_on=date(2026, 11, 24))
    pooled.work()
    assert standing_of(pooled.account).available == before - 2000


def test_a_refund_of_an_own_account_is_collected_in_one_sum(house: House) -> None:
    """G26: On an own account the sum of all refunds due is collected from the merchant by direct debit."""
    for number in range(3):
        house.asks(1000, source=str(number))
    house.work()
    assert Debit.objects.get().amount_minor == 3000


def test_a_refund_is_transferred_by_the_operator(house: House) -> None:
    """G27: The refunds are then transferred by the service, since each transfer of the merchant's own needs a TAN."""
    refund = house.asks(2000)
    house.days(12)
    assert house.now(refund).state == RefundState.PAID
    assert PaymentOrder.objects.get().merchant_id == house.runs.pk
    house.all_add_up()


def test_a_refund_is_collected_once_a_week(house: House) -> None:
    """G28: The direct debit runs once a week."""
    for number in range(7):
        house.asks(100, source=str(number))
        house.days(1)
    assert Debit.objects.count() == 2  # from Tuesday to Monday, in two weeks


def test_a_refund_is_collected_as_is_agreed(house: House) -> None:
    """G29: On request it runs twice a week or, for a fee, for each refund."""
    save_settings(house.merchant, {"rhythm": "twice"}, by=house.brigitte, at=house.stage.now)
    for number in range(4):
        house.asks(100, source=str(number))
        house.days(1)
    assert Debit.objects.count() == 2  # on Tuesday and on Thursday
    save_settings(house.merchant, {"rhythm": "each"}, by=house.brigitte, at=house.stage.now)
    for source in ("x", "y"):
        house.asks(100, source=source)
        house.work()
    assert Debit.objects.count() >= 4
    singles = Debit.objects.filter(source__startswith="refunds:each:").count()
    at = house.stage.now
    price_plan("Basis", at.date(), Prices(debit_twice_minor=0, debit_each_minor=150), by="root", at=at)
    agree_plan(house.merchant, "Basis", at.date(), by="root", at=at)
    month = usage(house.merchant.pk, at.date().replace(day=1))
    assert month is not None
    charged = {(line.kind, line.about): (line.count, line.net) for line in month.lines}
    assert charged["debits", "each"] == (singles, 150 * singles)


def test_a_refund_of_no_order_goes_straight_back(till: Till) -> None:
    """G30: A payment that belongs to no order is sent straight back to its payer (Rücküberweisung)."""
    till.stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    order_ = return_payment(till.merchant, till.stage.payment().pk, by=till.brigitte, at=till.stage.now)
    assert (order_.creditor_number, order_.amount_minor) == (BERND, 3333)
    assert Refund.objects.get().item is None


def test_a_refund_of_an_order_is_whole_or_a_part(paid: Till) -> None:
    """G31: A payment that was assigned is refunded, whole or in part, for instance when goods come back
    (Rückerstattung).
    """
    part, rest = paid.asks(2000), paid.asks(2990, source="2")
    assert {part.item_id, rest.item_id} == {paid.stage.item(NUMBER).pk}
    assert paid.book(Book.REFUNDS) == -4990
