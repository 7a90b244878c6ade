"""Under which keys an open item is found, and under which a payment looks.

An item writes its keys when it opens (and again when its open amount changes); a payment's keys are looked up for a
whole batch. A key that many items share decides nothing, so that names and postcodes also come joined with the amount.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations, pairwise

from zahlmeister.matching.facts import Item
from zahlmeister.matching.folding import compact, name_words, payer_name, skeleton
from zahlmeister.matching.numbers import (
    LONGEST_WITH_DELETIONS,
    SHORTEST,
    deletions,
    exact_forms,
    forms,
    halves,
)
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import Reading
from zahlmeister.matching.spellings import SOLID, Spelling
from zahlmeister.money.references import corrections
from zahlmeister.values import value

#: The most keys one payment looks up, whatever its text.
MOST_FIRST_KEYS = 20
MOST_FURTHER_KEYS = 45
#: Keys of this kind find an item also when nothing is open on it any more.
LASTING = "number:"
#: So many letters of a name must be left without its umlauts: Wei for Weiß, not M for Mü.
SHORTEST_BARE = 3
_PARTS = re.compile(r"[\s,-]+")


#: What makes a key into the number by which it is looked for.
Digest = Callable[[str], int]


def digests(secret: bytes = b"") -> Digest:
    """What makes keys into stable signed 64-bit integers, odd for lasting keys and even for the others.

    Args:
        secret: at most 64 bytes; whoever has the numbers and not the secret cannot try which keys they were. Numbers
            that stay in memory need none.
    """
    fresh = blake2b(digest_size=8, key=secret)  # setting it up costs as much as hashing a key; a copy is cheap

    def digest(key: str) -> int:
        hashing = fresh.copy()
        hashing.update(key.encode(errors="surrogatepass"))
        number = int.from_bytes(hashing.digest(), "big", signed=True)
        return number | 1 if key.startswith(LASTING) else number & ~1

    return digest


digest = digests()


def item_keys(item: Item) -> set[str]:
    """The keys of an item; about twenty, each a readable text such as `number:100012345`."""
    keys = {f"amount:{item.currency}{item.open_minor}"}
    keys |= _number_keys(item)
    keys |= _person_keys(item)
    keys |= {f"iban:{iban}" for iban in item.ibans}
    keys |= {f"payer:{name}" for name in item.payer_names}
    if item.email:
        keys.add(f"mail:{compact(item.email)}")
    if item.reference:
        keys.add(f"number:{compact(item.reference)}")
    if item.postcode:
        keys.add(f"place:{compact(item.postcode)}:{item.open_minor}")
    return keys


def kept_keys(item: Item) -> set[str]:
    """The keys by which an item is found as it stands: one that is paid by its numbers only."""
    keys = item_keys(item)
    return keys if item.open_minor else {key for key in keys if key.startswith(LASTING)}


def first_keys(reading: Reading) -> tuple[str, ...]:
    """What a payment looks up first: numbers as they are written, the surest first. They decide most payments."""
    found: dict[str, None] = {}
    for spelling in reading.spellings:
        text = spelling.text
        if len(text) >= SHORTEST:
            found[f"number:{text}"] = None
        if text[0] == "0" and len(text.lstrip("0")) >= SHORTEST:
            found[f"number:{text.lstrip('0')}"] = None
        if len(found) >= MOST_FIRST_KEYS:
            break
    return tuple(found)[:MOST_FIRST_KEYS]


def further_keys(reading: Reading, population: Population) -> tuple[str, ...]:
    """What it looks up when those do not decide: names, amounts, accounts, and numbers with a slip in them."""
    payment = reading.payment
    amount = payment.minor
    found = [f"amount:{payment.currency}{amount}"]
    found += [f"iban:{iban}" for iban in reading.ibans[:3]]
    if name := payer_name(payment.payer or ""):
        found.append(f"payer:{name}")
    found += [f"mail:{email}" for email in reading.emails[:2]]
    found += _payer_keys(reading, amount)
    found += [f"number:{text}" for text in _corrected(reading)]
    places = [s.text for s in reading.spellings if s.how == SOLID and 4 <= len(s.text) <= 5][:3]
    found += [f"place:{place}:{amount}" for place in places]
    found += _tail_keys(reading)
    found += _slip_keys(reading, population)
    return tuple(dict.fromkeys(found))[:MOST_FURTHER_KEYS]


def _number_keys(item: Item) -> set[str]:
    form = forms(item.number)
    keys = {f"number:{spelling}" for spelling in exact_forms(item.number)}
    if len(form.core) > LONGEST_WITH_DELETIONS:
        keys |= {f"half:{half}" for half in halves(form.core)}
    elif len(form.core) > SHORTEST:
        keys.add(f"slip:{form.core}")
        keys |= {f"slip:{shorter}" for shorter in deletions(form.core)}
    if form.tail:
        keys.add(f"tail:{form.tail}")
    for parcel in item.tracking_numbers:
        keys |= {f"number:{spelling}" for spelling in exact_forms(parcel)}
    for number in (*item.invoice_numbers, item.customer_number):
        if number:
            keys |= {f"number:{spelling}" for spelling in exact_forms(number)}
            tail = forms(number).tail
            if tail and number != item.customer_number:
                keys.add(f"tail:{tail}")
    return keys


@value(frozen=True, slots=True)
class Person:
    """A customer's names, folded: given names, surnames, and the distinctive words of the firm.

    `bare` are the words of the name that some banks leave without their umlauts, beside the whole: ZTRK for OZTURK.
    """

    given: tuple[str, ...]
    surnames: tuple[str, ...]
    firm: tuple[str, ...]
    bare: tuple[tuple[str, str], ...] = ()


def sibling_keys(item: Item) -> list[str]:
    """Under which keys the other items of the same customer are found."""
    keys = []
    if item.email:
        keys.append(f"mail:{compact(item.email)}")
    if item.customer_number:
        keys.append(f"number:{compact(item.customer_number)}")
    return keys


@lru_cache(maxsize=1 << 16)
def person(name: str | None, company: str | None) -> Person:
    """Take a customer's name apart: `Anna Maria Müller-Weiß` and `Müller-Weiß, Anna Maria` are the same."""
    folded = name or ""
    before, comma, after = folded.partition(",")
    firm = name_words(company or "")
    if comma and name_words(after):
        return Person(name_words(after), name_words(before), firm, _bare(folded))
    *given_words, last = folded.split() or [""]
    while given_words and not name_words(last):
        last = given_words.pop()
    given = tuple(word for part in given_words for word in name_words(part))
    return Person(given, name_words(last), firm, _bare(folded))


