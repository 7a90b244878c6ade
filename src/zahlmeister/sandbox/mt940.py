"""The sandbox's statements as MT940 with the German `?` sub-fields, cut and wrapped the way banks do it.

Purpose text is cut into 27 characters without regard to words, names into two such parts, and the whole
`:86:` is then wrapped hard at 65 characters, even inside a sub-field key.
Source: DK, Finanzdatenformate, and real files.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.movements import Movement, Statement

PURPOSE_KEYS = (*(f"{number}" for number in range(20, 30)), "60", "61", "62", "63")
PART = 27  # characters of a sub-field
LINE = 65  # characters of a line
PRIMANOTA = "9310"


def write_mt940(
    path: Path, statements: Iterable[Statement], *, has_references: bool = True, encoding: str = "cp1252"
) -> None:
    """Write the statements as one MT940 file, in the order given.

    `has_references` writes the bank's own reference into `:61:`; about half of the German banks leave it out.
    """
    with path.open("w", encoding=encoding, newline="") as file:
        for statement in statements:
            file.writelines(f"{line}\r\n" for line in _lines(statement, has_references=has_references))


def _lines(statement: Statement, *, has_references: bool) -> Iterator[str]:
    account = statement.account
    yield ":20:STARTUMS"
    yield f":25:{account.iban[4:12]}/{account.iban[12:]}"
    yield f":28C:{statement.number:05d}/001"
    yield f":60F:{_balance(statement.opening, statement.opened_on)}"
    for movement in statement.movements:
        yield from _movement(movement, has_reference=has_references)
    yield f":62F:{_balance(statement.closing, statement.on)}"
    yield "-"


def _movement(movement: Movement, *, has_reference: bool) -> Iterator[str]:
    day, amount = movement.booked_on, movement.amount
    reference = f"NONREF//{movement.bank_reference}" if has_reference else "NONREF"
    marks = f"{_mark(amount)}{amount.currency[-1]}"
    yield f":61:{day:%y%m%d%m%d}{marks}{_comma(amount)}{movement.booking.swift}{reference}"
    if movement.original_amount is not None and movement.charges is not None:
        original, charges = movement.original_amount, movement.charges
        yield f"/OCMT/{original.currency}{_comma(original)}//CHGS/{charges.currency}{_comma(charges)}/"
    yield from _wrapped(f":86:{''.join(_sub_fields(movement))}")


def _sub_fields(movement: Movement) -> Iterator[str]:
    booking = movement.booking
    yield f"{booking.code}?00{booking.text}?10{PRIMANOTA}"
    parts = [part for text in _tagged(movement) for part in _cut(text)]
    yield from (f"?{key}{part}" for key, part in zip(PURPOSE_KEYS, parts, strict=False))
    if movement.bic:
        yield f"?30{movement.bic}"
    if movement.iban:
        yield f"?31{movement.iban}"
    names = _cut(movement.counterparty or "")
    yield from (f"?{key}{name}" for key, name in zip(("32", "33"), names, strict=False))
    yield f"?34{booking.key}"


def _tagged(movement: Movement) -> Iterator[str]:
    """The SEPA keys in the order of the DK; each starts a sub-field and is absent without a value."""
    values = {
        "EREF": movement.end_to_end_id,
        "MREF": movement.mandate_id,
        "CRED": movement.creditor_id,
        "SVWZ": movement.remittance or movement.creditor_reference,
        "ABWA": movement.ultimate_party,
    }
    return (f"{key}+{value}" for key, value in values.items() if value)


def _cut(text: str) -> list[str]:
    return [text[start : start + PART] for start in range(0, len(text), PART)]


def _wrapped(field: str) -> Iterator[str]:
    """Lines of at most 65 characters; none may begin with `:` or `-`, ending the field."""
    start = 0
    while start < len(field):
        end = start + LINE
        while field[end : end + 1] in {":", "-"}:
            end -= 1
        yield field[start:end]
        start = end


def _balance(amount: Amount, on: date) -> str:
    return f"{_mark(amount)}{on:%y%m%d}{amount.currency}{_comma(amount)}"


def _mark(amount: Amount) -> str:
    return "D" if amount.minor < 0 else "C"


def _comma(amount: Amount) -> str:
    return abs(amount).text().replace(".", ",")
