"""Every event's posting stands on the accountant's page (`docs/concepts/books.md`) and has a name for bookkeepers."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from itertools import product
from pathlib import Path

from django.utils import translation

from zahlmeister.ledger import balances, rules
from zahlmeister.ledger.rules import Book, Legs, Pair, Waiver, waived, waiver_withdrawn
from zahlmeister.office.words import BOOKS

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "books.md"
ABOUT = 7


def events() -> Iterator[Legs]:
    """All of them; those that are about an account, an agency or a provider, of one of these."""
    by_waiver = [make(waiver) for make in (waived, waiver_withdrawn) for waiver in Waiver]
    kinds = (Book, Waiver, Legs, Pair, waived, waiver_withdrawn)
    made = [
        one(ABOUT)
        for name, one in vars(rules).items()
        if callable(one) and getattr(one, "__module__", "") == rules.__name__ and one not in kinds and name[0] != "_"
    ]
    assert len(made) > 20
    assert {legs.about for legs in made} == {ABOUT}
    for found in (*vars(rules).values(), *vars(balances).values(), *by_waiver, *made):
        if isinstance(found, Pair):
            assert (found.surplus.debit, found.surplus.credit) == (
                surplus(found.open.debit),
                surplus(found.open.credit),
            )
            yield found.open
        elif isinstance(found, Legs):
            yield found


def surplus(book: Book) -> Book:
    """What is beyond a debt is an overpayment."""
    return Book.SURPLUS if book is Book.RECEIVABLES else book


def books_in(cell: str) -> list[Book]:
    """The books that a cell of the page names."""
    found = []
    for book in sorted(Book, key=lambda book: -len(str(BOOKS[book]))):
        if str(BOOKS[book]) in cell:
            cell = cell.replace(str(BOOKS[book]), "")
            found.append(book)
    return found


def on_the_page() -> set[tuple[Book, Book]]:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.count("|") == 4]
    return {pair for row in rows for pair in product(books_in(row[2]), books_in(row[3]))}


def test_every_posting_is_on_the_accountants_page_or_undoes_one_that_is() -> None:
    with translation.override("en"):
        page = on_the_page()
        missing = {
            f"{one.text}: {BOOKS[one.debit]} → {BOOKS[one.credit]}"
            for one in events()
            if (one.debit, one.credit) not in page and (one.credit, one.debit) not in page
        }

    assert not missing, f"docs/concepts/books.md does not say {sorted(missing)}."


def test_every_event_has_one_name_for_the_bookkeeper() -> None:
    text = files("zahlmeister.accounting").joinpath("event_names.csv").read_text(encoding="utf-8")
    named = [row["event"] for row in csv.DictReader(text.splitlines(), delimiter=";")]

    assert len(named) == len(set(named)), "An event has two names; the later one would win."
    assert {one.text for one in events()} - set(named) == set()


def test_what_undoes_an_event_has_another_name() -> None:
    both = {(one.debit, one.credit, one.text) for one in events()}

    assert {text for debit, credit, text in both if (credit, debit, text) in both} == {"balance_corrected"}


def test_books_and_waivers_are_kept_by_words_that_stay() -> None:
    """They stand in each account and posting that was ever made."""
    assert " ".join(Book) == (
        "bank unclear receivables orders surplus tolerance discount charges carrier_fees other_income other_spending "
        "on_its_way returns refunds with_operator held paid_elsewhere dunning interest agencies providers "
        "provider_fees prepaid granted goodwill usage opening paid_out fees input_tax operator output_tax sellers "
        "with_guarantor guarantee_fees losses"
    )
    assert " ".join(Waiver) == "tolerance discount charges crossed"


def test_what_cannot_be_owed_twice_is_never_overdrawn() -> None:
    """Debts of customers stay on the debit side; what is theirs, or on its way, on the credit side."""
    assert {
        Book.RECEIVABLES: 1,
        **dict.fromkeys((Book.UNCLEAR, Book.SURPLUS, Book.ON_ITS_WAY, Book.REFUNDS, Book.GRANTED), -1),
    } == rules.FLOORS
    assert {Book.BANK, Book.OPENING} == rules.PER_BANK_ACCOUNT
    apart = {Book.AGENCIES, Book.PROVIDERS, Book.SELLERS, Book.WITH_GUARANTOR}
    assert apart | {Book.BANK, Book.OPENING} == rules.KEPT_APART
