"""Reads DATEV files without the house's writer: what another program would find in them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read: each row by column name, and whether a cell stood in quotes."""

    header: list[str]
    names: list[str]
    rows: list[dict[str, str]]
    bare: list[dict[str, str]]


def read(content: bytes) -> Read:
    """Take the file apart sign by sign; anything that is not as it must be is an AssertionError."""
    assert content.endswith(b"\r\n")
    lines = _lines(content.decode("cp1252"))
    header, names, *rows = lines
    assert all(len(row) == len(names) for row in rows)
    assert not any(cell.startswith('"') for cell in names)
    return Read(
        header=[_open(cell) for cell in header],
        names=names,
        rows=[dict(zip(names, map(_open, row), strict=True)) for row in rows],
        bare=[dict(zip(names, row, strict=True)) for row in rows],
    )


def balances(content: bytes) -> dict[str, int]:
    """Debits less credits of each account, in cents; a reversal takes away from its own side."""
    found: dict[str, int] = {}
    for row in read(content).rows:
        whole, _, cents = row["Umsatz (ohne Soll/Haben-Kz)"].partition(",")
        assert len(cents) == 2
        minor = int(whole) * 100 + int(cents)
        assert minor > 0
        minor = minor if {"S": True, "H": False}[row["Soll/Haben-Kennzeichen"]] else -minor
        minor = -minor if row["Generalumkehr (GU)"] else minor
        for account, signed in ((row["Konto"], minor), (row["Gegenkonto (ohne BU-Schlüssel)"], -minor)):
            found[account] = found.get(account, 0) + signed
    return {account: minor for account, minor in found.items() if minor}


def days(content: bytes) -> list[date]:
    """The voucher's day of each row, with the year that the header's fiscal year gives it."""
    file = read(content)
    begins = _day(file.header[12])
    found = []
    for row in file.rows:
        said = row["Belegdatum"]
        assert len(said) == 4
        in_year = date(begins.year, int(said[2:]), int(said[:2]))
        found.append(in_year if in_year >= begins else in_year.replace(year=begins.year + 1))
    return found


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _lines(text: str) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    cell, is_inside = "", False
    for place, sign in enumerate(text):
        if sign == '"':
            is_inside = not is_inside
            cell += sign
        elif sign == ";" and not is_inside:
            lines[-1].append(cell)
            cell = ""
        elif sign == "\n" and not is_inside:
            assert text[place - 1] == "\r"
            lines[-1].append(cell)
            lines.append([])
            cell = ""
        elif sign != "\r":
            cell += sign
    assert not is_inside
    assert lines.pop() == []
    return lines


def _open(cell: str) -> str:
    if not cell.startswith('"'):
        assert '"' not in cell
        return cell
    assert cell.endswith('"')
    assert len(cell) > 1
    return cell[1:-1].replace('""', '"')
