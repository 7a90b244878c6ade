"""CSV exports of online banking: the last resort of a merchant whose bank gives nothing better.

Rows stay in the order of the file. Where a row names another account or currency than the one before, another
statement begins. Where the bank writes a running balance, it is checked, and a statement has its balances from it.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, islice

from zahlmeister.formats.detect import NoStatement
from zahlmeister.formats.encoding import Decoder, Readable, lines
from zahlmeister.formats.records import Balance, Closing, Opening, Problem, Record, Source, Status
from zahlmeister.formats.table_balance import Course, Step, course
from zahlmeister.formats.table_cells import month_stands_first
from zahlmeister.formats.table_entries import Line, Sheet
from zahlmeister.formats.table_guess import likely_table
from zahlmeister.formats.table_preamble import said_above
from zahlmeister.formats.table_profiles import KNOWN_BANKS, PROFILES, recognised
from zahlmeister.formats.table_profiles.profile import Profile, folded
from zahlmeister.formats.table_rows import DELIMITERS, Row, rows, split
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

#: Banks put a title, the account and a balance before the header, and legal notes: 13 lines at most were seen.
HEADER_WITHIN = 40
#: A statement of more rows is handed on as it is read, without balances: nobody exports that many by hand.
MOST_HELD = 20_000


def read_table(stream: Readable, *, name: str, known: Sequence[Profile] = ()) -> Iterator[Record]:
    """The records of a CSV export whose columns we know.

    Args:
        stream: the file.
        name: how it is called in records and sentences.
        known: exports that a person has described; they count before those we know.

    Raises:
        NoStatement: no line is the header of an export we know.
        Unreadable: a row has no amount, no date or not enough columns. What was yielded stays true.
    """
    decoder = Decoder()
    source = lines(stream, decoder, name=name)
    above = list(islice(source, HEADER_WITHIN + 1))
    sheet, at = _sheet(above, name, (*known, *PROFILES))
    body = rows(chain(above[at:], source), sheet.delimiter, first=at + 1)
    yield from _records(sheet, _checked(sheet, _dated(sheet, body)))
    for sentence in (*decoder.doubts, *sheet.passed_over):
        yield Problem(
            Source(name, sheet.profile.name, 0, 0), f"{name}{sentence if sentence[0] == ',' else f': {sentence}'}"
        )


def _sheet(above: Sequence[str], name: str, profiles: Sequence[Profile]) -> tuple[Sheet, int]:
    """The sheet that one of the first lines begins, and how many lines stand above its rows."""
    first = next((place for place, line in enumerate(above) if line.strip(" ;,\t")), 0)
    for place, line in enumerate(above):
        for delimiter in DELIMITERS:
            cells = split(line, delimiter)
            profile = recognised(cells, profiles)
            if profile is not None:
                return _below(above[:place], cells, profile, delimiter, name), place + 1
            shaped = next((each for each in profiles if each.has_shape(cells)), None) if place == first else None
            if shaped is not None:
                return _without_header(shaped, delimiter, name), place
    raise NoStatement(_unknown(above, name))


def _below(above: Sequence[str], cells: list[str], profile: Profile, delimiter: str, name: str) -> Sheet:
    header = [folded(cell) for cell in cells]
    places = profile.places(header)
    filled = max((place for place, cell in enumerate(header, start=1) if cell), default=0)
    width = max(filled, 1 + max(place for several in places.values() for place in several))
    account, currency = said_above([split(line, delimiter) for line in above])
    account = account or profile.account
    return Sheet(name, profile, cells, places, width, delimiter, account, profile.currency_of(header) or currency)


def _without_header(profile: Profile, delimiter: str, name: str) -> Sheet:
    width = len(profile.shape)
    places = {said: (place,) for place, (said, _) in enumerate(profile.shape) if said}
    return Sheet(name, profile, [f"{place}" for place in range(1, width + 1)], places, width, delimiter, None, None)


def _unknown(above: Sequence[str], name: str) -> str:
    looked = likely_table(above)
    named = [each for each in looked.header if each] if looked else []
    if not named:
        return (
            f"{name}: this is no statement of a kind we know. If it is a CSV export, its columns are not known yet; "
            f"ask the online banking for camt.053 or MT940. CSV exports that are read: {KNOWN_BANKS}."
        )
    columns = ", ".join(f"“{each}”" for each in named[:20])
    return (
        f"{name}: this is no statement of a kind we know. If it is a CSV export, its columns are not known yet; "
        f"ask the online banking for camt.053 or MT940. It has the columns {columns}. "
        f"CSV exports that are read: {KNOWN_BANKS}."
    )


def _checked(sheet: Sheet, body: Iterator[Row]) -> Iterator[Row]:
    """The rows, with what the CSV reader says as a sentence of ours."""
    line = 0
    try:
        for row in body:
            line = row.line
            yield row
    except csv.Error as error:
        raise Unreadable(f"{sheet.name}, line {line + 1}: the line is no CSV ({error}).") from None


def _dated(sheet: Sheet, body: Iterator[Row]) -> Iterator[Row]:
    """The rows, after it is clear whether 9/11/2026 is in September or in November."""
    if sheet.profile.month_first is None:
        held = list(islice(body, MOST_HELD))
        first = sheet.places["booked_on"][0]
        days = [row.cells[first] for row in held if first < len(row.cells)]
        sheet.month_first = month_stands_first(days)
        if sheet.month_first is None:
            raise Unreadable(
                f"{sheet.name}: dates such as “{days[0]}” can be read two ways, and no row tells whether the day or "
                "the month stands first; export a whole month."
            )
        return chain(held, body)
    sheet.month_first = sheet.profile.month_first
    return body


def _records(sheet: Sheet, body: Iterator[Row]) -> Iterator[Record]:
    refusals: list[Unreadable] = []
    for statement, group in groupby(_until_refused(sheet.lines(body), refusals), key=lambda line: line.statement):
        yield from _statement(sheet, statement, group, refusals)
    if refusals:
        raise refusals[0]


def _statement(sheet: Sheet, number: int, group: Iterator[Line], refusals: list[Unreadable]) -> Iterator[Record]:
    """One statement; it stays open where a bad row ends it."""
    held = list(islice(group, MOST_HELD))
    more = list(islice(group, 1))
    told = None if more or refusals else _course(sheet, held)
    place, first = Source(sheet.name, sheet.profile.name, number, 0), held[0]
    opening, closing = _balances(held, told, first.currency)
    yield Opening(place, first.account, first.currency, None, None, opening)
    yield from (line.entry for line in chain(held, more, group))
    if told is not None and told.jump is not None:
        why = "the running balance does not follow from the row beside it; rows may be missing."
        yield Problem(place, f"{sheet.name}, line {told.jump}: {why}")
    if not refusals:
        yield Closing(place, closing)


def _until_refused(body: Iterator[Line], refusals: list[Unreadable]) -> Iterator[Line]:
    """The lines before the first bad one; its refusal is kept until they have been handed out."""
    try:
        yield from body
    except Unreadable as refusal:
        refusals.append(refusal)


def _course(sheet: Sheet, held: Sequence[Line]) -> Course | None:
    booked = [line for line in held if line.entry.transactions[0].status is Status.BOOKED]
    if "balance" not in sheet.places or not booked:
        return None
    first, last = booked[0].booked_on, booked[-1].booked_on
    steps = [Step(line.row, line.entry.amount.minor, line.balance.minor if line.balance else None) for line in booked]
    return course(steps, newest_first=None if first == last else first > last)


def _balances(held: Sequence[Line], told: Course | None, currency: str) -> tuple[Balance | None, Balance | None]:
    if told is None:
        return None, None
    days = [line.booked_on for line in held]
    return Balance(Amount(told.opening, currency), min(days)), Balance(Amount(told.closing, currency), max(days))
