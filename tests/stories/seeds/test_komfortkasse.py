"""Prepayment with comfort: transfers find their orders, and the shop hears of it.

Each story's first line is the rule as the source states it; `docs/reference/seeds.md` shows them, and a test keeps it
true.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from tests.connectors.mail_server import mail_server
from tests.connectors.shops.faults import Line
from tests.connectors.shops.test_module_contract import KEYS, ModulePeer
from tests.flows.test_fints import Line as FintsLine
from tests.flows.test_invoices import NOVEMBER, charged, works
from tests.flows.test_outgoing import OPENING
from tests.flows.test_pay_out import Desk
from tests.flows.test_payment_information import deliver, set_up
from tests.flows.test_refunds import Till
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.formats.datev_reading import balances as datev_balances
from tests.formats.datev_validator import faults as datev_faults
from tests.stage import ACCOUNT, ANNA, BERND, CORA, DIRK, Paid, Stage, camt, order
from tests.stories.test_shops import SEEDS, Told

from zahlmeister.accounting.models import BookkeeperSettings
from zahlmeister.banking.connections import Wanted
from zahlmeister.banking.connections import connect as connect_bank
from zahlmeister.banking.models import AccountKind, BankAccount, ConnectionKind
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.states import ConnectionState, ImportState
from zahlmeister.cli.main import main
from zahlmeister.connectors.shops.contract import Verdict
from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys
from zahlmeister.flows.connect_shop import connect_shop
from zahlmeister.flows.export_books import batch_file, export_books
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.flows.people.ask_key import send_key_next
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.flows.tell_of_money import save_rules
from zahlmeister.formats.orders_csv import read_orders
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.queries import balance, balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Event, Merchant, Person
from zahlmeister.money.amount import Amount
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.outbox.models import Message
from zahlmeister.plans.models import Invoice
from zahlmeister.plans.rules import Prices
from zahlmeister.plans.usage import usage
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused
from zahlmeister.sandbox import bank, shop, volume
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import Disturbance, Movement

PASSWORD = "wolle-und-nadeln-2026"


def test_a_prepaid_order_is_settled_without_a_hand(stage: Stage) -> None:
    """K1: Bank transfers are part of the shop's business: a prepayment is settled automatically."""
    stage.orders(order("100012345", "24.98", payment_kind="prepayment"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.payment().decided_by == "matcher"
    assert stage.books() == []


@pytest.mark.parametrize(
    ("payer", "text"),
    [
        ("Helga Vogel", "Bestellung 100012345 Dirk"),
        ("Kanzlei Sauter und Partner mbB", "100012345"),
        ("Petra und Dirk Vogel", "fuer Dirk 100012345"),
    ],
)
def test_the_payer_is_not_the_buyer(stage: Stage, payer: str, text: str) -> None:
    """K2: A payment is assigned although the payer is not the buyer."""
    stage.orders(order("100012345", "88.40", "Dirk Vogel"), order("100012354", "31.50"))
    stage.pays(Paid(8840, text, payer, DIRK))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.item("100012354").state == ItemState.OPEN


def test_the_order_number_is_missing(stage: Stage) -> None:
    """K3: A payment is assigned although the order number is missing."""
    stage.orders(order("100012345", "73.15", "Cora Lindner"), order("100012354", "31.50"))
    stage.pays(Paid(7315, "Sockenwolle", "Cora Lindner", CORA))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.item("100012354").state == ItemState.OPEN


def test_the_amount_is_too_low(stage: Stage) -> None:
    """K4: A payment is assigned although the amount is too low; the order is partly paid and the rest stays open."""
    stage.orders(order("100012345", "49.90", "Bernd Krause"))
    stage.pays(Paid(3000, "100012345", "Bernd Krause", BERND))
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 1990)
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 1990
    assert stage.books() == []


@pytest.fixture
def browser(client: Client, tmp_path: Path, settings: LazySettings) -> Client:
    """Somebody who looks at the office; the folder for collected static files is there."""
    settings.STATIC_ROOT = tmp_path
    return client


@pytest.mark.usefixtures("db")
def test_only_who_is_signed_up_gets_in(browser: Client) -> None:
    """K7: To use the service one has to be signed up."""
    new_merchant("Wollstube", email="brigitte@wollstube.example", password=PASSWORD, person_name="Brigitte Berger")
    assert browser.get("/").status_code == 302
    assert not browser.login(username="brigitte@wollstube.example", password="guessed-by-somebody")
    assert browser.login(username="brigitte@wollstube.example", password=PASSWORD)
    assert browser.get("/").status_code == 200


def test_open_orders_are_read_from_what_the_shop_exports(stage: Stage) -> None:
    """K9: The open orders are read, also from the file that the shop exports."""
    file = stage.folder / "orders.csv"
    file.write_text(
        "Bestellnummer;Gesamtbetrag;Bestelldatum;Zahlungsart;Vorname;Nachname;Lieferzeit\n"
        "100012345;1.024,98;16.11.2026;Vorkasse;Anna;Weber;3 Tage\n"
        "100012346;24,98;16.11.2026;Vorkasse;Bernd;Krause;3 Tage\n",
        encoding="cp1252",
    )
    rows = list(read_orders(file))
    assert (stage.orders(*rows).new, stage.orders(*rows).same) == (2, 2)
    item = stage.item("100012345")
    assert (item.open_minor, item.order.name, item.state) == (102_498, "Anna Weber", ItemState.OPEN)


def test_what_arrives_is_read_while_nobody_waits(stage: Stage) -> None:
    """K12: What has arrived on the account is read continually."""
    stage.orders(order("100012345", "24.98"), order("100012399", "31.50"))
    folder = stage.folder / "bank"
    folder.mkdir()
    connect_bank(stage.merchant.pk, Wanted(ConnectionKind.FOLDER, "Bank program", {"path": str(folder)}), at=stage.now)
    states = []
    today = stage.now.date()
    for number, line in enumerate((Paid(2498, "100012345", on=today), Paid(3150, "100012399", on=today))):
        (folder / f"day{number}.xml").write_bytes(stage.statement(line))
        for _ in range(2):  # a file is taken when it has stopped growing
            stage.later(minutes=30)
            fetch_next(clock=stage.clock)
            receive_next(clock=stage.clock)
        states.append((stage.item("100012345").state, stage.item("100012399").state))
    assert states == [(ItemState.PAID, ItemState.OPEN), (ItemState.PAID, ItemState.PAID)]


@pytest.fixture
def line_to_the_bank(
    stage: Stage, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], FintsLine]]:
    """Brigitte's bank, asked by FinTS."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    settings.FINTS_PRODUCT = "0123456789"
    lines: list[FintsLine] = []

    def made() -> FintsLine:
        lines.append(FintsLine(stage.merchant, stage.folder))
        return lines[-1]

    yield made
    for each in lines:
        each.server.close()


@pytest.mark.django_db(transaction=True)
def test_the_bank_is_asked_again_and_again(line_to_the_bank: Callable[[], FintsLine]) -> None:
    """K11: The account is asked for new payments at the bank, again and again."""
    desk = line_to_the_bank()
    desk.stage.orders(order("4711", "49.90"), order("4712", "29.90", "Bernd Krause"))
    paid = []
    for number, minor, name, iban in (("4711", 4990, "Anna Weber", ANNA), ("4712", 2990, "Bernd Krause", BERND)):
        desk.bank.pay_in(ACCOUNT, Amount(minor, "EUR"), name=name, iban=iban, text=number)
        desk.next_day()
        desk.worker()
        paid.append((desk.stage.item("4711").open_minor, desk.stage.item("4712").open_minor))
    assert paid == [(0, 2990), (0, 0)]
    assert desk.stage.books() == []


def test_each_merchants_money_meets_that_merchants_orders(stage: Stage) -> None:
    """K13: The payments are compared with the open orders of the merchants, each with his own."""
    other = Stage(Merchant.objects.create(name="Teekontor", slug="teekontor"), stage.folder, stage.now)
    for one in (stage, other):
        one.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert stage.item("100012345").state == ItemState.PAID
    assert other.item("100012345").state == ItemState.OPEN
    assert other.payments() == []


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one payment: the orders it was assigned to, and else the first suggestion."""

    assigned: tuple[str, ...]
    first: tuple[str, ...]
    is_tied: bool  # two orders fit equally well


