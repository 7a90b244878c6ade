"""Brigitte sends money: drafted, approved, handed over once, and followed until the statement shows it.

The sandbox bank is the oracle: what it paid, and how often, is what our states and books must say.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from tests.stage import ACCOUNT, ANNA, BERND, CORA, Stage

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.flows import follow_orders
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment, confirm_payee
from zahlmeister.flows.draft_payment import Drafted, Wanted, draft_payment
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.make_payment_file import export_file, make_payment_file, withdraw_file
from zahlmeister.formats.payments.parties import Party
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.mt940 import write_mt940
from zahlmeister.sandbox.paying_bank import SandboxBank

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
OWN = MerchantAccount("Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")
OPENING = 500_000


class Desk:
    """Brigitte, her colleague Benno, their account, and the bank it is at."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        self.stage = Stage(merchant, folder, datetime(2026, 11, 23, 9, tzinfo=UTC))
        self.merchant = merchant
        self.account = BankAccount.objects.create(merchant=merchant, number=ACCOUNT, currency="EUR", holder=OWN.owner)
        self.brigitte, self.benno = (_person(merchant, name, Role.OWNER) for name in ("brigitte", "benno"))
        self.bank = SandboxBank(books=folder / "bank.db", today=MONDAY)
        self.bank.open_account(OWN, Amount(OPENING, "EUR"))

    def draft(self, source: str = "office:1", minor: int = 1999, **other: object) -> PaymentOrder:
        return self.drafted(source, minor, **other).order

    def drafted(self, source: str = "office:1", minor: int = 1999, **other: object) -> Drafted:
        wanted = Wanted(source, Party("Anna Berger"), ANNA, Amount(minor, "EUR"), MONDAY, text="Order 4711")
        return draft_payment(self.account, replace(wanted, **other), by=self.brigitte, at=self.stage.now)

    def approved(self, source: str = "office:1", minor: int = 1999, **other: object) -> PaymentOrder:
        return approve_payment(self.draft(source, minor, **other), by=self.benno, at=self.stage.now)

    def file(self) -> PaymentFile:
        return make_payment_file(self.account, by="brigitte", at=self.stage.now)

    def handed_in(self, file: PaymentFile) -> bytes:
        """Somebody fetches the file and takes it to the bank; its answer."""
        return self.bank.hand_in(export_file(file, by="brigitte", at=self.stage.now))

    def hears(self, answer: bytes, name: str = "answer.xml") -> str:
        """The answer is handed in where statements are; the sentence why not, if so."""
        return self.stage.receive(answer, name).error

    def reads_statements(self, write: Callable[..., None] = write_camt053) -> None:
        path = self.stage.folder / "statement"
        write(path, self.bank.statements(ACCOUNT))
        assert self.stage.receive(path.read_bytes(), path.name).error == ""

    def state(self, order: PaymentOrder) -> str:
        order.refresh_from_db()
        return order.state

    def on_its_way(self) -> int:
        return balance(self.merchant.pk, Book.ON_ITS_WAY, "EUR").minor


def _person(merchant: Merchant, name: str, role: Role) -> Person:
    person = Person.objects.create_user(f"{name}@{merchant.slug}.example", name=name.title())
    Membership.objects.create(merchant=merchant, person=person, role=role)
    return person


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


def test_a_transfer_is_made_once_and_its_clearing_book_returns_to_zero(desk: Desk) -> None:
    order = desk.approved()
    file = desk.file()
    assert (desk.state(order), desk.on_its_way()) == (OrderState.IN_FILE, -1999)
    assert desk.hears(desk.handed_in(file)) == ""
    assert desk.state(order) == OrderState.ACCEPTED
    assert desk.stage.books() == []
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    assert (desk.state(order), desk.on_its_way()) == (OrderState.EXECUTED, 0)
    assert desk.bank.times_paid(order.end_to_end_id) == 1
    assert order.transaction.amount_minor == -1999
    assert balance(desk.merchant.pk, Book.OTHER_SPENDING, "EUR").minor == 1999
    assert desk.stage.books() == []


