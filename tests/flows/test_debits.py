"""Brigitte collects by direct debit: mandate, notice, approval, file, and what becomes of it, at the sandbox bank."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.stage import ACCOUNT, ANNA, BERND, CORA, Stage, order

from zahlmeister.banking.claim import claim
from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.flows import collect_debit as collecting
from zahlmeister.flows import receive_statement as reading
from zahlmeister.flows.collect_debit import Signed, Wanted
from zahlmeister.flows.make_debit_file import export_debit_file, make_debit_file, preview, withdraw_debit_file
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.paying_bank import SandboxBank

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY, DUE, LATER = date(2026, 11, 23), date(2026, 12, 8), date(2026, 12, 15)
OWN = MerchantAccount("Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")
CREDITOR = "DE98ZZZ09999999999"


class Desk:
    """Brigitte with a creditor id, and her bank."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        self.stage = Stage(merchant, folder, datetime(2026, 11, 23, 8, tzinfo=UTC))
        self.merchant = merchant
        self.account = BankAccount.objects.create(merchant=merchant, number=ACCOUNT, currency="EUR", holder=OWN.owner)
        self.brigitte = Person.objects.create_user(f"b@{merchant.slug}.example", name="Brigitte")
        Membership.objects.create(merchant=merchant, person=self.brigitte, role=Role.OWNER)
        self.bank = SandboxBank(books=folder / "bank.db", today=MONDAY)
        self.bank.open_account(OWN, Amount(500_000, "EUR"))
        self.stage.orders(order("100012345", "49.90", "Anna Berger"))

    def mandate(self, reference: str = "M-1", iban: str = ANNA, **other: object) -> Mandate:
        signed = replace(Signed(CREDITOR, reference, date(2026, 11, 1), "Anna Berger", iban), **other)
        return collecting.keep_mandate(self.merchant, signed, by="brigitte", at=self.stage.now)

    def draft(self, mandate: Mandate, source: str = "office:1", **other: object) -> Debit:
        wanted = replace(Wanted(source, Amount(4990, "EUR"), DUE, "Bestellung 100012345"), **other)
        return collecting.draft_debit(mandate, self.account, wanted, by="brigitte", at=self.stage.now)

    def approved(self, mandate: Mandate, source: str = "office:1", **other: object) -> Debit:
        debit = self.draft(mandate, source, **other)
        if debit.state == DebitState.DRAFTED:
            debit = collecting.tell_debtor(debit, MONDAY, by="brigitte", at=self.stage.now)
        return collecting.approve_debit(debit, by=self.brigitte, at=self.stage.now)

    def on(self, day: date) -> None:
        """The clocks of the house and of the bank stand on that morning."""
        self.stage.now = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        self.bank.move_to(day)

    def file(self) -> DebitFile:
        return make_debit_file(self.account, by="brigitte", at=self.stage.now)

    def handed_in(self, file: DebitFile) -> bytes:
        return self.bank.hand_in(export_debit_file(file, by="brigitte", at=self.stage.now))

    def hears(self, answer: bytes) -> str:
        return self.stage.receive(answer, "answer.xml").error

    def reads(self) -> None:
        path = self.stage.folder / "statement.xml"
        write_camt053(path, self.bank.statements(ACCOUNT))
        assert self.stage.receive(path.read_bytes(), path.name).error == ""

    def state(self, debit: Debit) -> str:
        debit.refresh_from_db()
        return debit.state

    def book(self, book: Book) -> int:
        return balance(self.merchant.pk, book, "EUR").minor


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


def test_a_collection_is_told_approved_handed_in_and_pays_its_order(desk: Desk) -> None:
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    file = desk.file()
    assert (desk.state(debit), debit.sequence, debit.collect_on) == ("in_file", "FRST", DUE)
    assert desk.hears(desk.handed_in(file)) == ""
    assert desk.state(debit) == "accepted"

    desk.on(LATER)
    desk.reads()
    assert desk.state(debit) == "collected"
    assert desk.stage.item("100012345").open_minor == 0
    assert desk.bank.times_paid(debit.end_to_end_id) == 1
    assert desk.stage.books() == []


def test_the_second_collection_is_recurrent_and_the_last_ends_the_mandate(desk: Desk) -> None:
    mandate = desk.mandate()
    first, second = desk.approved(mandate, "1"), desk.approved(mandate, "2")
    last = desk.approved(mandate, "3", is_last=True)
    desk.on(date(2026, 12, 4))
    desk.file()
    assert [(desk.state(each), each.sequence) for each in (first, second, last)] == [
        ("in_file", "FRST"), ("in_file", "RCUR"), ("in_file", "FNAL"),
    ]  # fmt: skip
    with pytest.raises(Refused, match="for the last time"):
        desk.draft(mandate, "4")


