"""When and where: is it the right time for this order, does its address stand in the text, is it still open?"""

from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.folding import compact
from zahlmeister.matching.reading import INSTALMENTS
from zahlmeister.matching.weights import PAID_AFTER, PAID_AFTER_INVOICE, TimeBand, bits, log_ratio

#: No day says more than this, either way: a merchant's month is not every month.
MOST_BITS = 2.5
LEAST_BITS = -3.5


def circumstance_clues(findings: Findings, item: Item) -> tuple[Clue, ...]:
    """The lesser reasons."""
    clues = (_time(findings, item), _place(findings, item), _country(findings, item), _purpose(findings), _closed(item))
    return tuple([clue for clue in clues if clue is not None])


def _time(findings: Findings, item: Item) -> Clue | None:
    """How usual it is to pay so many days after the order, against how many open items are just as old."""
    booked = findings.reading.payment.booked_on
    if booked is None or item.opened_on is None:
        return None
    days = (booked - item.opened_on).days
    band = _band(days, PAID_AFTER_INVOICE if item.payment_kind == "invoice" else PAID_AFTER)
    by_chance = findings.chance.population.share_of_days(booked, band.first, band.last)
    most = MOST_BITS if band.kind == "paid_soon" else 0.0
    weight = min(max(log_ratio(band.true, by_chance), LEAST_BITS), most)
    return Clue(band.kind, weight, (str(-days if days < -1 else days),))


def _band(days: int, bands: tuple[TimeBand, ...]) -> TimeBand:
    for band in bands:
        if band.last is None or days <= band.last:
            return band
    raise AssertionError("The last band has no end.")


def _place(findings: Findings, item: Item) -> Clue | None:
    if not item.postcode:
        return None
    for spelling in findings.reading.spellings:
        if spelling.text == item.postcode:
            return Clue("place", bits("place"), (item.postcode,))
    return None


#: How long the postcodes are where a customer with such an account mostly lives.
_POSTCODES = {"DE": 5, "AT": 4, "CH": 4, "LI": 4}
#: A country says nothing where nearly all customers are of it.
LEAST_TOLD = 0.5


def _country(findings: Findings, item: Item) -> Clue | None:
    """Whether the account is kept where the customer lives, as far as the postcode tells."""
    country = (findings.reading.payment.iban or "")[:2].upper()
    length = _POSTCODES.get(country)
    if length is None or not item.postcode:
        return None
    share = findings.chance.population.share_of_postcodes(length)
    if len(compact(item.postcode)) != length:
        return Clue("account_abroad", bits("account_abroad", share), (country,))
    weight = bits("account_country", share)
    return Clue("account_country", weight, (country,)) if weight > LEAST_TOLD else None


def _purpose(findings: Findings) -> Clue | None:
    purpose = findings.reading.purpose
    if purpose and purpose in INSTALMENTS:
        return Clue("instalment", bits("instalment"), (purpose,))
    return Clue("other_purpose", bits("other_purpose"), (purpose,)) if purpose else None


def _closed(item: Item) -> Clue | None:
    return Clue("closed", bits("closed")) if item.open_minor <= 0 else None
