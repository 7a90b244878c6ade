"""Journals of plain-text accounting: beancount and hledger, each booking a transaction of two legs.

Accounts are named by what they are and by the bookkeeper's number, `Assets:Bank:A1200`. Sources: the syntax pages of
beancount 3 and hledger 1; both programs load what is written here in the tests.
"""

import re
from collections.abc import Iterable, Sequence

from zahlmeister.formats.journals.layouts import plain
from zahlmeister.formats.journals.row import BookRow, BookSheet

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_LATIN = str.maketrans("äöüÄÖÜß", "aouAOUs")


def beancount(sheet: BookSheet) -> bytes:
    """The bookings as beancount's journal."""
    names = _names(sheet)
    first = min((row.on for row in sheet.rows), default=sheet.made_at.date())
    head = [
        f'option "title" {_quoted(sheet.owner)}',
        f'option "operating_currency" "{sheet.currency}"',
        "",
        *(f"{first} open {name} {sheet.currency}" for name in sorted(names.values())),
        "",
    ]
    return _text([*head, *(line for row in sheet.rows for line in _beancount(row, sheet, names))])


def hledger(sheet: BookSheet) -> bytes:
    """The bookings as hledger's journal."""
    names = _names(sheet)
    head = [
        f"; {_one_line(sheet.owner)}",
        "decimal-mark .",
        f"commodity 1000.00 {sheet.currency}",
        *(f"account {name}" for name in sorted(names.values())),
        "",
    ]
    return _text([*head, *(line for row in sheet.rows for line in _hledger(row, sheet, names))])


def account_name(number: str, name: str = "", root: str = "Assets") -> str:
    """How both programs call an account: `Assets:Bank:A1200`."""
    said = _NOT_IN_A_NAME.sub("-", name.translate(_LATIN)).strip("-")
    middle = f":{said[:1].upper()}{said[1:]}" if said else ""
    return f"{root}{middle}:A{number}"


def _names(sheet: BookSheet) -> dict[str, str]:
    used = {account for row in sheet.rows for account in (row.account, row.against)}
    return {
        number: account_name(number, sheet.names.get(number, ""), sheet.roots.get(number, "Assets"))
        for number in sorted(used)
    }


def _beancount(row: BookRow, sheet: BookSheet, names: dict[str, str]) -> list[str]:
    facts = {"posting": row.source, "voucher": row.voucher, "order": row.order_number, "id": row.guid}
    return [
        f"{row.on} * {_quoted(row.text)}",
        *(f"  {key}: {_quoted(told)}" for key, told in facts.items() if told),
        *_legs(row, sheet, names),
        "",
    ]


def _hledger(row: BookRow, sheet: BookSheet, names: dict[str, str]) -> list[str]:
    facts = {"posting": row.source, "order": row.order_number, "id": row.guid}
    code = f" ({_one_line(row.voucher).replace(')', ' ')})" if row.voucher else ""
    return [
        f"{row.on} *{code} {_one_line(row.text).replace(';', ',')}",
        *(f"    ; {key}: {_one_line(told).replace(',', ' ')}" for key, told in facts.items() if told),
        *_legs(row, sheet, names),
        "",
    ]


def _legs(row: BookRow, sheet: BookSheet, names: dict[str, str]) -> Sequence[str]:
    amount = plain(row.minor, sheet.currency)
    return (
        f"    {names[row.debited]}  {amount} {sheet.currency}",
        f"    {names[row.credited]}  -{amount} {sheet.currency}",
    )


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