def by_the_office(stage: Stage, orders: Path, statement: Path) -> Mapping[str, Found]:
    """Received as statements are, with books and all."""
    stage.orders(*read_orders(orders))
    assert stage.receive(statement.read_bytes()).state == ImportState.DONE
    assert stage.books() == []
    rows = Allocation.objects.filter(merchant=stage.merchant, waived_minor=0).select_related("item__order")
    assigned: dict[int | None, list[str]] = {}
    for row in rows:
        assigned.setdefault(row.payment_id, []).append(row.item.order.number)
    return {
        payment.transaction.bank_reference: Found(
            assigned=tuple(sorted(assigned.get(payment.pk, ()))),
            first=tuple(sorted(share["number"] for share in payment.candidates[0]["shares"]))
            if payment.candidates
            else (),
            is_tied=payment.reason == "ambiguous",
        )
        for payment in stage.payments()
    }


def by_the_command(stage: Stage, orders: Path, statement: Path) -> Mapping[str, Found]:
    """Looked at with `zahlmeister match`, from the files alone."""
    command = ["match", "--format", "jsonl", "--orders", str(orders), str(statement)]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert done.exit_code == 0
    decided = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        one["transaction"]["bank_reference"]: Found(
            assigned=tuple(sorted(share["order"] for share in one["allocations"])),
            first=tuple(sorted(one["candidates"][0]["orders"])) if one["candidates"] else (),
            is_tied=one["reason"] == "ambiguous",
        )
        for one in decided
    }


