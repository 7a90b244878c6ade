"""When and where: is it the right time for this order, does its postcode stand in the text, is it still open?"""

from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.reading import INSTALMENTS
from zahlmeister.matching.weights import bits


def circumstance_clues(findings: Findings, item: Item) -> tuple[Clue, ...]:
    """The lesser reasons."""
    clues = (_time(findings, item), _place(findings, item), _purpose(findings), _closed(item))
    return tuple(clue for clue in clues if clue is not None)


def _time(findings: Findings, item: Item) -> Clue | None:
    booked = findings.reading.payment.booked_on
    if booked is None or item.opened_on is None:
        return None
    days = (booked - item.opened_on).days
    if days < -1:
        return Clue("paid_before", bits("paid_before"), (str(-days),))
    if days <= 14:
        return Clue("paid_soon", bits("paid_soon"), (str(max(days, 0)),))
    if days > 120:
        return Clue("paid_very_late", bits("paid_very_late"), (str(days),))
    return Clue("paid_late", bits("paid_late"), (str(days),)) if days > 60 else None


def _place(findings: Findings, item: Item) -> Clue | None:
    if not item.postcode:
        return None
    for spelling in findings.reading.spellings:
        if spelling.text == item.postcode:
            return Clue("place", bits("place"), (item.postcode,))
    return None


def _purpose(findings: Findings) -> Clue | None:
    purpose = findings.reading.purpose
    if purpose and purpose in INSTALMENTS:
        return Clue("instalment", bits("instalment"), (purpose,))
    return Clue("other_purpose", bits("other_purpose"), (purpose,)) if purpose else None


def _closed(item: Item) -> Clue | None:
    return Clue("closed", bits("closed")) if item.open_minor <= 0 else None