@pytest.mark.parametrize("write", [write_camt053, write_mt940])
def test_what_comes_back_says_why_and_is_no_payment_of_a_customer(desk: Desk, write: Callable[..., None]) -> None:
    desk.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    order = desk.approved()
    desk.handed_in(desk.file())
    desk.bank.move_to(date(2026, 11, 26))
    desk.reads_statements(write)
    assert desk.state(order) == OrderState.RETURNED
    assert (order.reason, order.transaction_id is not None) == ("AC04", True)
    assert desk.stage.payments() == []
    assert balance(desk.merchant.pk, Book.OTHER_SPENDING, "EUR").minor == 0
    assert balance(desk.merchant.pk, Book.RETURNS, "EUR").minor == 0
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])


def test_the_return_may_be_read_before_the_payment(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    order = desk.approved()
    desk.handed_in(desk.file())
    desk.bank.move_to(date(2026, 11, 26))
    for day in reversed(desk.bank.statements(ACCOUNT)):
        write_camt053(desk.stage.folder / "day", [day])
        desk.stage.receive((desk.stage.folder / "day").read_bytes(), "day.xml")
    assert (desk.state(order), desk.on_its_way()) == (OrderState.RETURNED, 0)
    assert desk.stage.books() == []


def test_what_the_bank_rejects_is_not_on_its_way_and_the_others_are(desk: Desk) -> None:
    desk.bank.expect(BERND, Fate(rejects="AC01"))
    good, wrong = desk.approved("1"), desk.approved("2", 500, iban=BERND)
    desk.hears(desk.handed_in(desk.file()))
    assert (desk.state(good), desk.state(wrong)) == (OrderState.ACCEPTED, OrderState.REJECTED)
    assert (wrong.reason, desk.on_its_way()) == ("AC01", -1999)
    assert desk.stage.books() == []


def test_the_same_file_handed_in_twice_rejects_nothing(desk: Desk) -> None:
    """The bank refuses the second as a double; of the first one this says nothing, and it is paid."""
    order = desk.approved()
    file = desk.file()
    desk.handed_in(file)
    assert desk.hears(desk.handed_in(file)) == ""
    assert desk.state(order) == OrderState.IN_FILE
    assert order.doubt == follow_orders.SENT_TWICE
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    assert desk.state(order) == OrderState.EXECUTED
    assert desk.bank.times_paid(order.end_to_end_id) == 1


def test_everything_twice_is_once(desk: Desk) -> None:
    order = desk.approved()
    assert desk.draft() == order
    approve_payment(order, by=desk.benno, at=desk.stage.now)
    file = desk.file()
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()
    answer = desk.handed_in(file)
    for name in ("one.xml", "two.xml"):
        desk.hears(answer, name)
    desk.bank.move_to(WEDNESDAY)
    for write in (write_camt053, write_mt940, write_camt053):
        desk.reads_statements(write)
    desk.hears(desk.bank.report(file.message_id))
    desk.hears(answer + b"<!-- older, and late -->")
    assert desk.state(order) == OrderState.EXECUTED
    assert (order.doubt, desk.bank.paid()) == ("", {order.end_to_end_id: 1})
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])


