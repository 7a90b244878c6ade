"""The books: a posting comes once, is never unbalanced, and no account is overdrawn that must not be."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.post import Booking, PostedDifferently, post
from zahlmeister.ledger.queries import balance, differences, lines
from zahlmeister.ledger.rules import ORDER_PLACED, PAYMENT_ALLOCATED, Book, Legs, money_came_in
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount

AT = datetime(2026, 11, 20, tzinfo=UTC)
DAY = date(2026, 11, 20)


def booking(legs: Legs, minor: int, source: str, currency: str = "EUR") -> Booking:
    return Booking(legs, Amount(minor, currency), source, DAY)


def test_a_posting_moves_two_balances(merchant: Merchant) -> None:
    assert post(merchant.pk, [booking(ORDER_PLACED, 2498, "item:1")], at=AT) == 1
    assert balance(merchant.pk, Book.RECEIVABLES, "EUR").minor == 2498
    assert balance(merchant.pk, Book.ORDERS, "EUR").minor == -2498
    assert balance(merchant.pk, Book.ORDERS, "CHF").minor == 0


def test_the_same_source_again_is_posted_once(merchant: Merchant) -> None:
    one = booking(ORDER_PLACED, 2498, "item:1")
    assert post(merchant.pk, [one, one], at=AT) == 1
    assert post(merchant.pk, [one], at=AT) == 0
    assert Posting.objects.count() == 1


def test_the_same_source_with_other_content_is_refused(merchant: Merchant) -> None:
    post(merchant.pk, [booking(ORDER_PLACED, 2498, "item:1")], at=AT)
    with pytest.raises(PostedDifferently, match="item:1"):
        post(merchant.pk, [booking(ORDER_PLACED, 2499, "item:1")], at=AT)


def test_two_merchants_may_use_the_same_source(merchant: Merchant) -> None:
    other = Merchant.objects.create(name="Andere", slug="andere")
    for each in (merchant, other):
        assert post(each.pk, [booking(ORDER_PLACED, 2498, "item:1")], at=AT) == 1


@pytest.mark.parametrize("minor", [0, -5])
def test_nothing_and_less_cannot_be_posted(merchant: Merchant, minor: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        post(merchant.pk, [booking(ORDER_PLACED, minor, "item:1")], at=AT)


def test_more_than_came_in_cannot_be_allocated(merchant: Merchant) -> None:
    post(merchant.pk, [booking(ORDER_PLACED, 5000, "item:1"), booking(money_came_in(7), 100, "transaction:1")], at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        post(merchant.pk, [booking(PAYMENT_ALLOCATED.open, 101, "allocation:1")], at=AT)
    assert differences(merchant.pk) == []


def test_currencies_are_kept_apart(merchant: Merchant) -> None:
    post(merchant.pk, [booking(ORDER_PLACED, 1, "a:1"), booking(ORDER_PLACED, 2, "a:2", "CHF")], at=AT)
    assert Account.objects.filter(merchant=merchant).count() == 4


def test_a_forged_balance_is_named(merchant: Merchant) -> None:
    post(merchant.pk, [booking(ORDER_PLACED, 2498, "item:1")], at=AT)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET balance_minor = 9999 WHERE book = 'receivables'")
    [difference] = differences(merchant.pk)
    assert (difference.cached.minor, difference.derived.minor) == (9999, 2498)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_minor = 0",
        "UPDATE ledger_posting SET credit_id = debit_id",
        "UPDATE ledger_account SET balance_minor = -1 WHERE book = 'receivables'",
    ],
)
def test_the_database_itself_refuses(merchant: Merchant, statement: str) -> None:
    post(merchant.pk, [booking(ORDER_PLACED, 2498, "item:1")], at=AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_subjects_postings_are_found_by_it(merchant: Merchant) -> None:
    bookings = [booking(ORDER_PLACED, 1, "item:1"), booking(ORDER_PLACED, 2, "item:1:changed:5")]
    post(merchant.pk, [*bookings, booking(ORDER_PLACED, 3, "item:11")], at=AT)
    assert [line.amount.minor for line in lines(merchant.pk, ["item:1"])] == [1, 2]