@pytest.mark.parametrize("find", [by_the_office, by_the_command])
@pytest.mark.parametrize("seed", [20, 22])
def test_what_the_merchant_could_assign_is_assigned(
    stage: Stage, find: Callable[[Stage, Path, Path], Mapping[str, Found]], seed: int
) -> None:
    """K14: The matching guarantee: every payment that the merchant himself could have assigned is assigned, and none
    wrongly; what leaves a doubt is put before him with the right order first.
    """
    orders = shop.orders(seed, 200, stage.now.date())
    statements = bank.statements(seed, orders, stage.now.date())
    shop.write_orders_csv(orders, stage.folder / "orders.csv")
    write_camt053(stage.folder / "month.xml", statements)
    found = find(stage, stage.folder / "orders.csv", stage.folder / "month.xml")

    came_in = [movement for said in statements for movement in said.movements if movement.amount.minor > 0]
    truth = {movement.bank_reference: movement for movement in came_in if not movement.is_return}
    assert found.keys() == truth.keys()
    wrong = [truth[key] for key, what in found.items() if what.assigned and not _is_for(truth[key], what.assigned)]
    missed = [
        truth[key]
        for key, what in found.items()
        if _is_assignable(truth[key]) and not (what.assigned or what.is_tied or _is_for(truth[key], what.first))
    ]
    settled = sum(bool(what.assigned) for what in found.values())
    assert (wrong, missed) == ([], [])
    assert settled > 9 * sum(_is_assignable(movement) for movement in truth.values()) // 10


def _is_for(movement: Movement, numbers: tuple[str, ...]) -> bool:
    return tuple(sorted(movement.pays)) == numbers


def _is_assignable(movement: Movement) -> bool:
    """Not money for no order, not an order's second payment, and not one that names somebody else's order."""
    return bool(movement.pays) and movement.disturbance not in {Disturbance.DUPLICATE, Disturbance.WRONG_NUMBER}


def test_another_amount_is_recognised(stage: Stage) -> None:
    """K15: Even an amount that differs is recognised."""
    stage.orders(order("100012345", "24.98"), order("100012354", "88.40", "Dirk Vogel"))
    stage.pays(Paid(2500, "100012345"), Paid(8500, "100012354", "Dirk Vogel", DIRK))
    rounded, short = stage.item("100012345"), stage.item("100012354")
    assert (rounded.state, rounded.surplus_minor) == (ItemState.PAID, 2)
    assert (short.state, short.open_minor) == (ItemState.PART_PAID, 340)
    assert stage.books() == []


def test_the_status_follows_the_assignment(stage: Stage) -> None:
    """K17: Once the payment is assigned, the order's payment status is brought up to date automatically."""
    stage.orders(order("100012345", "49.90", "Bernd Krause"))
    states = [stage.item("100012345").state]
    for line in (Paid(3000, "100012345", "Bernd Krause", BERND), Paid(1990, "Rest 100012345", "Bernd Krause", BERND)):
        stage.pays(line)
        states.append(stage.item("100012345").state)
    assert states == [ItemState.OPEN, ItemState.PART_PAID, ItemState.PAID]
    steps = steps_of(stage.merchant.pk, "item", stage.item("100012345").pk)
    assert [step.verb for step in steps] == ["opened", "part_paid", "paid"]


