"""Says what is wrong with a DATEV booking batch: written from DATEV's rules as published, and from nothing of ours.

It shares no code and no table with the writer: the columns are known here by their place and kind only.
"""

import re
from datetime import date

#: What each of the 125 columns holds: T text, N decimal, I whole number, B flag, D date; and how long it may be.
_KINDS = """
N12.2 T1 T3 N10.6 N12.2 T3 I9 I9 T4 D4 T36 T12 N10.2 T60 B1 T9
I3 I2 B1 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210
T20 T210 T20 T210 T8 T8 N11.2 T15 N4.2 T1 I3 I3 I1 I2 I3 T20
T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20
T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20 T210 T20
T210 T20 T210 T20 T210 T20 T210 I8 N10 I2 T10 D4 D8 I1 T30 T2
I2 T2 I3 N4.2 I9 T2 T36 D8 T35 B1 T76 I4 T11 T20 D8 T30
I2 B1 D8 D8 D8 T1 N4.2 T2 T30 I1 T15 N4.2 I9
"""
KINDS = tuple(_KINDS.split())
REQUIRED = {1: "amount", 2: "side", 7: "account", 8: "contra account", 10: "day"}
#: Texts that stand there bare in DATEV's own files, and flags that are quoted in some.
EITHER = {16, 17, 19, 44, 108, 118}
WIDTHS = {("21", "13"): 125, ("21", "9"): 120}
VOUCHER = re.compile(r"[A-Za-z0-9$&%*+\-/]{0,36}")
HEADER = {
    1: r'"EXTF"', 2: "700", 3: "21", 4: '"Buchungsstapel"', 5: "9|13", 6: r"\d{17}", 7: "", 8: r'"\w{0,2}"',
    9: r'"[^"]{0,25}"', 10: r'"[^"]{0,25}"', 11: r"[1-9]\d{3,6}", 12: r"[1-9]\d{0,4}", 13: r"\d{8}", 14: "[4-8]",
    15: r"\d{8}", 16: r"\d{8}", 17: r'"[\w.\-/ ]{0,30}"', 18: r'"([A-Z]{2})?"', 19: "1|2", 20: "0|30|40|50|64",
    21: "0|1", 22: '"[A-Z]{3}"', 23: "", 24: '""', 25: "", 26: "", 27: '"(03|04)?"', 28: "", 29: "", 30: '""',
    31: r'"[^"]{0,16}"',
}  # fmt: skip


def faults(content: bytes) -> list[str]:
    """Every rule that the file breaks, each with its line; an empty list is a file that DATEV takes."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        return [f"not Windows-1252: {error}"]
    if not text.endswith("\r\n") or "\n" in text.replace("\r\n", ""):
        return ["lines do not end with CR LF"]
    head, names, *lines = [_cells(line) for line in text[:-2].split("\r\n")]
    found = _header(head)
    if found:
        return found
    width = WIDTHS[head[2], head[4]]
    if len(names) != width or any(name.startswith('"') for name in names):
        found.append(f"line 2: {len(names)} names instead of {width}")
    if not 0 < len(lines) < 100_000:
        found.append(f"{len(lines)} bookings")
    for number, cells in enumerate(lines, start=3):
        found += [f"line {number}: {fault}" for fault in _row(cells, head, width)]
    if len({cells[102] for cells in lines if len(cells) == width and cells[102] != '""'}) not in {0, len(lines)}:
        found.append("a GUID comes twice")
    return found


def _header(head: list[str]) -> list[str]:
    if len(head) != 31:
        return [f"line 1: {len(head)} fields instead of 31"]
    found = [
        f"line 1, {place}: {head[place - 1]}"
        for place, rule in HEADER.items()
        if not re.fullmatch(rule, head[place - 1])
    ]
    if found:
        return found
    begins, first, last = (_day(head[place]) for place in (12, 14, 15))
    ends = date(begins.year + 1, begins.month, begins.day)
    return [] if begins <= first <= last < ends else ["line 1: the days are not within one fiscal year"]


def _row(cells: list[str], head: list[str], width: int) -> list[str]:
    if len(cells) != width:
        return [f"{len(cells)} cells instead of {width}"]
    found = [f"no {what}" for place, what in REQUIRED.items() if cells[place - 1] in {"", '""'}]
    for place, (kind, cell) in enumerate(zip(KINDS, cells, strict=False), start=1):
        if not _fits(kind, cell, is_loose=place in EITHER):
            found.append(f"column {place}: {cell} is no {kind}")
    return found or _meaning(cells, head)


def _meaning(cells: list[str], head: list[str]) -> list[str]:
    """What a row says, once each cell is what it should be."""
    length = int(head[13])
    begins, first, last = (_day(head[place]) for place in (12, 14, 15))
    rules = (
        (not re.fullmatch(r"0+,00", cells[0]), "the amount is nothing"),
        (cells[1] in {'"S"', '"H"'}, "the side is neither S nor H"),
        (cells[6] != cells[7], "both accounts are one"),
        (all(_is_account(cell, length) for cell in cells[6:8]), "an account has too many digits"),
        (first <= _in_year(cells[9], begins) <= last, "the day is outside the batch"),
        (VOUCHER.fullmatch(cells[10][1:-1]), "the voucher has other signs"),
        (cells[113] in {"0", "1"}, "it does not say whether it is locked"),
        (cells[113] == head[20], "it is locked otherwise than the batch"),
        (not cells[19].strip('"') or re.fullmatch(r'"BEDI ""[0-9a-f-]{36}"""', cells[19]), "the link is none"),
        (cells[3] not in {"0", "0,000000"}, "the rate is zero"),
        (all((cells[kind] == '""') == (cells[kind + 1] == '""') for kind in (*range(20, 36, 2), *range(47, 87, 2))),
         "a kind of information without its content"),
    )  # fmt: skip
    return [said for is_kept, said in rules if not is_kept]


def _fits(kind: str, cell: str, *, is_loose: bool) -> bool:
    limit = kind[1:].partition(".")[0]
    if not cell:
        return kind[0] != "T" or is_loose
    if cell.startswith('"'):
        inner = cell[1:-1].replace('""', '"')
        return (kind[0] == "T" or is_loose) and (not limit or len(inner) <= int(limit)) and inner.isprintable()
    whole, _, places = kind[1:].partition(".")
    return bool(
        {
            "N": re.fullmatch(rf"\d{{1,{int(whole) - int(places or 0)}}}(,\d{{{places or 0}}})?", cell),
            "I": re.fullmatch(rf"\d{{1,{whole}}}", cell),
            "B": cell in {"0", "1"},
            "D": cell.isdigit() and len(cell) == int(whole),
            "T": is_loose,
        }[kind[0]]
    )


def _is_account(cell: str, length: int) -> bool:
    return cell.isdigit() and cell[0] != "0" and len(cell) <= length + 1


def _in_year(cell: str, begins: date) -> date:
    day, month = int(cell[:2]), int(cell[2:])
    return date(begins.year + ((month, day) < (begins.month, begins.day)), month, day)


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _cells(line: str) -> list[str]:
    return re.findall(r'(?:^|(?<=;))("(?:[^"]|"")*"|[^;"]*)(?=;|$)', line)