def test_the_same_source_cannot_become_another_transfer(desk: Desk) -> None:
    desk.draft()
    with pytest.raises(Refused, match="another transfer was drafted before"):
        desk.draft(minor=2000)
    assert PaymentOrder.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"iban": "DE89370400440532013001"}, "is no IBAN"),
        ({"amount": Amount(100, "CHF")}, "kept in EUR"),
        ({"amount": Amount(0, "EUR")}, "banks take from 0.01"),
        ({"execute_on": date(2026, 11, 20)}, "is over"),
        ({"creditor": Party("あ")}, "no letter"),
        ({"text": "x" * 141}, "141 characters"),
        ({"reference": "RF00123", "text": ""}, "no creditor reference"),
    ],
)
def test_what_a_bank_would_reject_is_not_drafted(desk: Desk, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        desk.draft(**change)
    assert not PaymentOrder.objects.exists()


def test_a_bank_that_nobody_knows_is_a_doubt_and_no_refusal(desk: Desk) -> None:
    assert "no bank in Germany" in (desk.drafted(iban="DE93999999990000000001").doubt or "")
    assert desk.drafted("2").doubt is None


def test_above_the_limit_two_people_are_needed_and_the_drafter_counts_once(desk: Desk) -> None:
    order = desk.draft(minor=100_001)
    approve_payment(order, by=desk.brigitte, at=desk.stage.now)
    approve_payment(order, by=desk.brigitte, at=desk.stage.now)
    assert desk.state(order) == OrderState.DRAFTED
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()
    approve_payment(order, by=desk.benno, at=desk.stage.now)
    assert desk.state(order) == OrderState.APPROVED


def test_up_to_the_limit_one_approval_is_enough(desk: Desk) -> None:
    order = desk.draft(minor=100_000)
    approve_payment(order, by=desk.brigitte, at=desk.stage.now)
    assert desk.state(order) == OrderState.APPROVED


def test_an_accountant_and_a_stranger_approve_nothing(desk: Desk) -> None:
    order = desk.draft()
    stranger = _person(Merchant.objects.create(name="Other", slug="other"), "oskar", Role.OWNER)
    for nobody in (stranger, _person(desk.merchant, "alma", Role.ACCOUNTANT)):
        with pytest.raises(Refused, match="no right"):
            approve_payment(order, by=nobody, at=desk.stage.now)
    assert desk.state(order) == OrderState.DRAFTED


def test_a_file_nobody_has_can_be_withdrawn_and_one_somebody_has_cannot(desk: Desk) -> None:
    order = desk.approved()
    file = desk.file()
    with pytest.raises(Refused, match="cannot become"):
        cancel_payment(order, by=desk.brigitte, at=desk.stage.now)
    withdraw_file(file, by="brigitte", at=desk.stage.now)
    assert (desk.state(order), desk.on_its_way(), desk.stage.books()) == (OrderState.APPROVED, 0, [])
    with pytest.raises(Refused, match="cannot become"):
        export_file(file, by="brigitte", at=desk.stage.now)
    other = desk.file()
    export_file(other, by="brigitte", at=desk.stage.now)
    with pytest.raises(Refused, match="cannot become"):
        withdraw_file(other, by="brigitte", at=desk.stage.now)
    assert desk.state(order) == OrderState.IN_FILE


def test_a_cancelled_transfer_is_in_no_file(desk: Desk) -> None:
    order = desk.approved()
    for _ in range(2):
        cancel_payment(order, by=desk.brigitte, at=desk.stage.now)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()


def test_orders_are_asked_for_on_days_banks_work_and_not_before_they_are_due(desk: Desk) -> None:
    desk.stage.now = datetime(2026, 12, 24, 9, tzinfo=UTC)  # the 25th and 26th are closed
    desk.approved("1", execute_on=date(2026, 12, 25))
    later = desk.approved("2", 500, execute_on=date(2026, 12, 29))
    file = desk.file()
    assert b"<Dt>2026-12-28</Dt>" in export_file(file, by="brigitte", at=desk.stage.now)
    assert (file.count, desk.state(later)) == (1, OrderState.APPROVED)


def test_a_file_changed_in_the_store_is_not_handed_out(desk: Desk) -> None:
    desk.approved()
    file = desk.file()
    Path(default_storage.path(file.path)).write_bytes(b"<Document/>")
    with pytest.raises(Refused, match="was changed in the file store"):
        export_file(file, by="brigitte", at=desk.stage.now)
    file.refresh_from_db()
    assert file.state == FileState.MADE


@pytest.mark.parametrize(
    ("holder", "result", "waits"),
    [("Anna Berger", "match", False), ("Anna Bergher", "close match", True), ("Xaver Ypsilon", "no match", True)],
)
def test_a_payee_the_bank_does_not_know_stops_the_file(desk: Desk, holder: str, result: str, waits: bool) -> None:
    desk.bank.expect(ANNA, Fate(holder=holder))
    order = desk.approved()
    file = desk.file()
    with default_storage.open(file.path) as kept:
        desk.hears(desk.bank.verify(kept.read()))
    assert (desk.state(order), order.payee_result) == (OrderState.IN_FILE, result)
    if waits:
        with pytest.raises(Refused, match="must be looked at first"):
            export_file(file, by="brigitte", at=desk.stage.now)
    if result == "close match":
        assert order.payee_name == holder
        confirm_payee(order, by=desk.brigitte, at=desk.stage.now)
    if result != "no match":
        export_file(file, by="brigitte", at=desk.stage.now)
        return
    withdraw_file(file, by="brigitte", at=desk.stage.now)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()


def test_an_unverified_payee_wants_a_second_person(desk: Desk) -> None:
    order = approve_payment(desk.draft(), by=desk.brigitte, at=desk.stage.now)
    file = desk.file()
    with default_storage.open(file.path) as kept:
        desk.hears(desk.bank.verify(kept.read()))
    assert (desk.state(order), order.payee_result) == (OrderState.IN_FILE, "not possible")
    with pytest.raises(Refused, match="must be looked at first"):
        export_file(file, by="brigitte", at=desk.stage.now)
    approve_payment(order, by=desk.benno, at=desk.stage.now)
    assert export_file(file, by="brigitte", at=desk.stage.now)


def test_a_report_about_somebody_elses_file_changes_nothing(desk: Desk) -> None:
    order = desk.approved()
    answer = desk.handed_in(desk.file()).replace((order.file_id and b"ZM-") or b"ZM-", b"XX-")
    assert "which was not made here" in desk.hears(answer)
    assert desk.state(order) == OrderState.IN_FILE


def test_a_movement_with_another_amount_pays_no_order(desk: Desk) -> None:
    order = desk.approved()
    desk.handed_in(desk.file())
    desk.bank.move_to(WEDNESDAY)
    write_camt053(desk.stage.folder / "s", desk.bank.statements(ACCOUNT))
    wrong = (desk.stage.folder / "s").read_bytes().replace(b"19.99", b"19.98").replace(b"4980.01", b"4980.02")
    desk.stage.receive(wrong, "s.xml")
    assert (desk.state(order), order.doubt) == (OrderState.IN_FILE, follow_orders.OTHER_AMOUNT)
    assert desk.stage.books() == []


def test_a_second_movement_with_our_number_is_told(desk: Desk) -> None:
    """Our file never goes twice; whoever types it in at the bank once more pays twice, and hears of it."""
    order = desk.approved()
    file = desk.file()
    desk.handed_in(file)
    with default_storage.open(file.path) as kept:
        desk.bank.hand_in(kept.read().replace(file.message_id.encode(), b"TYPED-AGAIN"))
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    assert (desk.state(order), order.doubt) == (OrderState.EXECUTED, follow_orders.PAID_TWICE)
    assert desk.bank.times_paid(order.end_to_end_id) == 2
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])
    assert balance(desk.merchant.pk, Book.OTHER_SPENDING, "EUR").minor == 2 * 1999