def _bare(name: str) -> tuple[tuple[str, str], ...]:
    """The words of a name that have letters beyond ASCII, without these letters and with them."""
    written = [] if name.isascii() else [word for word in _PARTS.split(name) if not word.isascii()]
    pairs = [(name_words(word.encode("ascii", "ignore").decode()), name_words(word)) for word in written]
    return tuple([(bare[0], whole[0]) for bare, whole in pairs if bare and whole and len(bare[0]) >= SHORTEST_BARE])


def _person_keys(item: Item) -> set[str]:
    who = person(item.name, item.company)
    amounts = _amounts(item)
    keys = {f"name:{a} {b}" for a, b in _pairs(who.given[:2], who.surnames[:2])}
    keys |= {f"name:{a} {b}" for a, b in _sorted_pairs(who.firm[:3])}
    if len(who.surnames) == 2 and not who.given:
        keys |= {f"name:{a} {b}" for a, b in _sorted_pairs(who.surnames)}
    for word in (*who.surnames[:2], *who.firm[:2]):
        keys.add(f"word:{word}")
        keys |= {f"word:{word}:{minor}" for minor in amounts}
    for word in who.surnames[:1]:
        keys.add(f"sound:{skeleton(word)}:{item.open_minor}")
    return keys


def _amounts(item: Item) -> set[int]:
    """What people transfer for this item when they do not transfer the open amount."""
    amounts = {item.open_minor}
    if item.shipping_minor:
        amounts.add(item.open_minor - item.shipping_minor)
    if item.discount_minor:
        amounts.add(item.open_minor - item.discount_minor)
    if item.fees_minor:
        amounts.add(item.open_minor + item.fees_minor)
    if item.owed_fees_minor:
        amounts.add(item.open_minor - item.owed_fees_minor)
    return amounts


def _pairs(left: Iterable[str], right: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    return {(a, b) if a <= b else (b, a) for a in left for b in right if a != b}


def _sorted_pairs(words: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    return {(a, b) if a <= b else (b, a) for a, b in combinations(words, 2) if a != b}


def _payer_keys(reading: Reading, amount: int) -> list[str]:
    words = [word for word in reading.payer_words if len(word) > 1][:6]
    keys = [f"name:{a} {b}" for a, b in sorted(_sorted_pairs(tuple(words)))[:10]]
    keys += [f"word:{word}:{amount}" for word in words]
    keys += [f"sound:{skeleton(word)}:{amount}" for word in words[:5] if len(word) > 2]
    keys += [f"word:{word}" for word in words]
    keys += [f"name:{min(a, b)} {max(a, b)}" for a, b in pairwise(reading.words) if a != b][:6]
    return keys


def _corrected(reading: Reading) -> list[str]:
    return [text for reference in reading.references[:2] for text in corrections(reference)][:13]


def _tail_keys(reading: Reading) -> list[str]:
    digits = [s.text.lstrip("0") for s in reading.spellings if s.how == SOLID and s.text.isdigit()]
    return [f"tail:{text}" for text in digits if 3 <= len(text) <= 8][:4]


def _slip_keys(reading: Reading, population: Population) -> list[str]:
    keys: list[str] = []
    for spelling in _suspects(reading, population):
        text = spelling.text
        if len(text) >= LONGEST_WITH_DELETIONS:
            keys += [f"half:{half}" for half in sorted(halves(text))]
        if len(text) <= LONGEST_WITH_DELETIONS + 1:
            keys.append(f"slip:{text}")
            keys += sorted(f"slip:{shorter}" for shorter in deletions(text))
    return keys


def _suspects(reading: Reading, population: Population) -> list[Spelling]:
    """The spellings that may be a number with a slip in it, the likeliest first."""
    lengths = population.number_lengths | population.code_lengths
    suspects = [
        spelling
        for spelling in reading.spellings
        if len(spelling.text) > SHORTEST
        and (not lengths or not lengths.isdisjoint(range(len(spelling.text) - 1, len(spelling.text) + 2)))
    ]
    return sorted(suspects, key=lambda s: not population.looks_like_a_number(s.text))[:4]
