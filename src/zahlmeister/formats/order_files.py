"""Orders in whatever file a shop gives them: CSV, a spreadsheet, or JSON; which it is, its first bytes say."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zahlmeister.formats.orders_csv import Line, OrderRow, check_columns, folded, order_of, read_orders, recognised
from zahlmeister.formats.sheets import Sheet, read_sheets
from zahlmeister.refusals import Unreadable

#: A file above this is no list of orders that anybody made for us.
MOST_BYTES = 64 << 20
#: Above the header stand at most a title, a date and the like.
HEADER_WITHIN = 40
#: Under these names of JSON a list of orders is found.
_LISTS = ("orders", "data", "items", "bestellungen", "auftraege", "results")
#: What stands in here is the other address.
_ELSEWHERE = ("shipping", "delivery", "liefer", "versand")

Told = Callable[[str], None] | None


def read_order_file(
    path: Path, *, name: str | None = None, refused: Told = None, known: Mapping[str, str] | None = None
) -> Iterator[OrderRow]:
    """The orders of a file, in its order; see `orders_csv.read_orders` for the columns and what is told to `refused`.

    In a spreadsheet the first sheet counts whose header is known; `line` is its row. In JSON an order is an object of
    a list, which may be the value of “orders”, “data” or the like, or one object per line; names are recognised like
    headers, also inside of objects such as “billing”. `line` is the number of the order then.

    Raises:
        Unreadable: one sentence with file, line, column and why. The orders yielded before stay true.
    """
    called = name or path.name
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _spreadsheet(_content(path, called), called, refused, folded(known))
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        yield from _json(_content(path, called), called, refused, folded(known))
    else:
        yield from read_orders(path, name=called, refused=refused, known=known)


def _content(path: Path, name: str) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"{name} is larger than {MOST_BYTES >> 20} MB; export the open orders alone, or as CSV.")
    return path.read_bytes()


def _spreadsheet(content: bytes, name: str, refused: Told, known: Mapping[str, str]) -> Iterator[OrderRow]:
    sheets = read_sheets(content, name=name)
    found = next(((sheet, place) for sheet in sheets if (place := _header_in(sheet, known)) is not None), None)
    if found is None:
        first = next((sheet for sheet in sheets if sheet.lines), None)
        if first is None:
            raise Unreadable(f"{name} is empty; a header row and orders are expected.")
        number, names = first.lines[0][0], _cells(first, 0)
        check_columns(recognised(names, known), names, f"{name}, line {number}")
        return
    sheet, place = found
    names = _cells(sheet, place)
    columns = recognised(names, known)
    for at in range(place + 1, len(sheet.lines)):
        fields = _cells(sheet, at)[: len(names)]
        order = order_of(Line(name, sheet.lines[at][0], names, columns, fields), refused)
        if order is not None:
            yield order


def _header_in(sheet: Sheet, known: Mapping[str, str]) -> int | None:
    for place in range(min(len(sheet.lines), HEADER_WITHIN)):
        if {"number", "amount"} <= recognised(_cells(sheet, place), known).keys():
            return place
    return None


def _cells(sheet: Sheet, place: int) -> list[str]:
    cells = {cell.start: cell.text for cell in sheet.lines[place][1]}
    return [cells.get(column, "") for column in range(max(cells, default=-1) + 1)]


def _json(content: bytes, name: str, refused: Told, known: Mapping[str, str]) -> Iterator[OrderRow]:
    for number, data in enumerate(_objects(content, name), start=1):
        flat = _flat(data)
        names = list(flat)
        columns = recognised(names, known)
        if number == 1:
            check_columns(columns, names, f"{name}, order 1")
        order = order_of(Line(name, number, names, columns, list(flat.values())), refused)
        if order is not None:
            yield order


def _objects(content: bytes, name: str) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is no UTF-8, as JSON has to be.") from error
    try:
        data = _parsed(text)
    except ValueError:
        data = _lines(text, name)
    if isinstance(data, dict):
        data = next((data[key] for key in _LISTS if isinstance(data.get(key), list)), [data])
    if not all(isinstance(one, dict) for one in data):
        raise Unreadable(f"{name} is JSON, but no list of orders: a list of objects is expected, one for each order.")
    return list(data)


def _lines(text: str, name: str) -> list[Any]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found += [_parsed(line)] if line.strip() else []
        except ValueError as error:
            raise Unreadable(f"{name}, line {number}: this is no JSON ({error}).") from error
    return found


def _parsed(text: str) -> Any:
    """Numbers stay as they are written."""
    return json.loads(text, parse_float=str, parse_int=str)


def _flat(data: Mapping[str, Any]) -> dict[str, str]:
    """Names and texts of an order; what stands in inner objects comes behind, the address of delivery not at all."""
    found = {key: _written(value) for key, value in data.items() if not isinstance(value, dict)}
    for key, value in data.items():
        if isinstance(value, dict) and not any(word in key.lower() for word in _ELSEWHERE):
            for inner, text in _flat(value).items():
                found.setdefault(inner, text)
    return found


def _written(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(one for one in value if isinstance(one, str))
    return "" if value is None or isinstance(value, bool) else str(value)
