"""Days of which no file of an account tells anything, found from each file's first and last day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from tests.stage import Stage

from zahlmeister.banking.chain import Stretch
from zahlmeister.banking.models import BankAccount, BankTransaction, Sighting, StatementImport
from zahlmeister.banking.queries import silences_of

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
LONG_AGO = date(2025, 1, 1)


def file(account: BankAccount, days: Iterable[int]) -> None:
    """A file with a movement on each of these days of October; what an earlier one told is the same movement."""
    place = StatementImport.objects.count()
    told = StatementImport.objects.create(
        merchant=account.merchant, name=f"{place}.csv", sha256=f"{place:064}", path="-", created_at=NOON,
        created_by="a test", state="done",
    )  # fmt: skip
    for entry, day in enumerate(days, start=1):
        row, _new = BankTransaction.objects.get_or_create(
            merchant=account.merchant, account=account, booked_on=date(2026, 10, day),
            defaults={
                "first_import": told, "amount_minor": 100, "currency": "EUR", "fingerprint": str(day), "ordinal": 1,
                "entry_minor": 100, "recorded_at": NOON,
            },
        )  # fmt: skip
        Sighting.objects.create(
            merchant=account.merchant, statement_import=told, transaction=row, entry=entry, detail=1
        )


def account_of(stage: Stage) -> BankAccount:
    return BankAccount.objects.create(merchant=stage.merchant, number="DE02120300000000202051", currency="EUR")


HOLE = Stretch(date(2026, 10, 8), date(2026, 10, 18))


def test_between_two_files_is_a_hole_and_within_one_is_none(stage: Stage) -> None:
    account = account_of(stage)
    file(account, (1, 7))
    file(account, (19, 30))
    assert silences_of(account, LONG_AGO) == [HOLE]
    assert silences_of(account, date(2026, 10, 18)) == []


def test_a_file_that_tells_both_sides_again_says_that_nothing_was_between(stage: Stage) -> None:
    account = account_of(stage)
    file(account, (1, 7))
    file(account, (19, 30))
    file(account, (1, 7))
    assert silences_of(account, LONG_AGO) == [HOLE]
    file(account, (7, 19))
    assert silences_of(account, LONG_AGO) == []


def test_files_that_follow_one_another_leave_none(stage: Stage) -> None:
    account = account_of(stage)
    file(account, (1, 7))
    file(account, (7, 8, 20))
    assert silences_of(account, LONG_AGO) == []