def test_an_instant_transfer_goes_on_a_sunday(desk: Desk) -> None:
    desk.stage.now = datetime(2026, 11, 29, 9, tzinfo=UTC)
    desk.bank.move_to(date(2026, 11, 29))
    order = desk.approved(is_instant=True, iban=CORA, execute_on=date(2026, 11, 29))
    desk.hears(desk.handed_in(desk.file()))
    assert desk.state(order) == OrderState.EXECUTED
    assert desk.bank.times_paid(order.end_to_end_id) == 1


def test_a_report_waits_like_a_statement_and_is_kept_once(desk: Desk) -> None:
    desk.approved()
    answer = desk.handed_in(desk.file())
    first, second = (
        hand_in_statement(desk.merchant, BytesIO(answer), "answer.xml", by="brigitte", at=desk.stage.now)
        for _ in range(2)
    )
    assert (first.is_new, second.is_new) == (True, False)


def test_a_transfer_in_parts_needs_two_people_as_the_whole_would(desk: Desk) -> None:
    desk.merchant.four_eyes_above_minor = 100_000
    desk.merchant.save()
    first = desk.draft("office:1", 60_000)
    assert desk.state(approve_payment(first, by=desk.brigitte, at=desk.stage.now)) == OrderState.APPROVED

    second = desk.draft("office:2", 60_000, execute_on=TUESDAY)  # on another day, but drafted on the same
    assert desk.state(approve_payment(second, by=desk.brigitte, at=desk.stage.now)) == OrderState.DRAFTED
    assert desk.state(approve_payment(second, by=desk.benno, at=desk.stage.now)) == OrderState.APPROVED

    other = desk.draft("office:3", 60_000, iban=BERND)  # another recipient
    assert desk.state(approve_payment(other, by=desk.brigitte, at=desk.stage.now)) == OrderState.APPROVED


def test_what_was_cancelled_counts_no_more(desk: Desk) -> None:
    desk.merchant.four_eyes_above_minor = 100_000
    desk.merchant.save()
    cancel_payment(desk.draft("office:1", 60_000), by=desk.brigitte, at=desk.stage.now)
    second = desk.draft("office:2", 60_000)
    assert desk.state(approve_payment(second, by=desk.brigitte, at=desk.stage.now)) == OrderState.APPROVED
