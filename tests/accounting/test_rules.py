"""From our postings to the bookkeeper's bookings: a small month, in both charts, compared to the byte."""

import inspect
from datetime import UTC, date, datetime
from enum import Enum
from itertools import product
from pathlib import Path

import pytest
from tests.formats.datev_reading import balances

from zahlmeister.accounting.rules import (
    CHARTS,
    CLAIMS_BOUGHT,
    DEBTOR,
    About,
    Entry,
    Plan,
    bookings,
    event_names,
    next_debtor,
    usual_accounts,
)
from zahlmeister.formats.datev.header import Header
from zahlmeister.formats.datev.write import booking_file
from zahlmeister.formats.journals.row import balances as together
from zahlmeister.ledger import rules as ledger
from zahlmeister.ledger.rules import Book, Legs, Waiver, money_came_in, money_went_out
from zahlmeister.refusals import Refused

GOLDEN = Path(__file__).parent / "golden"
ANNA = About(voucher="RE-17", order_number="100012345", who="Anna Weber", debtor="10001", due_on=date(2026, 11, 30))
BERND = About(voucher="100012346", order_number="100012346", who="Krause & Söhne KG", debtor="10002")
NOBODY = About(voucher="77", who="Jiří Nowák", receipt=77)


def entry(number: int, legs: Legs, minor: int, about: About, day: int = 19) -> Entry:
    return Entry(
        number, legs.debit, legs.credit, minor, date(2026, 11, day), legs.text, f"fact:{number}",
        legs.about, legs.about, about,
    )  # fmt: skip


def paid_by(about: About, receipt: int) -> About:
    return About(receipt, about.voucher, about.order_number, about.who, about.debtor, about.due_on)


def plan(chart: str, **own: str) -> Plan:
    usual = usual_accounts(chart)
    return Plan({(book, 0): own.get(book.value, number) for book, number in usual.items()})


MONTH = [
    entry(1, money_came_in(7), 11_662, About(receipt=1, voucher="1", who="Anna Weber"), 3),
    entry(2, ledger.PAYMENT_ALLOCATED.open, 11_662, paid_by(ANNA, 1), 3),  # all of it: one booking
    entry(3, ledger.waived(Waiver.DISCOUNT).open, 238, paid_by(ANNA, 1), 3),
    entry(4, money_came_in(7), 6_000, About(receipt=2, voucher="2", who="Bernd Krause"), 4),
    entry(5, ledger.PAYMENT_ALLOCATED.open, 4_990, paid_by(BERND, 2), 4),
    entry(6, ledger.PAYMENT_ALLOCATED.surplus, 10, paid_by(BERND, 2), 4),  # 10.00 stay unclear
    entry(7, ledger.COSTS_OWED.open, 500, ANNA, 10),
    entry(8, ledger.COSTS_NOT_OWED.open, 500, ANNA, 12),
    entry(9, money_came_in(7), 3_333, NOBODY, 14),
    entry(10, ledger.PAYMENT_ALLOCATED.open, 3_333, paid_by(BERND, 77), 16),  # days later: rebooked
    entry(11, ledger.PAYMENT_TAKEN_BACK.open, 3_333, paid_by(BERND, 77), 17),
    entry(12, ledger.REFUND_OF_SURPLUS, 10, BERND, 18),
    entry(13, ledger.REFUND_MADE, 10, BERND, 20),
    entry(14, money_went_out(7), 10, About(receipt=3, voucher="3", who="Krause & Söhne KG"), 20),
    entry(15, ledger.PAYMENT_GOES_BACK, 3_333, NOBODY, 21),  # nobody is known: it stays where it is
    entry(16, ledger.DEBIT_CHARGED, 450, About(), 22),
    entry(17, ledger.KEPT_BY_CARRIER, 600, About(), 23),
    entry(18, ledger.FEES_CHARGED, 2_000, About(), 30),
    entry(19, ledger.TAX_CHARGED, 380, About(), 30),
    entry(20, ledger.ORDER_PLACED, 11_900, ANNA, 2),  # whoever writes the invoice books it
]


