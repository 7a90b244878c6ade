"""The month is closed, told and reconciled: figures of a past day never move, and whoever changes one is found out."""

import io
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models import F
from python_calamine import CalamineWorkbook
from tests.messages import messages
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.accounting.models import Closing, Reconciliation
from zahlmeister.banking.models import Statement
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.close_month import broken_closings, close_month, next_to_close
from zahlmeister.flows.month_statement import confirmed, month_statement, open_items, prepaid
from zahlmeister.flows.reconcile import PARTS, house_of, newest_differences, reconcile, reconcile_next
from zahlmeister.history.models import Step
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.as_of import balances_on
from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.office.month_papers import confirmation_paper, month_paper, month_workbook
from zahlmeister.orders.models import Order
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def november(stage: Stage, brigitte: Person) -> Stage:
    """Anna paid, Bernd paid ten cents too much, Cora owes, somebody unknown paid; then it is December."""
    stage.orders(
        order("100012345", "24.98", payment_kind="prepayment"),
        order("100012346", "49.90", "Bernd Krause", payment_kind="prepayment", invoice_number="RE-9"),
        order("100012347", "10.00", "Cora Lindner"),
    )
    stage.pays(
        Paid(2498, "100012345"), Paid(5000, "100012346", "Bernd Krause", BERND), Paid(3333, "danke", "Unbekannt"),
        Paid(-1234, "Miete", "Vermieter"),
    )  # fmt: skip
    stage.later(days=20)
    return stage


def closed(stage: Stage, brigitte: Person) -> Closing:
    return close_month(stage.merchant, NOVEMBER, by=brigitte, at=stage.now)


def test_a_closed_month_stays_as_it_is_and_what_comes_late_keeps_its_day(november: Stage, brigitte: Person) -> None:
    before = balances_on(november.merchant.pk, LAST)
    closing = closed(november, brigitte)
    assert closed(november, brigitte).pk == closing.pk  # twice is once
    november.receive(november.statement(Paid(1000, "100012347", "Cora Lindner"), opening=109_597), "late.xml")
    assert balances_on(november.merchant.pk, LAST) == before
    late = Posting.objects.filter(meant_for__isnull=False)
    assert {(row.booked_on, row.meant_for) for row in late} == {(date(2026, 12, 1), date(2026, 11, 19))}
    assert november.item("100012347").open_minor == 0  # the money counts, only its day moved
    assert broken_closings(november.merchant) == []
    assert november.books() == []


def test_a_month_is_closed_once_it_is_over_in_order_and_by_an_owner(november: Stage, brigitte: Person) -> None:
    merchant = november.merchant
    stranger = Person.objects.create_user("bea@wollstube.example", "sehr-geheim-2026", name="Bea")
    for month, by, said in (
        (NOVEMBER, stranger, "Only an owner"),
        (date(2026, 12, 5), brigitte, "not over yet"),
    ):
        with pytest.raises(Refused, match=said):
            close_month(merchant, month, by=by, at=november.now)
    assert next_to_close(merchant, november.now.date()) == NOVEMBER
    november.later(days=31)
    with pytest.raises(Refused, match="2026-11 is still open"):
        close_month(merchant, date(2026, 12, 1), by=brigitte, at=november.now)
    closed(november, brigitte)
    second = close_month(merchant, date(2026, 12, 1), by=brigitte, at=november.now)
    assert second.before == Closing.objects.get(month=NOVEMBER).digest
    assert next_to_close(merchant, november.now.date()) is None
    Account.objects.filter(book=Book.UNCLEAR).update(balance_minor=-1)
    november.later(days=31)
    with pytest.raises(Refused, match="do not add up"):
        close_month(merchant, date(2027, 1, 1), by=brigitte, at=november.now)


