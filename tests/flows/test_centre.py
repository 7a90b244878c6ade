"""The customer centre: Anna comes in by a link, tops up by transfer, and pays an invoice from her balance."""

import re
from datetime import timedelta

import pytest
from tests.dying import Killed, dying
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import Sender
from zahlmeister.flows.assign_payment import assign, ignore
from zahlmeister.flows.centre import password
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.flows.centre.asked import centre_sender
from zahlmeister.flows.centre.by_itself import ask_next, expire_next, save_automatic
from zahlmeister.flows.centre.deliver import written
from zahlmeister.flows.centre.let_in import ask_link, enter_by_link, send_link_next
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance, undo_payment
from zahlmeister.flows.centre.release import reject, release, take_back_release
from zahlmeister.flows.centre.surplus import choose, send_back_next
from zahlmeister.flows.centre.take import take_next
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.mark_paid import mark_paid, unmark_paid
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.models import PaymentKind
from zahlmeister.orders.record import shop_called
from zahlmeister.outbox.models import Message
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, CentreSettings, Customer, Entry
from zahlmeister.prepaid.queries import balance_of, open_items, overpaid_items
from zahlmeister.prepaid.rules import Balance, NotEnough, OutsideLimits
from zahlmeister.prepaid.states import EntryKind, Every, Purpose, Release, Surplus, TransferState
from zahlmeister.receivables.states import NEEDS_A_PERSON, ItemState, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused


@pytest.fixture
def centre(stage: Stage) -> Stage:
    """Brigitte has a centre; Anna has two invoices open."""
    BankAccount.objects.create(
        merchant=stage.merchant, number="DE02120300000000202051", currency="EUR", holder="Brigitte Berger"
    )
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wolle.example")
    CentreSettings.objects.create(merchant=stage.merchant, is_on=True)
    stage.orders(
        order("1001", "49.90", payment_kind=PaymentKind.INVOICE, invoice_number="R1001"),
        order("1002", "20.00", payment_kind=PaymentKind.INVOICE, invoice_number="R1002", ordered_on=stage.now.date()),
        order("1003", "30.00", "Bernd Krause"),
    )
    return stage


@pytest.fixture
def anna(centre: Stage) -> Account:
    """Anna is signed in and has one account."""
    return signed_in(centre, "anna@post.example")


def signed_in(stage: Stage, email: str) -> Account:
    asks_link(stage, email)
    customer = enter_by_link(stage.merchant, token(Customer.objects.get(email=email)), at=stage.now)
    assert customer is not None
    [account] = Account.objects.select_related("merchant", "customer").filter(customer=customer)
    return account


def asks_link(stage: Stage, email: str) -> None:
    """Somebody asks at the door, and the worker takes its turn."""
    ask_link(stage.merchant, email, language="de", at=stage.now)
    while send_link_next(clock=stage.clock):
        pass


def top_up(stage: Stage, account: Account, minor: int = 10_000, key: str = "form") -> AnnouncedTransfer:
    return announce(account, Wanted(Purpose.TOP_UP, minor, key), by="anna", at=stage.now)


def comes(stage: Stage, transfer: AnnouncedTransfer, minor: int | None = None, **more: object) -> AnnouncedTransfer:
    """The bank brings the money, and the worker takes its turn."""
    stage.pays(Paid(minor or transfer.amount_minor, f"{transfer.reference}", **more))
    take_next(clock=stage.clock)
    return AnnouncedTransfer.objects.select_related("payment").get(pk=transfer.pk)


def mail(number: int = -1) -> str:
    message = list(Message.objects.filter(channel="customer").order_by("id"))[number]
    sender = centre_sender(message.merchant_id)
    assert sender is not None
    made, _row = written(message, sender, at=message.due_at)
    return str(made["Subject"]) + "\n" + made.get_body(("plain",)).get_content()


def with_balance(stage: Stage, account: Account, minor: int = 10_000) -> None:
    release(stage.merchant, comes(stage, top_up(stage, account, minor, f"fund{minor}")).pk, by="b", at=stage.now)