@pytest.mark.django_db(transaction=True)
def test_an_own_account_is_connected(line_to_the_bank: Callable[[], FintsLine]) -> None:
    """K25: A business account that the merchant already has can be connected."""
    desk = line_to_the_bank()
    desk.bank.pay_in(ACCOUNT, Amount(2498, "EUR"), name="Anna Weber", iban=ANNA, text="danke")
    desk.next_day()
    desk.worker()
    account = BankAccount.objects.get(merchant=desk.merchant)
    assert (account.number, account.kind) == (ACCOUNT, AccountKind.OWN)
    assert desk.state_of_line() == ConnectionState.CONNECTED
    assert balance(desk.merchant.pk, Book.BANK, "EUR", about=account.pk).minor == OPENING + 2498
    assert desk.stage.books() == []


def test_every_cent_is_in_the_books(stage: Stage) -> None:
    """K27: The payments are integrated into the accounting."""
    stage.orders(order("100012345", "24.98"), order("100012354", "88.40", "Dirk Vogel"))
    stage.pays(
        Paid(2500, "100012345"),
        Paid(700, "danke", "Unbekannt Verzogen", BERND),
        Paid(-90_000, "Miete November", "Immobilien Huber", BERND),
    )
    booked = {book: amount.minor for book, _, amount in balances(stage.merchant.pk)}
    assert booked == {
        Book.BANK: 100_000 + 2500 + 700 - 90_000,
        Book.OPENING: -100_000,
        Book.ORDERS: -2498 - 8840,
        Book.OTHER_SPENDING: 90_000,
        Book.RECEIVABLES: 8840,
        Book.SURPLUS: -2,
        Book.UNCLEAR: -700,
    }
    assert sum(booked.values()) == 0
    assert stage.books() == []
    BookkeeperSettings.objects.create(merchant=stage.merchant, consultant=1001, client=456, begins_on=date(2026, 11, 1))
    [batch] = export_books(stage.merchant, date(2026, 11, 30), by="brigitte", at=stage.now)
    assert datev_faults(batch_file(batch)) == []
    assert datev_balances(batch_file(batch))["1200"] == booked[Book.BANK] + booked[Book.OPENING]


def test_an_unpaid_order_is_cancelled_and_late_money_finds_it(stage: Stage) -> None:
    """K30: An order that is not paid is cancelled, also by a person; money that comes late can still be assigned."""
    stage.orders(order("100012345", "24.98"))
    cancel_item(stage.merchant, stage.item("100012345").pk, by="brigitte", at=stage.now, reason="three weeks")
    assert stage.item("100012345").state == ItemState.CANCELLED
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 0
    stage.later(days=1)
    stage.pays(Paid(2498, "Bestellung 100012345", on=stage.now.date()))
    payment, item = stage.payment(), stage.item("100012345")
    assert (payment.state, item.state) == (PaymentState.SUGGESTED, ItemState.CANCELLED)
    assert [share["number"] for share in payment.candidates[0]["shares"]] == ["100012345"]
    assert stage.books() == []


def test_the_merchant_works_in_the_browser(stage: Stage, browser: Client, brigitte: Person) -> None:
    """K32: It is an online service: the merchant looks after the payments in a browser."""
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(700, "danke", "Unbekannt Verzogen", BERND))
    browser.force_login(brigitte)
    payments = browser.get("/payments/").content.decode()
    assert "Anna Weber" in payments
    assert "Unbekannt Verzogen" in payments
    assert "100012345" in browser.get("/orders/").content.decode()


def test_merchants_of_every_size_are_served(stage: Stage) -> None:
    """K35: It suits merchants of every size: one with a single order and one with a thousand work side by side."""
    today, many = stage.now.date(), 1000
    small = Stage(Merchant.objects.create(name="Teekontor", slug="teekontor"), stage.folder, stage.now)
    small.orders(order("7", "24.98"))
    shop.write_orders_csv(volume.many_orders(3, many, today), stage.folder / "orders.csv")
    write_camt053(stage.folder / "day.xml", volume.many_statements(3, many, today - timedelta(days=1)))
    stage.orders(*read_orders(stage.folder / "orders.csv"))
    done = stage.receive((stage.folder / "day.xml").read_bytes())
    small.receive(camt([Paid(2498, "Bestellung 7")], number=1))
    paid = OpenItem.objects.filter(state=ItemState.PAID)
    assert done.settled == paid.filter(merchant=stage.merchant).count() == many
    assert paid.filter(merchant=small.merchant).count() == 1
    assert stage.books() == small.books() == []