@pytest.mark.parametrize("change", ["amount", "gone", "step", "signature", "another_key", "balances"])
def test_whoever_changes_a_closed_month_is_found_out(november: Stage, brigitte: Person, change: str) -> None:
    closing = closed(november, brigitte)
    posting = Posting.objects.filter(text="money_went_out").get()
    match change:
        case "amount":
            Posting.objects.filter(pk=posting.pk).update(amount_minor=1)
        case "gone":
            posting.delete()
        case "step":  # the newest step of a chain: the chain itself cannot tell
            Step.objects.filter(merchant=november.merchant, at__lt=closing.closed_at).latest("at").delete()
        case "signature":
            Closing.objects.update(signature="00" * 64)
        case "another_key":  # somebody with the database, and without the installation's secret
            key, closing = Ed25519PrivateKey.generate(), Closing.objects.get()
            told = {"signature": key.sign(bytes.fromhex(closing.digest)).hex()}
            Closing.objects.update(**told, public_key=key.public_key().public_bytes_raw().hex())
        case "balances":
            Closing.objects.update(balances=[])
    found = broken_closings(november.merchant)
    assert len(found) == 1
    assert ("signature" in found[0]) == (change in {"signature", "another_key"})


def test_what_another_worker_writes_a_moment_later_belongs_to_the_next_closing(
    november: Stage, brigitte: Person
) -> None:
    closing = closed(november, brigitte)
    late = Happened("merchant", november.merchant.pk, "changed", "another worker")
    record(november.merchant.pk, [late], at=closing.closed_at - timedelta(hours=1))
    assert broken_closings(november.merchant) == []
    november.later(days=31)
    december = close_month(november.merchant, date(2026, 12, 1), by=brigitte, at=november.now)
    assert Step.objects.get(actor="another worker").closing == december.pk
    assert broken_closings(november.merchant) == []
    Step.objects.filter(actor="another worker").delete()
    assert len(broken_closings(november.merchant)) == 1


def test_the_day_that_a_late_posting_was_meant_for_is_sealed_too(november: Stage, brigitte: Person) -> None:
    closed(november, brigitte)
    november.receive(november.statement(Paid(1000, "100012347", "Cora Lindner"), opening=109_597), "late.xml")
    november.later(days=31)
    close_month(november.merchant, date(2026, 12, 1), by=brigitte, at=november.now)
    assert broken_closings(november.merchant) == []
    Posting.objects.filter(meant_for__isnull=False).update(meant_for=date(2026, 10, 1))
    assert len(broken_closings(november.merchant)) == 1


def test_the_open_items_of_a_day_are_the_same_whenever_they_are_asked_for(november: Stage) -> None:
    def on(day: date) -> dict[str, tuple[int, int]]:
        return {line.number: (line.open, line.surplus) for line in open_items(november.merchant, day)}

    assert on(date(2026, 11, 18)) == {"100012345": (2498, 0), "100012346": (4990, 0), "100012347": (1000, 0)}
    assert on(LAST) == {"100012346": (0, 10), "100012347": (1000, 0)}
    anna = next(payment for payment in november.payments() if payment.amount_minor == 2498)
    unassign(november.merchant, anna.pk, by="brigitte", at=november.now)  # in December
    assert on(LAST) == {"100012346": (0, 10), "100012347": (1000, 0)}
    assert on(november.now.date())["100012345"] == (2498, 0)
    for day in (date(2026, 11, 18), LAST, november.now.date()):
        books = balances_on(november.merchant.pk, day)
        lines = open_items(november.merchant, day)
        assert sum(line.open for line in lines) == books.get((Book.RECEIVABLES, 0, "EUR"), 0)
        assert sum(line.surplus for line in lines) == -books.get((Book.SURPLUS, 0, "EUR"), 0)


def test_what_was_known_then(november: Stage) -> None:
    known_at = november.now
    november.later(hours=1)
    november.receive(november.statement(Paid(1000, "100012347", "Cora Lindner"), opening=109_597), "late.xml")
    assert [line.number for line in open_items(november.merchant, LAST)] == ["100012346"]
    assert [line.number for line in open_items(november.merchant, LAST, known_at=known_at)] == [
        "100012346", "100012347",
    ]  # fmt: skip