def test_a_mandate_for_one_use_is_used_once(desk: Desk) -> None:
    mandate = desk.mandate(is_once=True)
    debit = desk.approved(mandate)
    with pytest.raises(Refused, match="for the last time"):
        desk.draft(mandate, "2")
    collecting.cancel_debit(debit, by=desk.brigitte, at=desk.stage.now)
    desk.approved(mandate, "3")
    desk.on(date(2026, 12, 4))
    desk.file()
    assert Debit.objects.get(source="3").sequence == "OOFF"


def test_what_the_debtors_bank_takes_back_is_owed_again_and_its_charge_is_ours(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(returns="MD06", after_days=1))
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    desk.handed_in(desk.file())
    desk.on(LATER)
    desk.reads()
    assert (desk.state(debit), debit.reason, debit.doubt) == ("returned", "MD06", "")
    assert desk.stage.item("100012345").open_minor == 4990
    assert [payment.state for payment in desk.stage.payments()] == ["going_back"]
    assert (desk.book(Book.UNCLEAR), desk.book(Book.OTHER_SPENDING)) == (0, 0)
    assert desk.stage.books() == []
    desk.reads()
    assert desk.stage.books() == []


def test_collected_one_day_and_taken_back_on_another(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(returns="AM04", after_days=3))
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    desk.handed_in(desk.file())
    desk.on(DUE + timedelta(days=1))
    desk.reads()
    assert (desk.state(debit), desk.stage.item("100012345").open_minor) == ("collected", 0)
    desk.on(LATER)
    desk.reads()
    assert (desk.state(debit), desk.stage.item("100012345").open_minor) == ("returned", 4990)
    assert Mandate.objects.get().revoked_on is None
    assert desk.stage.books() == []


def test_a_charge_on_top_of_the_return_is_a_bank_charge(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(returns="MS03", after_days=1))
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    desk.handed_in(desk.file())
    desk.on(DUE + timedelta(days=1))
    desk.reads()
    from tests.stage import Paid

    back = desk.stage.statement(Paid(-5290, "Ruecklastschrift", "Anna Berger", ANNA, on=DUE + timedelta(days=1)))
    told = f"<Refs><EndToEndId>{debit.end_to_end_id}</EndToEndId></Refs>".encode()
    desk.stage.receive(back.replace(b"<TxDtls><Amt", b"<TxDtls>" + told + b"<Amt"), "back.xml")
    assert desk.state(debit) == "returned"
    assert (desk.book(Book.CHARGES), desk.book(Book.OTHER_SPENDING)) == (300, 0)


def test_a_denied_mandate_is_revoked_and_nothing_more_is_collected_by_it(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(returns="MD01", after_days=1))
    mandate = desk.mandate()
    desk.approved(mandate)
    following = desk.approved(mandate, "2", collect_on=date(2027, 1, 11))
    desk.on(date(2026, 12, 4))
    desk.handed_in(desk.file())
    desk.on(LATER)
    desk.reads()
    mandate.refresh_from_db()
    assert (mandate.revoked_for, desk.state(following)) == ("MD01", "cancelled")
    with pytest.raises(Refused, match="was revoked"):
        desk.draft(mandate, "3")


def test_what_the_bank_rejects_was_never_money(desk: Desk) -> None:
    desk.bank.expect(ANNA, Fate(rejects="AC04"))
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    assert desk.hears(desk.handed_in(desk.file())) == ""
    assert (desk.state(debit), debit.reason) == ("rejected", "AC04")
    assert desk.stage.books() == []


def test_the_same_file_twice_is_a_doubt_and_no_rejection(desk: Desk) -> None:
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    file = desk.file()
    desk.handed_in(file)
    desk.hears(desk.handed_in(file))
    assert (desk.state(debit), debit.doubt) == ("in_file", "sent_twice")
    assert desk.bank.paid()[debit.end_to_end_id] <= 1


def test_nothing_is_handed_in_before_the_debtor_was_told(desk: Desk) -> None:
    debit = desk.draft(desk.mandate())
    debit = collecting.approve_debit(debit, by=desk.brigitte, at=desk.stage.now)
    desk.on(date(2026, 12, 4))
    assert [(each.pk, why) for each, why in preview(desk.account, at=desk.stage.now).stopped] == [
        (debit.pk, "The debtor was not told yet.")
    ]
    with pytest.raises(Refused, match="can be handed in now"):
        desk.file()
    moved = collecting.tell_debtor(debit, date(2026, 12, 4), by="brigitte", at=desk.stage.now)
    assert moved.collect_on == date(2026, 12, 18)  # fourteen days


def test_an_agreed_shorter_notice_is_kept(desk: Desk) -> None:
    debit = desk.draft(desk.mandate(notice_days=2), collect_on=MONDAY)
    assert debit.collect_on == date(2026, 11, 25)


