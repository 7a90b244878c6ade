"""The sandbox bank's own books: one file that survives whoever is killed, and counts what was really paid."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.movements import MerchantAccount, Movement, as_text, from_text

_TABLES = """
CREATE TABLE IF NOT EXISTS clock (today TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    iban TEXT PRIMARY KEY, owner TEXT, bic TEXT, bank TEXT, currency TEXT, opening_minor INTEGER);
CREATE TABLE IF NOT EXISTS file (message_id TEXT PRIMARY KEY, format TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fate (
    iban TEXT PRIMARY KEY, holder TEXT, rejects TEXT, rejects_instant TEXT, returns TEXT, after_days INTEGER);
CREATE TABLE IF NOT EXISTS task (
    number INTEGER PRIMARY KEY, kind TEXT, message_id TEXT, group_id TEXT, end_to_end_id TEXT, account TEXT,
    iban TEXT, name TEXT, minor INTEGER, currency TEXT, text TEXT, reference TEXT, mandate_id TEXT,
    creditor_id TEXT, is_instant INTEGER, is_batch INTEGER, due_on TEXT, executed_on TEXT, rejected TEXT,
    returned_on TEXT, return_reason TEXT);
CREATE TABLE IF NOT EXISTS arrival (
    number INTEGER PRIMARY KEY, account TEXT, booked_on TEXT, minor INTEGER, movement TEXT);
CREATE INDEX IF NOT EXISTS task_by_id ON task (end_to_end_id);
CREATE INDEX IF NOT EXISTS task_by_file ON task (message_id);
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to money that goes to an account, or is collected from it.

    Args:
        holder: whose account it is; verification of payee compares with this name, None is a bank that cannot.
        rejects: the reason for which our order is rejected at once, such as AC01.
        rejects_instant: the same for instant orders only, such as AB08.
        returns: the reason for which the money comes back after it was booked, such as AC04 or MD06.
        after_days: banking days until then.
    """

    holder: str | None = None
    rejects: str | None = None
    rejects_instant: str | None = None
    returns: str | None = None
    after_days: int = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One order or collection as the bank keeps it; `minor` is positive, days are ISO texts."""

    kind: str  # transfer, debit
    message_id: str
    group_id: str
    end_to_end_id: str
    account: str  # of our customer
    iban: str  # of the other side
    name: str
    minor: int
    currency: str
    text: str | None = None
    reference: str | None = None
    mandate_id: str | None = None
    creditor_id: str | None = None
    is_instant: bool = False
    is_batch: bool = False  # to be booked in one sum with the others of its group
    due_on: str = ""
    executed_on: str | None = None
    rejected: str | None = None
    returned_on: str | None = None
    return_reason: str | None = None

    @property
    def amount(self) -> Amount:
        return Amount(self.minor, self.currency)

    @property
    def signed(self) -> Amount:
        """As it moves our customer's account: transfers take, collections bring."""
        return -self.amount if self.kind == "transfer" else self.amount


_COLUMNS = ", ".join(field.name for field in fields(Task))
_MARKS = ", ".join("?" for _ in fields(Task))


class BankBooks:
    """The tables of the bank. Each change is a transaction; several processes may use one file."""

    def __init__(self, path: Path | None, today: date) -> None:
        """Open the books, or begin them on that day; without path they live as long as the object."""
        self._rows = sqlite3.connect(path or ":memory:", timeout=60, isolation_level=None)
        with self.change():
            for statement in _TABLES.split(";"):
                self._rows.execute(statement)
            if not self._rows.execute("SELECT count(*) FROM clock").fetchone()[0]:
                self._rows.execute("INSERT INTO clock VALUES (?)", (today.isoformat(),))

    @contextmanager
    def change(self) -> Iterator[None]:
        """All or nothing of what is written inside, also when the process dies."""
        self._rows.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._rows.execute("ROLLBACK")
            raise
        self._rows.execute("COMMIT")

    @property
    def today(self) -> date:
        return date.fromisoformat(self._rows.execute("SELECT today FROM clock").fetchone()[0])

    def set_today(self, day: date) -> None:
        self._rows.execute("UPDATE clock SET today = ?", (day.isoformat(),))

    def open_account(self, account: MerchantAccount, opening_minor: int) -> None:
        values = (account.iban, account.owner, account.bic, account.bank, account.currency, opening_minor)
        self._rows.execute("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?)", values)

    def account(self, iban: str) -> tuple[MerchantAccount, int] | None:
        """An account of our customer and its opening balance in minor units."""
        row = self._rows.execute(
            "SELECT owner, iban, bic, bank, currency, opening_minor FROM account WHERE iban = ?", (iban,)
        ).fetchone()
        return (MerchantAccount(*row[:5]), row[5]) if row else None

    def set_fate(self, iban: str, fate: Fate) -> None:
        self._rows.execute("INSERT OR REPLACE INTO fate VALUES (?, ?, ?, ?, ?, ?)", (iban, *astuple(fate)))

    def fate(self, iban: str) -> Fate:
        row = self._rows.execute(
            "SELECT holder, rejects, rejects_instant, returns, after_days FROM fate WHERE iban = ?", (iban,)
        ).fetchone()
        return Fate(*row) if row else Fate()

    def keep_file(self, message_id: str, form: str) -> bool:
        """Keep that a file came; False when one with its id came before."""
        kept = self._rows.execute("INSERT OR IGNORE INTO file VALUES (?, ?)", (message_id, form))
        return kept.rowcount == 1

    def format_of(self, message_id: str) -> str | None:
        row = self._rows.execute("SELECT format FROM file WHERE message_id = ?", (message_id,)).fetchone()
        return str(row[0]) if row else None

    def add(self, task: Task) -> None:
        insert = f"INSERT INTO task ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - names of our own fields
        self._rows.execute(insert, astuple(task))

    def tasks(self, where: str = "1", *values: str) -> list[tuple[int, Task]]:
        """Tasks with their numbers, in the order they came; `where` is a condition in SQL, written by ourselves."""
        select = f"SELECT number, {_COLUMNS} FROM task WHERE {where} ORDER BY number"  # noqa: S608 - never from outside
        rows = self._rows.execute(select, values)
        return [(row[0], Task(*row[1:])) for row in rows]

    def execute(self, number: int, on: date, returned_on: date | None, reason: str | None) -> None:
        back = returned_on.isoformat() if returned_on else None
        self._rows.execute(
            "UPDATE task SET executed_on = ?, returned_on = ?, return_reason = ? WHERE number = ?",
            (on.isoformat(), back, reason, number),
        )

    def reject(self, number: int, reason: str) -> None:
        self._rows.execute("UPDATE task SET rejected = ? WHERE number = ?", (reason, number))

    def balance(self, iban: str) -> int:
        """What is on the account now, in minor units."""
        known = self.account(iban)
        assert known is not None
        today = self.today.isoformat()
        moved = self._rows.execute(
            "SELECT coalesce(sum((CASE kind WHEN 'transfer' THEN -minor ELSE minor END)"
            " * (CASE WHEN returned_on <= ? THEN 0 ELSE 1 END)), 0)"
            " FROM task WHERE account = ? AND executed_on IS NOT NULL",
            (today, iban),
        ).fetchone()[0]
        arrived = self._rows.execute(
            "SELECT coalesce(sum(minor), 0) FROM arrival WHERE account = ? AND booked_on <= ?", (iban, today)
        ).fetchone()[0]
        return known[1] + int(moved) + int(arrived)

    def add_arrival(self, account: str, movement: Movement) -> None:
        values = (account, movement.booked_on.isoformat(), movement.amount.minor, as_text(movement))
        self._rows.execute("INSERT INTO arrival (account, booked_on, minor, movement) VALUES (?, ?, ?, ?)", values)

    def arrivals(self, account: str) -> list[Movement]:
        """What others did on the account, also what is still to come, in the order it was told."""
        rows = self._rows.execute("SELECT movement FROM arrival WHERE account = ? ORDER BY number", (account,))
        return [from_text(row[0]) for row in rows]

    def paid(self) -> Counter[str]:
        """How often each end-to-end id was executed, returned ones included."""
        rows = self._rows.execute(
            "SELECT end_to_end_id, count(*) FROM task WHERE executed_on IS NOT NULL GROUP BY end_to_end_id"
        )
        return Counter(dict(rows.fetchall()))