def test_prepayments_without_an_invoice_are_what_tax_is_due_on(november: Stage) -> None:
    assert [(line.number, line.received) for line in prepaid(november.merchant, LAST)] == [("100012345", 2498)]
    said = month_statement(november.merchant, NOVEMBER, LAST)
    assert [(one.before, one.change, one.after) for one in said.prepaid_sums] == [(0, 2498, 2498)]
    invoiced = {"invoice_number": "RE-8", "invoiced_on": date(2026, 12, 2)}
    Order.objects.filter(number="100012345").update(**invoiced)
    assert [line.number for line in prepaid(november.merchant, LAST)] == ["100012345"]
    december = month_statement(november.merchant, date(2026, 12, 1), date(2026, 12, 31))
    assert [(one.before, one.change, one.after) for one in december.prepaid_sums] == [(2498, -2498, 0)]


def test_the_month_adds_up_in_the_workbook_and_on_paper(november: Stage) -> None:
    said = month_statement(november.merchant, NOVEMBER, LAST)
    assert sum(line.moved.after for line in said.accounts) == 0
    wanted = {(book, about): amount.minor for book, about, amount in balances(november.merchant.pk)}
    assert {(line.book, line.about): line.moved.after for line in said.accounts} == wanted
    content = month_workbook(said, made_at=november.now)
    assert content == month_workbook(month_statement(november.merchant, NOVEMBER, LAST), made_at=november.now)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Accounts", "Open items", "Prepayments", "Fees"]
    _titles, *rows = book.get_sheet_by_name("Accounts").to_python()
    assert round(sum(row[5] for row in rows), 2) == 0
    assert book.get_sheet_by_name("Open items").to_python()[-1][:6] == ["Together", "", "", "", 10.0, 0.1]
    assert month_paper(said).startswith(b"%PDF")
    assert confirmation_paper(november.merchant, LAST, confirmed(november.merchant, LAST)).startswith(b"%PDF")


def test_bank_and_books_agree_each_day_and_the_parts_make_the_whole(november: Stage) -> None:
    [row] = reconcile(november.merchant, date(2026, 11, 19), at=november.now)
    assert (row.bank_minor, row.books_minor, row.is_proven) == (109_597, 109_597, True)
    assert row.parts["own"] == 109_597 - 3333 - 10
    assert row.parts["unclear"] == 3333
    assert row.parts["surplus"] == 10
    assert sum(row.parts.values()) == row.books_minor
    [one] = confirmed(november.merchant, LAST)
    assert (one.books.minor, one.bank.minor if one.bank else None) == (109_597, 109_597)


def test_each_book_is_part_of_what_the_money_at_the_bank_is_made_of(november: Stage) -> None:
    """No part is what is left over: whatever is moved past the other side is named."""
    assert sorted(book for of_part in PARTS.values() for book in of_part) == sorted(set(Book) - {Book.BANK})
    Account.objects.filter(book=Book.ORDERS).update(balance_minor=F("balance_minor") - 500)
    [row] = reconcile(november.merchant, date(2026, 11, 19), at=november.now)
    assert row.differences == ["The books hold 1095.97 EUR at the bank, and what that is made of comes to 1100.97 EUR."]


def test_a_day_without_its_statement_is_not_proven_until_it_comes(november: Stage) -> None:
    """Thursday's statement is there; Friday's comes on Monday; nobody books at the weekend."""
    november.now = november.now.replace(day=21, month=11)
    reconcile_next(clock=november.clock)
    assert reconcile_next(clock=november.clock) is None
    friday = Reconciliation.objects.get()
    assert friday.missing == [
        "“DE02120300000000202051”: no statement of 2026-11-20 is there; the newest is of 2026-11-19."
    ]
    assert (friday.differences, friday.is_proven) == ([], False)
    november.later(days=2)
    november.receive(november.statement(Paid(100, "x", on=date(2026, 11, 20)), opening=109_597), "friday.xml")
    while reconcile_next(clock=november.clock):
        pass
    assert {row.on.day: (row.is_proven, row.bank_minor) for row in Reconciliation.objects.all()} == {
        20: (True, 109_697), 21: (True, 109_697), 22: (True, 109_697),
    }  # fmt: skip
    assert not Message.objects.filter(key__contains="reconciled:").exists()
    [tuesday] = reconcile(november.merchant, date(2026, 11, 24), at=november.now)
    assert not tuesday.is_proven
    november.receive(november.statement(Paid(5, "y", on=date(2026, 11, 25)), opening=109_697), "wednesday.xml")
    [tuesday] = reconcile(november.merchant, date(2026, 11, 24), at=november.now)
    assert tuesday.is_proven  # what it begins with is what Tuesday ended with
    Statement.objects.filter(closing_on=date(2026, 11, 25)).update(opening_minor=109_698)
    [tuesday] = reconcile(november.merchant, date(2026, 11, 24), at=november.now)
    assert not tuesday.is_proven