def test_anna_tops_up_brigitte_releases_and_an_invoice_is_paid(centre: Stage, anna: Account) -> None:
    assert [item.order.number for item in open_items(anna)] == ["1001", "1002"]
    transfer = comes(centre, top_up(centre, anna))
    assert (transfer.state, transfer.paid_minor, balance_of(anna)) == (TransferState.SEEN, 10_000, Balance())
    release(centre.merchant, transfer.pk, by="brigitte", at=centre.now)
    assert balance_of(anna) == Balance(paid=10_000)
    assert centre.payment().state == PaymentState.TOPPED_UP
    [entry] = pay_from_balance(anna, FromBalance(4990, "f1"), by="anna", at=centre.now)
    assert (entry.text, entry.after) == ("R1001", Balance(paid=5010))
    assert centre.item("1001").state == ItemState.PAID
    assert balance(centre.merchant.pk, Book.PREPAID, "EUR").minor == -5010
    assert balance(centre.merchant.pk, Book.PAID_ELSEWHERE, "EUR").minor == 0
    assert centre.books() == []


def test_the_mail_says_how_to_pay_and_the_next_one_what_was_credited(centre: Stage, anna: Account) -> None:
    transfer = top_up(centre, anna)
    for each in (transfer.reference, "100,00 EUR", "DE02 1203 0000 0000 2020 51", "/centre/brigitte/transfers/"):
        assert each in mail()
    with_balance(centre, anna, 2500)
    assert "25,00 EUR sind Ihrem Konto gutgeschrieben" in mail()
    assert "EZ-2026-000001" in mail()


@pytest.mark.parametrize("email", ["eva@nowhere.example", "no address", "anna@post.example "])
def test_a_link_is_only_sent_to_who_is_known_and_once_a_minute(centre: Stage, email: str) -> None:
    for _ in range(2):
        asks_link(centre, email)
    assert Message.objects.filter(channel="customer").count() == email.startswith("anna")
    centre.later(minutes=2)
    asks_link(centre, email)
    assert Message.objects.filter(channel="customer").count() == 2 * email.startswith("anna")


def test_a_link_signs_in_once_for_twenty_minutes_and_only_where_it_is_for(centre: Stage) -> None:
    asks_link(centre, "anna@post.example")
    customer = Customer.objects.get()
    link = token(customer)
    assert link in mail()
    assert enter_by_link(centre.merchant, link, at=centre.now + timedelta(minutes=21)) is None
    assert enter_by_link(centre.merchant, link[:-1] + "x", at=centre.now) is None
    assert enter_by_link(centre.merchant, link, at=centre.now) == customer
    assert enter_by_link(centre.merchant, link, at=centre.now) is None