def test_everything_twice_is_once(desk: Desk) -> None:
    for _ in range(2):
        desk.approved(desk.mandate())
    assert (Mandate.objects.count(), Debit.objects.count()) == (1, 1)
    desk.on(date(2026, 12, 4))
    file = desk.file()
    with pytest.raises(Refused):
        desk.file()
    for _ in range(2):
        desk.handed_in(file)
    desk.on(LATER)
    for _ in range(2):
        desk.reads()
        desk.hears(desk.bank.report(file.message_id))
    debit = Debit.objects.get()
    assert (debit.state, desk.bank.times_paid(debit.end_to_end_id)) == ("collected", 1)
    assert desk.stage.books() == []


def test_a_file_nobody_has_can_be_withdrawn_and_one_somebody_has_cannot(desk: Desk) -> None:
    debit = desk.approved(desk.mandate())
    desk.on(date(2026, 12, 4))
    withdraw_debit_file(desk.file(), by="brigitte", at=desk.stage.now)
    assert desk.state(debit) == "approved"
    file = desk.file()
    export_debit_file(file, by="brigitte", at=desk.stage.now)
    with pytest.raises(Refused):
        withdraw_debit_file(file, by="brigitte", at=desk.stage.now)
    assert desk.state(debit) == "in_file"


def test_an_accountant_approves_nothing(desk: Desk) -> None:
    bea = Person.objects.create_user("bea@example.example", name="Bea")
    Membership.objects.create(merchant=desk.merchant, person=bea, role=Role.ACCOUNTANT)
    with pytest.raises(Refused, match="no right"):
        collecting.approve_debit(desk.draft(desk.mandate()), by=bea, at=desk.stage.now)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"iban": "DE00123"}, "IBAN"),
        ({"creditor_id": "DE00ZZZ09999999999"}, "creditor"),
        ({"signed_on": date(2026, 12, 1)}, "signed in the future"),
        ({"reference": "M 1 €"}, "mandate id"),
        ({"notice_days": 0}, "between 1 and 60"),
    ],
)
def test_a_mandate_that_a_bank_would_reject_is_not_kept(desk: Desk, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        desk.mandate(**change)
    assert not Mandate.objects.exists()


def test_a_reference_belongs_to_one_mandate_whatever_its_case(desk: Desk) -> None:
    assert desk.mandate("m-1").pk == desk.mandate("M-1").pk
    with pytest.raises(Refused, match="another mandate M-1"):
        desk.mandate("M-1", BERND)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_each_debit_is_collected_exactly_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(reading, "release", lambda *_: None)  # the dead release nothing
    deaths = 0
    while True:
        folder = tmp_path / f"{moment}-{deaths}"
        folder.mkdir()
        desk = Desk(Merchant.objects.create(name="W", slug=f"{moment}-{deaths}"), folder)
        desk.bank.expect(BERND, Fate(rejects="AC01"))
        desk.bank.expect(CORA, Fate(returns="AC04", after_days=1))
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                _work(desk)
            except Killed:
                fate.append("died")
        if not fate:
            break
        deaths += 1
        desk.stage.later(seconds=61)  # the lease of the dead ends
        while (left := claim(desk.stage.now)) is not None:
            reading.receive_statement(left, clock=desk.stage.clock)
        _work(desk)
        _check(desk, f"died {moment} commit {deaths}")
    assert deaths > 12
    _check(desk, "undisturbed")


def _work(desk: Desk) -> None:
    """What people and workers do, and do again from the beginning when they do not know how far they came."""
    for source, iban in (("1", ANNA), ("2", BERND), ("3", CORA)):
        desk.approved(desk.mandate(f"M-{source}", iban), source, text="Bestellung 100012345" if source == "1" else "")
    desk.stage.now = max(desk.stage.now, datetime(2026, 12, 4, 8, tzinfo=UTC))
    if preview(desk.account, at=desk.stage.now).debits:
        desk.file()
    for file in DebitFile.objects.filter(merchant=desk.merchant).exclude(state=FileState.WITHDRAWN):
        desk.handed_in(file)  # again when it was before: the bank takes a file once
        assert desk.hears(desk.bank.report(file.message_id)) == ""
    desk.bank.move_to(max(desk.bank.today, LATER))
    desk.reads()


def _check(desk: Desk, when: str) -> None:
    debits = list(Debit.objects.filter(merchant=desk.merchant).order_by("source"))
    assert [debit.state for debit in debits] == ["collected", "rejected", "returned"], when
    assert [desk.bank.times_paid(debit.end_to_end_id) for debit in debits] == [1, 0, 1], when
    assert [debit.doubt for debit in debits] == ["", "", ""], when
    assert (desk.book(Book.OTHER_SPENDING), desk.stage.books()) == (0, []), when