def file_of(chart: str) -> bytes:
    header = Header(
        consultant=1001, client=456, year_begins=date(2026, 1, 1), account_length=4,
        made_at=datetime(2026, 12, 1, 8, tzinfo=UTC), chart=chart, currency="EUR",
        first=date(2026, 11, 1), last=date(2026, 11, 30), name="Zahlmeister 2026-11",
    )  # fmt: skip
    return booking_file(header, [row for _number, row in bookings(MONTH, plan(chart))]).content


@pytest.mark.parametrize("chart", ["03", "04"])
def test_a_small_month_to_the_byte(chart: str) -> None:
    assert file_of(chart) == (GOLDEN / f"november-skr{chart}.csv").read_bytes()


@pytest.mark.parametrize("chart", ["03", "04"])
def test_each_account_comes_to_what_our_books_come_to(chart: str) -> None:
    wanted: dict[str, int] = {}
    for each in MONTH[:-1]:
        for book, minor in ((each.debit, each.minor), (each.credit, -each.minor)):
            account = plan(chart).account(book, 0, each.about.debtor)
            wanted[account] = wanted.get(account, 0) + minor
    assert balances(file_of(chart)) == {account: minor for account, minor in wanted.items() if minor}


def test_what_is_assigned_on_its_day_is_one_booking_of_bank_and_debtor() -> None:
    (first, row), (third, discount), *_ = bookings(MONTH, plan("03"))
    assert (first, row.account, row.against, row.is_debit, row.minor, row.voucher) == (
        2, "1200", "10001", True, 11_662, "RE-17",
    )  # fmt: skip
    assert (third, discount.account, discount.against, discount.is_debit) == (3, "10001", "8736", False)


def test_what_is_left_of_a_receipt_waits_on_its_own() -> None:
    rows = dict(bookings(MONTH, plan("03")))
    assert [(rows[n].account, rows[n].against, rows[n].minor) for n in (4, 5, 6)] == [
        ("1200", "1590", 1_000), ("1200", "10002", 4_990), ("1200", "10002", 10),
    ]  # fmt: skip


def test_money_that_waited_is_rebooked_and_never_edited() -> None:
    rows = dict(bookings(MONTH, plan("03")))
    assert (rows[9].account, rows[9].against, rows[9].voucher) == ("1200", "1590", "77")
    assert (rows[10].account, rows[10].against, rows[10].is_debit) == ("10002", "1590", False)


def test_dropped_costs_are_reversed_with_the_same_sides() -> None:
    rows = dict(bookings(MONTH, plan("03")))
    asked, dropped = rows[7], rows[8]
    assert (asked.account, asked.against, asked.is_debit, asked.reverses) == ("10001", "2700", True, False)
    assert (dropped.account, dropped.against, dropped.is_debit, dropped.reverses) == ("10001", "2700", True, True)
    assert (asked.matter, dropped.matter, rows[14].matter) == ("40", "40", "")


def test_an_order_is_booked_only_where_the_merchant_says_an_account() -> None:
    assert 20 not in dict(bookings(MONTH, plan("03")))
    row = dict(bookings(MONTH, plan("03", orders="8400")))[20]
    assert (row.account, row.against, row.is_debit, row.due_on) == ("10001", "8400", True, date(2026, 11, 30))


def legs_of_the_house() -> dict[str, Legs]:
    """Every pair of books that a rule of the ledger can post between, by the name of its rule."""
    made: dict[str, object] = {
        name: rule for name, rule in vars(ledger).items() if isinstance(rule, (Legs, ledger.Pair))
    }
    for name, rule in vars(ledger).items():
        if callable(rule) and not isinstance(rule, type) and rule.__module__ == ledger.__name__:
            kinds = [asked.annotation for asked in inspect.signature(rule).parameters.values()]
            for given in product(*(list(kind) if issubclass(kind, Enum) else [7] for kind in kinds)):
                made[f"{name}{given}"] = rule(*given)
    found = {}
    for name, rule in made.items():
        sides = {"": rule} if isinstance(rule, Legs) else {".open": rule.open, ".surplus": rule.surplus}  # type: ignore[attr-defined]
        found |= {f"{name}{side}": legs for side, legs in sides.items()}
    return found


