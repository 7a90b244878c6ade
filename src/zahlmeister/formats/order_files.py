"""Orders in whatever file a shop gives them: CSV, a spreadsheet, or JSON; which it is, its first bytes say."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zahlmeister.formats.keepable import without_halves
from zahlmeister.formats.order_columns import NOTHING_TOLD, Meant, check_columns, folded, recognised
from zahlmeister.formats.orders_csv import Line, OrderRow, first_cells, order_of, read_orders
from zahlmeister.formats.sheets import Sheet, read_sheets
from zahlmeister.refusals import Unreadable

#: A file above this is no list of orders that anybody made for us.
MOST_BYTES = 64 << 20
#: Above the header stand at most a title, a date and the like.
HEADER_WITHIN = 40
#: So many rows are looked at before a person has said what the columns mean.
SHOWN = 200
#: Under these names of JSON a list of orders is found.
_LISTS = ("orders", "data", "items", "bestellungen", "auftraege", "results")
#: What stands in here is the other address.
_ELSEWHERE = ("shipping", "delivery", "liefer", "versand")

Told = Callable[[str], None] | None


def read_order_file(
    path: Path, *, name: str | None = None, refused: Told = None, known: Meant = NOTHING_TOLD
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
        yield from _spreadsheet(_content(path, called), called, refused, known.plain())
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        yield from _json(_content(path, called), called, refused, known.plain())
    else:
        yield from read_orders(path, name=called, refused=refused, known=known)


@dataclass(frozen=True, slots=True)
class OrderTable:
    """A file of orders as a person looks at it: its headers and first rows, each as wide as these."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, place: int) -> list[str]:
        """What stands in a column, each text once, in its order."""
        return [text for text in dict.fromkeys(row[place].strip() for row in self.rows) if text]

    def means(self, known: Meant) -> dict[int, str]:
        """What is known of the columns, by place."""
        return {place: column for column, place in recognised(list(self.header), known.plain()).items()}

    def likely(self, known: Meant) -> dict[int, str]:
        """What is known of the columns, and what the others seem to be by what stands in them, for a person to look at.

        Only what is needed most is guessed: a number of its own in each row, one column of amounts, one of days.
        """
        found = self.means(known)
        told = known.plain().columns
        free = [place for place, name in enumerate(self.header) if place not in found and folded(name) not in told]
        for column, seems in _SEEMS.items():
            fitting = [place for place in free if self.column(place) and seems(self, place)]
            if column not in found.values() and (fitting[1:] == [] or column == "number") and fitting:
                found[fitting[0]] = column
                free.remove(fitting[0])
        return found

    def lacks(self, known: Meant) -> bool:
        """Whether nobody knows which column has the number, or which has the amount."""
        return not {"number", "amount"} <= set(self.means(known).values())


def _all(pattern: str) -> Callable[[OrderTable, int], bool]:
    return lambda table, place: all(re.fullmatch(pattern, text) for text in table.column(place))


def _is_number(table: OrderTable, place: int) -> bool:
    written = table.column(place)
    is_short = all(len(text) <= 40 and any(map(str.isdigit, text)) and "@" not in text for text in written)
    return is_short and len(written) == len(table.rows)


#: Column → whether it could stand there, in the order in which it is decided.
_SEEMS: dict[str, Callable[[OrderTable, int], bool]] = {
    "date": _all(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}.*"),
    "amount": _all(r"-?[\d.,’' ]*\d[.,]\d{2}( ?(€|[A-Z]{3}))?"),
    "number": _is_number,
}


def order_table(path: Path, *, name: str | None = None, known: Meant = NOTHING_TOLD) -> OrderTable:
    """The headers and first rows of a file of orders, whether or not they are known.

    In a spreadsheet whose headers nobody knows the widest of the first rows is taken for them.

    Raises:
        Unreadable: it is no table.
    """
    called = name or path.name
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        cells = _first_of_sheets(read_sheets(_content(path, called), name=called), known.plain())
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        cells = _first_of_objects(_objects(_content(path, called), called)[:SHOWN])
    else:
        cells = first_cells(path, called, known, SHOWN)
    if not cells:
        raise Unreadable(f"{called} is empty; a header row and orders are expected.")
    header, width = tuple(cell.strip() for cell in cells[0]), len(cells[0])
    return OrderTable(called, header, tuple((*row, *[""] * width)[:width] for row in cells[1:]))


def _first_of_sheets(sheets: list[Sheet], known: Meant) -> list[list[str]]:
    filled = [sheet for sheet in sheets if sheet.lines]
    for sheet in filled:
        place = _header_in(sheet, known)
        if place is not None:
            return _from(sheet, place)
    first = filled[0] if filled else None
    if first is None:
        return []
    above = range(min(len(first.lines), HEADER_WITHIN))
    return _from(first, max(above, key=lambda place: sum(map(bool, _cells(first, place)))))


def _from(sheet: Sheet, place: int) -> list[list[str]]:
    return [_cells(sheet, at) for at in range(place, min(len(sheet.lines), place + 1 + SHOWN))]


def _first_of_objects(objects: list[dict[str, Any]]) -> list[list[str]]:
    flat = [_flat(data) for data in objects]
    names = list(dict.fromkeys(name for one in flat for name in one))
    return [names, *([one.get(name, "") for name in names] for one in flat)] if names else []


def _content(path: Path, name: str) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"{name} is larger than {MOST_BYTES >> 20} MB; export the open orders alone, or as CSV.")
    return path.read_bytes()


def _spreadsheet(content: bytes, name: str, refused: Told, known: Meant) -> Iterator[OrderRow]:
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
        order = order_of(Line(name, sheet.lines[at][0], names, columns, fields, known.kinds), refused)
        if order is not None:
            yield order


def _header_in(sheet: Sheet, known: Meant) -> int | None:
    for place in range(min(len(sheet.lines), HEADER_WITHIN)):
        if {"number", "amount"} <= recognised(_cells(sheet, place), known).keys():
            return place
    return None


def _cells(sheet: Sheet, place: int) -> list[str]:
    cells = {cell.start: cell.text for cell in sheet.lines[place][1]}
    return [cells.get(column, "") for column in range(max(cells, default=-1) + 1)]


def _json(content: bytes, name: str, refused: Told, known: Meant) -> Iterator[OrderRow]:
    for number, data in enumerate(_objects(content, name), start=1):
        flat = _flat(data)
        names = list(flat)
        columns = recognised(names, known)
        if number == 1:
            check_columns(columns, names, f"{name}, order 1")
        order = order_of(Line(name, number, names, columns, list(flat.values()), known.kinds), refused)
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
    try:
        return without_halves(json.loads(text, parse_float=str, parse_int=str))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


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