# --- shops


@pytest.fixture
def shop_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Told]]:
    """A shop with the module of a system, connected, with two open orders."""
    monkeypatch.setattr(handshake, "new_keys", quick_keys)
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    stage.now = timezone.now().replace(microsecond=0)
    shops: list[Told] = []

    def made(system: str) -> Told:
        peer = ModulePeer(system)
        shops.append(Told(stage, peer, Line(peer.address)))
        shops[-1].connect(shops[-1].line)
        peer.place("4710001", Amount(4990, "EUR"), name="Anna Weber")
        peer.place("4710002", Amount(2498, "EUR"), name="Bernd Krause")
        return shops[-1]

    yield made
    for each in shops:
        each.line.close()
        each.peer.close()


def quick_keys(bits: int, known: dict[str, str]) -> Keys:
    """Keys that are made once for all tests; the codes are those of the connection."""
    access = known.get("access_code") or KEYS.access_code, known.get("api_key") or KEYS.api_key
    return replace(KEYS, access_code=access[0], api_key=access[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", ["prestashop", "magento2", "jtl5"])
def test_modules_connect_shops(shop_told: Callable[[str], Told], system: str) -> None:
    """K5: Ready-made modules connect the usual shop systems."""
    connection = shop_told(system).read()
    assert (connection.state, connection.open_orders) == (ShopState.CONNECTED, 2)


@pytest.mark.django_db(transaction=True)
def test_signing_up_and_connecting_the_shop(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, merchant: Merchant
) -> None:
    """K6: A merchant signs up on the web site, and then connects the shop."""
    monkeypatch.setattr(handshake, "new_keys", quick_keys)
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    settings.REGISTRATION = True
    Merchant.objects.filter(pk=merchant.pk).update(is_operator=True)
    karl, peer = Client(), ModulePeer("gambio")
    karl.post("/register/", {"email": "karl@kaffee.example"})
    send_key_next(clock=timezone.now)
    link = Message.objects.get(channel="people").payload["page"]
    form = {"business": "Kaffeehaus Karl", "country": "AT", "name": "Karl Kaiser", "password": PASSWORD}
    assert karl.post(link, form).headers["Location"] == "/"
    where = {"of_module": "gambio", "of_address": peer.address, "name": "Laden", "every": "15"}
    answer = karl.post("/shops/connect?system=module", where)
    peer.close()
    assert answer.status_code == 302, answer.content.decode()
    connection = ShopConnection.objects.get()
    assert (connection.merchant.name, connection.state) == ("Kaffeehaus Karl", ShopState.CONNECTED)


@pytest.mark.django_db(transaction=True)
def test_open_orders_are_read_out_of_the_shop(shop_told: Callable[[str], Told]) -> None:
    """K8: The open orders are read out of the shop itself."""
    there = shop_told("modified")
    there.read()
    there.peer.place("4710003", Amount(1230, "EUR"), name="Cora Lindner")
    there.read()
    known = OpenItem.objects.order_by("order__number").values_list("order__number", "open_minor", "order__name")
    assert list(known) == [
        ("4710001", 4990, "Anna Weber"), ("4710002", 2498, "Bernd Krause"), ("4710003", 1230, "Cora Lindner"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_shop_is_told_by_itself(shop_told: Callable[[str], Told]) -> None:
    """K18: After the assignment the payment status in the shop is brought up to date automatically."""
    there = shop_told("gambio")
    there.read()
    there.stage.pays(Paid(4990, "Bestellung 4710001"))
    there.deliver()
    outcomes = [there.peer.outcome(number) for number in ("4710001", "4710002")]
    assert outcomes == [Verdict.PAID, None]


@pytest.mark.django_db(transaction=True)
def test_service_and_shop_talk_encrypted_only(
    shop_told: Callable[[str], Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """K33: Service and shop talk to each other encrypted only."""
    there = shop_told("oxid")
    there.line.passed.clear()
    there.read()
    there.stage.pays(Paid(4990, "Bestellung 4710001"))
    there.deliver()
    passed = b"".join(there.line.passed)
    assert there.peer.outcome("4710001") is Verdict.PAID
    assert len(passed) > 1000
    assert not any(word in passed for word in (b"Weber", b"Krause", b"4710001", b"PAID"))

    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    plain = WantedShop("Ohne", "module", {"module": "oxid", "address": "http://wollstube.example"}, {})
    with pytest.raises(Refused, match=r"Use its address with https://"):
        connect_shop(there.stage.merchant, plain, by="brigitte", at=there.stage.now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", SEEDS)
def test_the_systems_of_the_beginning_are_there(shop_told: Callable[[str], Told], system: str) -> None:
    """K34: It is there for Magento, xt:Commerce 3 and 4, osCommerce, modified, OXID and Gambio, and more follow."""
    there = shop_told(system)
    there.read()
    there.stage.pays(Paid(4990, "Bestellung 4710001"))
    there.deliver()
    assert there.peer.outcome("4710001") is Verdict.PAID


# --- letters and reminders


def test_who_owes_a_rest_is_told(stage: Stage) -> None:
    """K16: When a part is still open, the buyer is told so automatically."""
    with mail_server() as post:
        set_up(stage, post.port)
        save_rules(stage.merchant, {Event.UNDERPAID: (True, False)}, by="brigitte", at=stage.now)
        stage.orders(order("100012345", "49.90", "Bernd Krause", ordered_on=date(2026, 10, 1)))
        stage.pays(Paid(3000, "100012345", "Bernd Krause", BERND))
        stage.later(minutes=11)
        deliver(stage)

    [mail] = post.mails
    text = mail.get_body(("plain",)).get_content()
    assert post.readers == ["bernd@post.example"]
    assert all(each in text for each in ("30,00 EUR", "19,90 EUR"))


def test_merchant_and_buyer_hear_of_it(stage: Stage, brigitte: Person) -> None:
    """K28: Merchant and buyer are notified of what happens."""
    with mail_server() as post:
        set_up(stage, post.port)
        save_rules(stage.merchant, {Event.PAID: (True, True)}, by=brigitte.email, at=stage.now)
        stage.orders(order("100012345", "24.98", ordered_on=date(2026, 10, 1)))
        stage.pays(Paid(2498, "100012345"))
        stage.later(minutes=11)
        deliver(stage)

    assert sorted(post.readers) == ["anna@post.example", brigitte.email]


@pytest.mark.django_db(transaction=True)
def test_who_never_pays_is_cancelled(stage: Stage) -> None:
    """K29: An order that is not paid is cancelled automatically."""
    stage.orders(order("100012345", "24.98"), order("100012399", "31.50", "Bernd Krause"))
    switch_on(stage.merchant, levels=levels(6), end_days=6)
    stage.pays(Paid(3150, "100012399", "Bernd Krause", BERND))
    days = Diary(stage)
    days.until(date(2026, 11, 27))
    assert stage.item("100012345").state == ItemState.OPEN
    days.until(date(2026, 12, 4))
    assert stage.item("100012345").state == ItemState.CANCELLED
    assert stage.item("100012399").state == ItemState.PAID
    assert stage.books() == []


def test_buyers_pay_into_a_pooled_account(merchant: Merchant, tmp_path: Path) -> None:
    """K10: The customer pays into a pooled account that the service provides."""
    desk = Desk(merchant, tmp_path)
    asked = account_for(desk.stage.item("100012345").order)
    assert asked is not None
    assert asked.kind == AccountKind.POOLED
    desk.buyers_pay()
    desk.next_day()
    assert desk.stage.item("100012345").state == "paid"


def test_the_balance_is_paid_out(merchant: Merchant, tmp_path: Path) -> None:
    """K19: The balance that has gathered is paid out to the merchant."""
    desk = Desk(merchant, tmp_path)
    desk.pays_to()
    desk.plan()
    desk.buyers_pay()
    desk.next_day()
    desk.works()
    desk.sends()
    desk.next_day()
    assert desk.payout().amount_minor == 12990
    assert desk.bank.balance(desk.account.number).minor == 0


def test_a_hundred_transactions_are_free(merchant: Merchant, tmp_path: Path) -> None:
    """K20: The basic package is free for up to 100 transactions a month."""
    desk = charged(Desk(merchant, tmp_path), Prices())
    found = usage(merchant.pk, NOVEMBER)
    assert found is not None
    assert (found.plan.free, found.free_used, found.lines) == (100, 3, [])
    works(desk)
    assert not Invoice.objects.exists()


def test_beyond_it_a_commission_is_charged(merchant: Merchant, tmp_path: Path) -> None:
    """K21: Beyond it, paid packages charge a commission on each transfer, from 0.5 %."""
    charged(Desk(merchant, tmp_path), Prices(free=0))
    found = usage(merchant.pk, NOVEMBER)
    assert found is not None
    assert sorted(charge.minor for charge in found.charges) == [17, 25, 40]  # of 33.33, 49.90 and 80.00


def test_an_own_account_has_a_flat_rate(merchant: Merchant, tmp_path: Path) -> None:
    """K22: Connecting an own account has a flat rate."""
    charged(Desk(merchant, tmp_path), Prices(free=0, flat_own_minor=1900))
    BankAccount.objects.filter(merchant=merchant).update(kind=AccountKind.OWN)
    found = usage(merchant.pk, NOVEMBER)
    assert found is not None
    assert [(line.kind, line.net) for line in found.lines] == [("flat", 1900)]


def test_the_merchant_starts_the_repayment(merchant: Merchant, tmp_path: Path, client: Client) -> None:
    """K23: When a customer withdraws, the merchant starts the repayment in the merchant area."""
    till = _pooled_till(merchant, tmp_path)
    client.force_login(till.brigitte, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/orders/{till.stage.item('100012345').order_id}/refund"
    assert client.get(address).status_code == 200
    assert client.post(address, {"amount": "49.90", "key": "k"}).status_code == 302
    assert Refund.objects.get().amount_minor == 4990


def test_a_repayment_takes_a_few_clicks(merchant: Merchant, tmp_path: Path, client: Client) -> None:
    """K24: A repayment takes a few clicks and no banking software."""
    till = _pooled_till(merchant, tmp_path)
    with time_machine.travel(till.stage.now):
        client.force_login(till.brigitte, backend="django.contrib.auth.backends.ModelBackend")
        client.post(f"/orders/{till.stage.item('100012345').order_id}/refund", {"amount": "49.90", "key": "k"})
    till.days(7)
    transfer = PaymentOrder.objects.get()
    assert (transfer.state, transfer.creditor_number) == ("approved", ANNA)  # nobody has touched it since
    till.handed_in(till.file())
    till.days(1)
    assert Refund.objects.get().state == "paid"
    assert till.bank.times_paid(transfer.end_to_end_id) == 1


@pytest.mark.parametrize("program", ["datev", "bmd", "bexio", "csv"])
def test_the_payments_reach_the_bookkeepers_program(stage: Stage, program: str) -> None:
    """K26: The payments are handed to the accounting software that the merchant already has."""
    told = {"consultant": 1001, "client": 456, "begins_on": date(2026, 11, 1), "program": program}
    BookkeeperSettings.objects.create(merchant=stage.merchant, **told)
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    [batch] = export_books(stage.merchant, date(2026, 11, 30), by="brigitte", at=stage.now)
    assert "100012345" in batch_file(batch).decode("cp1252")
    assert export_books(stage.merchant, date(2026, 11, 30), by="brigitte", at=stage.now) == []


def test_repayments_and_returns_are_part_of_the_service(merchant: Merchant, tmp_path: Path) -> None:
    """K31: Repayments and returns are part of the service."""
    till = _pooled_till(merchant, tmp_path)
    till.bank.pay_in(ACCOUNT, Amount(3333, "EUR"), name="Xaver Unbekannt", iban=CORA, text="danke")
    till.days(1)
    unclear = Payment.objects.get(merchant=merchant, amount_minor=3333)
    for minor, to in ((till.asks(4990, due_on=till.bank.today).amount_minor, ANNA), (3333, CORA)):
        if to == CORA:
            return_payment(merchant, unclear.pk, by=till.brigitte, at=till.stage.now)
        till.sends()
        till.days(1)
        transfer = PaymentOrder.objects.get(creditor_number=to)
        assert (transfer.amount_minor, till.bank.times_paid(transfer.end_to_end_id)) == (minor, 1)
    assert set(Refund.objects.values_list("state", flat=True)) == {"paid"}


def _pooled_till(merchant: Merchant, folder: Path) -> Till:
    """Anna has ordered for 49.90 and paid to the pooled account."""
    till = Till(merchant, folder)
    BankAccount.objects.filter(merchant=merchant).update(kind=AccountKind.POOLED)
    till.sells()
    till.is_paid()
    return till