@pytest.mark.parametrize("chart", CHARTS)
def test_every_rule_of_the_ledger_has_its_accounts_and_its_name(chart: str) -> None:
    """A new rule of the ledger needs rows in `chart.csv` and `event_names.csv`, or the bookkeeper does not get it."""
    usual, names = usual_accounts(chart), event_names()
    assert len(legs_of_the_house()) > 60
    for rule, legs in legs_of_the_house().items():
        for book in (legs.debit, legs.credit):
            assert book in usual, f"{rule} uses {book}: accounting/chart.csv says no account for it."
        assert legs.text in names, f"{rule} posts “{legs.text}”: accounting/event_names.csv has no German name for it."


def test_every_rule_becomes_a_booking_of_the_accounts_that_its_books_have() -> None:
    whole = plan("03", orders="8400", opening="9000")
    for rule, legs in legs_of_the_house().items():
        for about in (ANNA, NOBODY):
            each = entry(1, legs, 700, about)
            wanted: dict[str, int] = {}
            for book, minor in ((legs.debit, 700), (legs.credit, -700)):
                account = whole.account(book, 0, about.debtor)
                wanted[account] = wanted.get(account, 0) + minor
            made = together([row for _number, row in bookings([each], whole)])
            assert made == {account: minor for account, minor in sorted(wanted.items()) if minor}, rule


def test_every_book_has_its_line_in_every_chart() -> None:
    for chart in CHARTS:
        usual = usual_accounts(chart)
        assert set(usual) == set(Book)
        assert {book for book, number in usual.items() if not number} == {Book.ORDERS, Book.OPENING}
        assert all(number in {"", DEBTOR} or number.isdigit() for number in usual.values())


def test_longer_accounts_have_zeros_behind() -> None:
    usual = usual_accounts("04", 6)
    assert (usual[Book.BANK], usual[Book.OPERATOR], usual[Book.ORDERS]) == ("180000", "7000000", "")


def test_debtors_end_where_creditors_begin() -> None:
    assert next_debtor(10_000, 4) == 10_001
    assert next_debtor(69_999, 5) == 70_000
    with pytest.raises(Refused, match="used up"):
        next_debtor(69_999, 4)


def test_a_guarantors_claims_are_cleared_in_every_chart() -> None:
    assert set(CLAIMS_BOUGHT) == set(CHARTS)
    for chart, number in CLAIMS_BOUGHT.items():
        others = {usual for book, usual in usual_accounts(chart).items() if book is not Book.ORDERS}
        assert number.isdigit()
        assert len(number) == 4
        assert number not in others, f"{chart}: {number} is another book's account."


def test_each_side_has_the_account_of_what_it_is_about() -> None:
    """Two banks, and one that has no account of its own."""
    own = Plan({**plan("03").accounts, (Book.BANK, 7): "1201", (Book.BANK, 8): "1202"})

    def sides(legs: Legs) -> tuple[str, str]:
        [(_, row)] = bookings([entry(1, legs, 500, NOBODY)], own)
        return row.account, row.against

    usual = usual_accounts("03")[Book.BANK]
    assert [sides(money_came_in(about))[0] for about in (7, 8, 9)] == ["1201", "1202", usual]
    assert [sides(money_went_out(about))[0] for about in (7, 8, 9)] == ["1201", "1202", usual]


def test_what_is_folded_stays_on_the_bank_that_the_money_came_to() -> None:
    own = Plan({**plan("03").accounts, (Book.BANK, 7): "1201"})
    came = entry(1, money_came_in(7), 500, About(receipt=1))
    assigned = entry(2, ledger.PAYMENT_ALLOCATED.open, 300, paid_by(ANNA, 1))

    assert [(row.account, row.minor) for _, row in bookings([came, assigned], own)] == [("1201", 200), ("1201", 300)]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({}, ""),
        ({(Book.BANK, 0): "9"}, "9"),
        ({(Book.BANK, 7): "8", (Book.BANK, 0): "9"}, "8"),
        ({(Book.UNCLEAR, 0): "5"}, "5"),
        ({(Book.UNCLEAR, 0): "5", (Book.BANK, 0): "9"}, "9"),  # the debit side is asked first
        ({(Book.ORDERS, 0): "5"}, ""),
    ],
)
def test_a_tax_key_is_that_of_one_of_the_sides(keys: dict[tuple[Book, int], str], key: str) -> None:
    assert Plan({}, keys).tax_key(entry(1, money_came_in(7), 500, NOBODY)) == key
