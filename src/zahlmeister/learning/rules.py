"""What settled and ignored payments show, and when that is enough to learn from: pure, facts in, findings out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zahlmeister.matching.folding import name_words, payer_name

#: So many payments of one kind are ignored by hand before a rule is proposed.
LEAST_IGNORED = 3
#: A number that so many customers wrote, whose orders it is not, is noise …
NOISE_CUSTOMERS = 8
#: … if it stands in one of so many texts; a word must stand in more, because names recur by chance.
NOISE_NUMBERS_IN = 200
NOISE_WORDS_IN = 25
NOISE_WORD_CUSTOMERS = 20
#: A phrase has at least so many words, or one word of so many letters.
LEAST_WORDS, LONG_WORD = 2, 9
MOST_WORDS = 6


def is_own_name(payer: str, customer: Iterable[str]) -> bool:
    """Whether a payer's name is the customer's own: two words of it agree, or all there are."""
    paid_by = set(name_words(payer[:140]))
    known = {word for name in customer for word in name_words(name)}
    return len(paid_by & known) >= 2 or paid_by <= known


def name_to_learn(payer: str, customer: Iterable[str]) -> str:
    """The payer's name as it is remembered for this customer; empty where there is nothing to remember."""
    return "" if is_own_name(payer, customer) else payer_name(payer)


@dataclass(frozen=True, slots=True)
class Told:
    """The text of a payment that a person assigned: numbers and words in it, those of the order, and whose it was."""

    numbers: frozenset[str]
    words: frozenset[str]
    own: frozenset[str]
    customer: int


@dataclass(frozen=True, slots=True)
class Noise:
    """A number or word that many customers wrote, and how many."""

    text: str
    customers: int


def noise_in(texts: Sequence[Told]) -> list[Noise]:
    """What recurs in the texts over many customers and is nobody's own, the most frequent first."""
    numbers = _written_by((told.customer, told.numbers - told.own) for told in texts)
    words = _written_by((told.customer, told.words - told.own) for told in texts)
    enough = max(NOISE_CUSTOMERS, len(texts) // NOISE_NUMBERS_IN)
    many = max(NOISE_WORD_CUSTOMERS, len(texts) // NOISE_WORDS_IN)
    found = [Noise(text, len(who)) for text, who in numbers.items() if len(who) >= enough]
    found += [Noise(text, len(who)) for text, who in words.items() if len(who) >= many]
    return sorted(found, key=lambda noise: (-noise.customers, noise.text))


def _written_by(texts: Iterable[tuple[int, frozenset[str]]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for customer, parts in texts:
        for part in parts:
            found[part].add(customer)
    return found


@dataclass(frozen=True, slots=True)
class Ignored:
    """A payment that a person has ignored: account, payer as the bank wrote it, folded name, folded text."""

    number: str
    payer: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Recurring:
    """What several payments ignored by hand have in common."""

    kind: str  # account, name, phrase
    value: str
    label: str
    payments: int


def recurring(ignored: Sequence[Ignored], settled: Iterable[str]) -> list[Recurring]:
    """What a rule could be made of: a payer ignored again and again, or a phrase that only ignored texts share.

    Args:
        ignored: payments that a person has ignored, each once.
        settled: folded texts of payments that are for orders; a phrase that stands in one of them is no sign.
    """
    accounts = Counter(one.number for one in ignored if one.number)
    names = Counter(one.name for one in ignored if one.name and not one.number)
    payers = {one.number or one.name: one.payer for one in ignored}
    found = [
        Recurring(kind, value, payers[value], count)
        for kind, counted in (("account", accounts), ("name", names))
        for value, count in counted.items()
        if count >= LEAST_IGNORED
    ]
    known = {one.value for one in found}
    rest = [one.text for one in ignored if (one.number or one.name) not in known]
    return found + _shared_phrases(rest, settled)


def _shared_phrases(texts: Sequence[str], settled: Iterable[str]) -> list[Recurring]:
    """The longest phrases that enough texts share and none that is for an order."""
    counted = Counter(phrase for text in texts for phrase in _phrases(text))
    often = {phrase: count for phrase, count in counted.items() if count >= LEAST_IGNORED}
    if often:
        for text in settled:
            for phrase in _phrases(text) & often.keys():
                del often[phrase]
    longest = [
        phrase
        for phrase, count in often.items()
        if not any(f" {phrase} " in f" {other} " and often[other] == count for other in often if other != phrase)
    ]
    return [Recurring("phrase", phrase, phrase, often[phrase]) for phrase in sorted(longest)]


def _phrases(text: str) -> set[str]:
    """Every run of words without digits that may be a phrase."""
    words = text.split()[:60]
    found = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
            if not words[end - 1].isalpha():
                break
            if end - start >= LEAST_WORDS or len(words[start]) >= LONG_WORD:
                found.add(" ".join(words[start:end]))
    return found


#: How a payment may differ from its order: aspect → kind of clue → what it shows.
SHOWS = {
    "number": {
        **dict.fromkeys(("order_number", "invoice_number", "reference"), "exact"),
        **{
            f"{whose}_number_{how}": "torn"
            for whose in ("order", "invoice")
            for how in ("joined", "look_alike", "abbreviated")
        },
        **dict.fromkeys(("number_slip", "number_swap", "reference_slip"), "slip"),
        **dict.fromkeys(("number_tail", "order_number_other_prefix", "invoice_number_other_prefix"), "short"),
        **dict.fromkeys(("other_number", "other_open_number"), "other"),
    },
    "payer": {
        **dict.fromkeys(("name", "firm"), "customer"),
        **dict.fromkeys(("name_similar", "surname", "firm_part"), "similar"),
        **dict.fromkeys(("name_in_text", "mail", "customer_number"), "named"),
        **dict.fromkeys(("iban", "payer_name"), "known"),
        "other_name": "other",
    },
    "amount": {
        **dict.fromkeys(("amount", "amount_sum"), "exact"),
        **dict.fromkeys(("amount_less", "amount_part", "amount_without_shipping", "amount_swapped"), "less"),
        **dict.fromkeys(("amount_tolerance", "amount_charges", "amount_discount", "amount_with_fees"), "explained"),
        **dict.fromkeys(("amount_own_discount", "amount_rounded"), "less"),
        **dict.fromkeys(("amount_more", "amount_twice"), "more"),
    },
}
#: In this order they are shown; the first that a payment shows counts.
ORDER = {
    "number": ("exact", "torn", "slip", "short", "other", "none"),
    "payer": ("customer", "similar", "named", "known", "other", "none"),
    "amount": ("exact", "explained", "less", "more", "none"),
}


def mix_of(settled: Iterable[Sequence[Mapping[str, object]]]) -> dict[str, dict[str, int]]:
    """How many payments show what, per aspect; each payment comes as the clues of the answer that was right."""
    counts = {aspect: dict.fromkeys(words, 0) for aspect, words in ORDER.items()}
    for clues in settled:
        kinds = [str(clue["kind"]) for clue in clues]
        for aspect, shows in SHOWS.items():
            seen = {shows[kind] for kind in kinds if kind in shows}
            counts[aspect][next((word for word in ORDER[aspect] if word in seen), "none")] += 1
    return counts