def test_what_is_credited_is_what_came_and_twice_is_once(centre: Stage, anna: Account) -> None:
    transfer = comes(centre, top_up(centre, anna), 7777)
    for _ in range(2):
        release(centre.merchant, transfer.pk, by="brigitte", at=centre.now)
    assert balance_of(anna) == Balance(paid=7777)
    assert centre.books() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_credits_once(
    centre: Stage, anna: Account, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    CentreSettings.objects.update(release=Release.EXACT)
    transfer = top_up(centre, anna)
    centre.pays(Paid(10_000, transfer.reference))
    with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
        take_next(clock=centre.clock)
    while take_next(clock=centre.clock):
        pass
    assert balance_of(anna) == Balance(paid=10_000)
    assert Entry.objects.count() == 1
    assert centre.books() == []


@pytest.mark.parametrize(
    ("rule", "minor", "payer", "is_credited"),
    [
        (Release.BY_HAND, 10_000, ANNA, False),
        (Release.EXACT, 10_000, ANNA, True),
        (Release.EXACT, 10_001, ANNA, False),
        (Release.KNOWN, 10_000, ANNA, True),
        (Release.KNOWN, 10_000, BERND, False),
    ],
)
def test_what_is_exact_is_credited_by_itself_where_that_is_wanted(
    centre: Stage, anna: Account, rule: Release, minor: int, payer: str, *, is_credited: bool
) -> None:
    with_balance(centre, anna, 500)
    CentreSettings.objects.update(release=rule)
    comes(centre, top_up(centre, anna), minor, iban=payer)
    assert balance_of(anna).paid == 500 + minor * is_credited
    assert centre.books() == []


def test_a_release_taken_back_leaves_what_was_spent_missing_and_blocks(centre: Stage, anna: Account) -> None:
    with_balance(centre, anna)
    pay_from_balance(anna, FromBalance(6990, "f"), by="anna", at=centre.now)
    transfer = AnnouncedTransfer.objects.get()
    take_back_release(centre.merchant, transfer.pk, by="b", at=centre.now, reason="returned by the bank")
    assert balance_of(anna) == Balance(paid=-6990)
    with pytest.raises(NotEnough):
        pay_from_balance(anna, FromBalance(1, "g"), by="anna", at=centre.now)
    assert centre.payment().state == PaymentState.UNCLEAR
    release(centre.merchant, transfer.pk, by="b", at=centre.now)
    assert balance_of(anna) == Balance(paid=3010)
    assert centre.books() == []


def test_rejected_money_waits_for_a_person_and_is_taken_no_more(centre: Stage, anna: Account) -> None:
    transfer = comes(centre, top_up(centre, anna))
    with pytest.raises(Refused, match="Say why"):
        reject(centre.merchant, transfer.pk, by="b", at=centre.now, reason=" ")
    reject(centre.merchant, transfer.pk, by="b", at=centre.now, reason="Wir kennen dieses Konto nicht.")
    assert "Wir kennen dieses Konto nicht." in mail()
    assert take_next(clock=centre.clock) is None
    assert centre.payment().state in NEEDS_A_PERSON
    assert centre.books() == []


def test_money_used_for_something_else_meanwhile_is_not_credited(centre: Stage, anna: Account) -> None:
    transfer = comes(centre, top_up(centre, anna))
    ignore(centre.merchant, centre.payment().pk, by="b", at=centre.now)
    with pytest.raises(Refused):
        release(centre.merchant, transfer.pk, by="b", at=centre.now)
    assert balance_of(anna) == Balance()
    assert centre.books() == []


def test_one_transfer_pays_several_invoices_and_the_rest_goes_onto_the_balance(centre: Stage, anna: Account) -> None:
    wanted = Wanted(Purpose.ITEMS, 8000, "f", surplus_to=Surplus.BALANCE)
    comes(centre, announce(anna, wanted, by="anna", at=centre.now))
    assert {centre.item(number).state for number in ("1001", "1002")} == {ItemState.PAID}
    assert balance_of(anna) == Balance(paid=1010)
    assert centre.payment().state == PaymentState.ASSIGNED
    assert centre.books() == []


def test_less_than_is_open_pays_the_chosen_one_and_leaves_the_rest_open(centre: Stage, anna: Account) -> None:
    newer = centre.item("1002")
    wanted = Wanted(Purpose.ITEMS, 1500, "f", items=(newer.pk,))
    comes(centre, announce(anna, wanted, by="anna", at=centre.now))
    assert [centre.item(number).open_minor for number in ("1001", "1002")] == [4990, 500]
    assert centre.books() == []


def test_the_same_form_twice_is_one_transfer_and_one_payment(centre: Stage, anna: Account) -> None:
    assert top_up(centre, anna) == top_up(centre, anna)
    with_balance(centre, anna, 9000)
    for _ in range(2):
        pay_from_balance(anna, FromBalance(2000, "same"), by="anna", at=centre.now)
    assert balance_of(anna).paid == 7000
    assert centre.books() == []


def test_a_payment_from_the_balance_is_undone_here_and_not_as_marked_by_hand(centre: Stage, anna: Account) -> None:
    with_balance(centre, anna)
    [entry] = pay_from_balance(anna, FromBalance(4990, "f"), by="anna", at=centre.now)
    with pytest.raises(Refused):
        unmark_paid(centre.merchant, centre.item("1001").pk, by="b", at=centre.now)
    for _ in range(2):
        undo_payment(centre.merchant, entry.pk, by="b", at=centre.now, reason="storniert")
    assert (balance_of(anna), centre.item("1001").open_minor) == (Balance(paid=10_000), 4990)
    assert centre.books() == []


@pytest.mark.parametrize("minor", [0, 499, 100_001])
def test_amounts_outside_the_limits_are_refused(centre: Stage, anna: Account, minor: int) -> None:
    with pytest.raises(OutsideLimits):
        top_up(centre, anna, minor)
    assert not AnnouncedTransfer.objects.exists()


def test_nobody_pays_with_another_customers_invoices(centre: Stage, anna: Account) -> None:
    with_balance(centre, anna)
    foreign = centre.item("1003")
    with pytest.raises(Refused):
        pay_from_balance(anna, FromBalance(100, "f", items=(foreign.pk,)), by="anna", at=centre.now)
    assert re.match("KK-0000", str(anna))


def test_two_people_with_one_number_in_two_shops_see_and_touch_only_their_own(centre: Stage) -> None:
    told = {"payment_kind": PaymentKind.INVOICE, "customer_number": "17"}
    centre.orders(order("1010", "25.00", "Dora Klein", **told))
    evas = order("9001", "80.00", "Eva Lang", **{**told, "email": "Eva@Post.example"})
    import_orders(shop_called(centre.merchant.pk, "Garnhaus"), [evas], by="shop", clock=centre.clock)
    dora, eva = (signed_in(centre, f"{name}@post.example") for name in ("dora", "eva"))
    assert dora.buyer_id == eva.buyer_id
    assert [item.order.number for account in (dora, eva) for item in open_items(account)] == ["1010", "9001"]
    with pytest.raises(Refused):
        announce(eva, Wanted(Purpose.ITEMS, 2500, "f", [centre.item("1010").pk]), by="eva", at=centre.now)

    centre.pays(Paid(3000, "danke"))
    shares = [(centre.item("1010").pk, 3000)]
    assign(centre.merchant, centre.payment().pk, shares, by="b", at=centre.now, source="form")
    assert [len(overpaid_items(account)) for account in (dora, eva)] == [1, 0]
    for to in Surplus:
        with pytest.raises(Refused):
            choose(eva, centre.item("1010").pk, to, at=centre.now)
    choose(dora, centre.item("1010").pk, Surplus.BALANCE, at=centre.now)
    assert (balance_of(dora).paid, balance_of(eva).paid) == (500, 0)


def test_granted_credit_does_not_become_money_by_an_overpaid_invoice(centre: Stage, anna: Account) -> None:
    refundable(centre)
    adjust(centre.merchant, anna.pk, Adjustment(EntryKind.GRANT, 2000, "Willkommen", "g"), by="b", at=centre.now)
    item = centre.item("1001")
    pay_from_balance(anna, FromBalance(2000, "f", [item.pk]), by="anna", at=centre.now)
    centre.pays(Paid(6000, "danke"))
    assign(centre.merchant, centre.payment().pk, [(item.pk, 6000)], by="b", at=centre.now, source="form")
    assert centre.item("1001").surplus_minor == 3010
    with pytest.raises(Refused, match="paid from a balance"):
        choose(anna, item.pk, Surplus.BACK, at=centre.now)
    assert not Refund.objects.exists()
    assert centre.item("1001").surplus_minor == 3010


def test_an_unknown_address_is_not_answered_faster_than_a_known_one(
    centre: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(password, "check_password", lambda _given, kept: bool(looked.append(kept)))
    for _ in range(2):
        assert password.enter_by_password(centre.merchant, "eva@nowhere.example", "x", "1", at=centre.now) is None
    assert len(set(looked)) == 1
    assert looked[0]


def test_what_nobody_pays_expires_and_late_money_is_still_found(centre: Stage, anna: Account) -> None:
    transfer = top_up(centre, anna)
    centre.later(days=31)
    take_next(clock=centre.clock)
    assert AnnouncedTransfer.objects.get().state == TransferState.EXPIRED
    assert comes(centre, transfer).state == TransferState.SEEN


def refundable(stage: Stage) -> None:
    Merchant.objects.filter(pk=stage.merchant.pk).update(verification=Verification.VERIFIED)
    stage.merchant.refresh_from_db()


def test_more_than_is_open_goes_back_where_the_customer_wants_that(centre: Stage, anna: Account) -> None:
    refundable(centre)
    wanted = Wanted(Purpose.ITEMS, 8000, "f", surplus_to=Surplus.BACK)
    comes(centre, announce(anna, wanted, by="anna", at=centre.now))
    while send_back_next(clock=centre.clock):
        pass
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.iban, balance_of(anna)) == (1010, ANNA, Balance())
    assert centre.books() == []


def test_who_wants_all_back_because_all_is_paid_waits_for_a_person(centre: Stage, anna: Account) -> None:
    transfer = announce(anna, Wanted(Purpose.ITEMS, 6990, "f", surplus_to=Surplus.BACK), by="anna", at=centre.now)
    for number in ("1001", "1002"):
        mark_paid(centre.merchant, centre.item(number).pk, by="b", at=centre.now, source=number)
    assert comes(centre, transfer).state == TransferState.REJECTED
    assert centre.payment().open_minor == 6990
    assert centre.books() == []


@pytest.mark.parametrize("to", list(Surplus))
def test_what_was_paid_too_much_before_goes_where_the_customer_says(centre: Stage, anna: Account, to: Surplus) -> None:
    refundable(centre)
    centre.pays(Paid(6000, "danke"))
    assign(
        centre.merchant,
        centre.payment().pk,
        [(centre.item("1001").pk, 6000)],
        by="b",
        at=centre.now,
        source="form",
    )
    item = centre.item("1001")
    assert item.surplus_minor == 1010
    choose(anna, item.pk, to, at=centre.now)
    with pytest.raises(Refused):
        choose(anna, item.pk, to, at=centre.now)
    is_balance = to == Surplus.BALANCE
    assert (balance_of(anna).paid, Refund.objects.count()) == (1010 * is_balance, int(not is_balance))
    assert (centre.item("1001").state, centre.item("1001").surplus_minor) == (ItemState.PAID, 0)
    assert centre.books() == []


def test_a_top_up_is_asked_for_by_itself_below_the_mark_up_to_the_cap_of_the_month(
    centre: Stage, anna: Account
) -> None:
    said = AutomaticTopUp(way="", every=Every.THRESHOLD, below_minor=1000, amount_minor=2000, month_cap_minor=4000)
    with pytest.raises(Refused, match="consent"):
        save_automatic(anna, said, consent="", at=centre.now)
    save_automatic(anna, said, consent="Ich bin einverstanden.", at=centre.now)
    for _ in range(3):
        ask_next(clock=centre.clock)
    transfer = AnnouncedTransfer.objects.get()  # it waits, and no other one is asked for
    assert "20,00 EUR" in mail()
    release(centre.merchant, comes(centre, transfer).pk, by="b", at=centre.now)
    centre.later(days=2)
    ask_next(clock=centre.clock)
    assert AnnouncedTransfer.objects.count() == 1  # the balance is above the mark
    for number in range(2):
        pay_from_balance(anna, FromBalance(balance_of(anna).paid, f"spent{number}"), by="anna", at=centre.now)
        centre.later(days=2)
        ask_next(clock=centre.clock)
        latest = AnnouncedTransfer.objects.latest("id")
        if latest.state == TransferState.SENT:
            release(centre.merchant, comes(centre, latest).pk, by="b", at=centre.now)
    assert AnnouncedTransfer.objects.count() == 2  # a third one would be above the cap of November
    assert centre.books() == []


def test_granted_credit_expires_and_what_was_paid_in_never_does(centre: Stage, anna: Account) -> None:
    with_balance(centre, anna, 5000)
    until = centre.now.date() + timedelta(days=10)
    for key, minor, on in (("a", 700, until), ("b", 300, None)):
        wanted = Adjustment(EntryKind.GRANT, minor, "Willkommen", key, on)
        adjust(centre.merchant, anna.pk, wanted, by="b", at=centre.now)
    pay_from_balance(anna, FromBalance(200, "f"), by="anna", at=centre.now)
    assert expire_next(clock=centre.clock) is None
    centre.later(days=12)
    while expire_next(clock=centre.clock):
        pass
    assert balance_of(anna) == Balance(5000, 300)
    assert centre.books() == []


def test_a_top_up_of_just_the_amount_of_an_open_invoice_is_not_taken_for_it(centre: Stage, anna: Account) -> None:
    with_balance(centre, anna, 2000)
    transfer = comes(centre, top_up(centre, anna, 2000, "again"))
    assert transfer.state == TransferState.SEEN
    assert centre.item("1002").state == ItemState.OPEN
    assert centre.books() == []
