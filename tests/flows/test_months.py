"""The month is closed, told and reconciled: figures of a past day never move, and whoever changes one is found out."""

import io
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from python_calamine import CalamineWorkbook
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.accounting.models import Closing, Reconciliation
from zahlmeister.banking.models import Statement
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.close_month import broken_closings, close_month, next_to_close
from zahlmeister.flows.month_statement import confirmed, month_statement, open_items, prepaid
from zahlmeister.flows.reconcile import newest_differences, reconcile, reconcile_next
from zahlmeister.history.models import Step
from zahlmeister.ledger.as_of import balances_on
from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Person
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
    [row] = reconcile(november.merchant, LAST, at=november.now)
    assert (row.bank_minor, row.books_minor, row.differences) == (109_597, 109_597, [])
    assert row.parts["unclear"] == 3333
    assert row.parts["surplus"] == 10
    assert sum(row.parts.values()) == row.books_minor
    [one] = confirmed(november.merchant, LAST)
    assert (one.books.minor, one.bank.minor if one.bank else None) == (109_597, 109_597)


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
