"""The worked example of `docs/concepts/books.md` is what the books really say."""

from datetime import date
from pathlib import Path

from django.utils import translation
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.assign_payment import unassign
from zahlmeister.ledger.models import Posting
from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.office.words import BOOKS
from zahlmeister.receivables.states import ItemState

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "books.md"


def bernd_pays_in_two_parts(stage: Stage) -> None:
    """Too little on Thursday, ten cents too much on Friday."""
    stage.orders(order("100012345", "49.90", "Bernd Krause"))
    stage.receive(stage.statement(Paid(3000, "100012345", "Bernd Krause", BERND), opening=100_000))
    friday = date(2026, 11, 20)
    stage.receive(stage.statement(Paid(2000, "Rest 100012345", "Bernd Krause", BERND, on=friday), opening=103_000))
    assert stage.item("100012345").state == ItemState.PAID


def rows(stage: Stage, after: int = 0) -> list[str]:
    """The postings as the page shows them."""
    with translation.override("en"):
        return [
            f"| {row.booked_on:%d %b} | {row.text.replace('_', ' ')} | {BOOKS[Book(row.debit.book)]} "
            f"| {BOOKS[Book(row.credit.book)]} | {figure(row.amount_minor)} |"
            for row in Posting.objects.filter(merchant=stage.merchant).order_by("id")[after:]
        ]


def figure(minor: int) -> str:
    return f"{'−' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


def test_the_example_is_what_the_books_say(stage: Stage) -> None:
    bernd_pays_in_two_parts(stage)
    said = rows(stage)
    second = next(payment for payment in stage.payments() if payment.amount_minor == 2000)
    unassign(stage.merchant, second.pk, by="brigitte@wollstube.example", at=stage.now)
    undone = rows(stage, after=len(said))
    page = PAGE.read_text(encoding="utf-8")
    assert "\n".join(said) in page
    assert "\n".join(undone) in page
    assert stage.books() == []


def test_the_balances_after_the_example_are_right(stage: Stage) -> None:
    bernd_pays_in_two_parts(stage)
    page = PAGE.read_text(encoding="utf-8")
    with translation.override("en"):
        standing = [f"| {BOOKS[book]} | {figure(amount.minor)} |" for book, _, amount in balances(stage.merchant.pk)]
    assert "\n".join(standing) in page


def test_every_book_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    with translation.override("en"):
        missing = [str(name) for name in BOOKS.values() if f"| **{name}** |" not in page]
    assert not missing, f"docs/concepts/books.md does not explain {missing}."