def test_days_that_nobody_worked_on_are_reconciled_afterwards_and_told_of_once(
    november: Stage, brigitte: Person
) -> None:
    november.now = november.now.replace(day=20, month=11)
    reconcile_next(clock=november.clock)
    november.later(days=6)
    november.receive(november.statement(Paid(100, "x", on=date(2026, 11, 23)), opening=150_000), "later.xml")
    while reconcile_next(clock=november.clock):
        pass
    rows = Reconciliation.objects.order_by("on")
    assert [row.on.day for row in rows] == [19, 20, 21, 22, 23, 24, 25]
    assert [row.on.day for row in rows if row.differences] == [23, 24, 25]
    mails = messages("books_differ", channel="people")
    assert [mail.payload["reader"] for mail in mails] == ["brigitte@wollstube.example"] * 2  # of yesterday, and before
    november.later(days=1)
    assert reconcile_next(clock=november.clock)
    assert reconcile_next(clock=november.clock) is None


def test_what_the_operator_holds_is_what_the_merchants_say_he_holds(november: Stage) -> None:
    runs = Merchant.objects.create(name="Betrieb", slug="betrieb", is_operator=True)
    whose = {"currency": "EUR", "about": 0}
    Account.objects.create(merchant=november.merchant, book=Book.WITH_OPERATOR, balance_minor=700, **whose)
    held = Account.objects.create(merchant=runs, book=Book.HELD, balance_minor=-500, **whose)
    Account.objects.create(merchant=runs, book=Book.OTHER_SPENDING, balance_minor=500, **whose)
    [row] = reconcile(runs, date(2026, 11, 19), at=november.now)
    assert row.differences == [
        "The operator's books say that 5.00 EUR are held for merchants, the merchants' books say 7.00 EUR."
    ]
    Account.objects.filter(pk=held.pk).update(balance_minor=-700)
    Account.objects.filter(merchant=runs, book=Book.OTHER_SPENDING).update(balance_minor=700)
    [row] = reconcile(runs, date(2026, 11, 19), at=november.now)
    assert row.is_proven
    reconcile(november.merchant, date(2026, 11, 19), at=november.now)
    house = house_of(date(2026, 11, 19), "EUR")
    assert (house.count, house.bank, house.operator) == (2, 109_597, -700)
    assert house.merchants + house.operator + sum(house.parts.values()) == 109_597 - 700


def test_a_difference_is_named_told_once_and_gone_when_it_is_mended(november: Stage, brigitte: Person) -> None:
    november.receive(november.statement(Paid(100, "x", on=date(2026, 11, 24)), opening=150_000), "later.xml")
    day = november.now.date() - timedelta(days=1)
    assert reconcile_next(clock=november.clock)
    assert reconcile_next(clock=november.clock) is None  # once a day
    [row] = newest_differences(november.merchant.pk)
    assert "says 1500.00" not in row.differences[0]
    assert (
        "the statement of 2026-11-24 says 1501.00 EUR, the books say 1096.97 EUR; 404.03 EUR are left"
        in (row.differences[0])
    )
    assert "a statement is missing between 2026-11-19 and 2026-11-24" in row.differences[1]
    reconcile(november.merchant, day, at=november.now)
    mails = Message.objects.filter(key__startswith="books_differ") | Message.objects.filter(key__contains="reconciled:")
    assert [mail.payload["reader"] for mail in mails] == ["brigitte@wollstube.example"]
    between = Paid(40_403, "Einzahlung", on=date(2026, 11, 21))
    november.receive(november.statement(between, opening=109_597), "between.xml")
    reconcile(november.merchant, day, at=november.now)
    assert newest_differences(november.merchant.pk) == []
    assert Reconciliation.objects.count() == 1
    assert Statement.objects.count() == 3
