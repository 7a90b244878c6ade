"""Who pays: the customer, somebody of the same name, a firm, or somebody unknown?"""

from operator import attrgetter

from rapidfuzz.distance import OSA

from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.folding import compact, payer_name, words
from zahlmeister.matching.keys import Person, person
from zahlmeister.matching.numbers import forms
from zahlmeister.matching.weights import LEARNED_NAME, bits

#: What a further sign adds at least when one alone already tells the customer; it cannot tell which of his orders.
SECOND_SIGN = 2.0
#: How much likelier a name agrees by chance when the payer carries two: a couple may pay for either of them.
OF_TWO = 2
#: So many words of a couple's name are their given names.
COUPLE = 2
#: How much rarer a name is for each further word of it that agrees.
FURTHER_WORD = 8


def identity_clues(findings: Findings, item: Item) -> tuple[Clue, ...]:
    """The signs that the payer is the customer, the strongest in full; or that he is not."""
    name, signs = _name(findings, item), _marks(findings, item)
    if name is not None:
        signs.insert(0, name)
    for_it = sorted([sign for sign in signs if sign.weight > 0], key=_weight, reverse=True)
    against = [sign for sign in signs if sign.weight < 0]
    if not for_it:
        return tuple(against)
    first, *others = for_it
    if first.kind in {"name", "firm"} and not others and _has_another_account(findings, item):
        return (first, Clue("other_account", bits("other_account")))
    left = max(bits("name", findings.chance.of_customer()) - first.weight, SECOND_SIGN)
    return (first, *[Clue(sign.kind, min(sign.weight, left / len(others)), sign.facts) for sign in others])


_weight = attrgetter("weight")


def _has_another_account(findings: Findings, item: Item) -> bool:
    """Whether the customer is known to pay from another account than this payer of his name."""
    return bool(item.ibans and findings.reading.payment.iban)


def _marks(findings: Findings, item: Item) -> list[Clue]:
    chance, reading = findings.chance, findings.reading
    found = []
    if item.ibans and not set(item.ibans).isdisjoint(reading.ibans):
        found.append(Clue("iban", bits("iban", chance.of_key(f"iban:{reading.ibans[0]}"))))
    if item.email and reading.emails and compact(item.email) in reading.emails:
        found.append(Clue("mail", bits("mail", chance.of_key(f"mail:{compact(item.email)}")), (item.email,)))
    if item.customer_number and (sign := _customer_number(findings, item.customer_number)):
        found.append(sign)
    return found


def _customer_number(findings: Findings, number: str) -> Clue | None:
    """The customer's number, called so, or standing alone; behind “Bestellung” or another prefix it is another's."""
    spelling = findings.spelling_of(number)
    if spelling is None:
        return None
    label, before = findings.label_before(spelling), findings.prefix_before(spelling)
    prefix = forms(number).prefix
    is_prefixed = bool(prefix) and (spelling.text == compact(number) or before.endswith(prefix))
    chance = findings.chance.of_key(f"number:{compact(number)}")
    if is_prefixed or label == "customer":
        return Clue("customer_number", bits("customer_number", chance), (number,))
    if findings.is_prefix_of_orders(before):
        return None
    level = "customer_number_as_order" if label in {"order", "invoice"} else "customer_number"
    return Clue("customer_number", bits(level, max(chance, findings.chance.of_bare_digits(spelling.text))), (number,))


def _name(findings: Findings, item: Item) -> Clue | None:
    who = person(item.name, item.company)
    payer = findings.reading.payer_words
    if not (who.given or who.surnames or who.firm):
        return None
    found = _named(findings, who, payer) or _named_in_text(findings, who) or _learned(findings, item)
    if found is not None:
        return found
    if not payer or is_carrier(payer):
        return None
    return Clue("other_name", bits("other_name"), (findings.reading.payment.payer or "",))


_CARRIERS = words("DHL DPD HERMES GLS UPS POST POSTBANK FEDEX")


def is_carrier(payer: tuple[str, ...]) -> bool:
    """Carriers collect for others: their name says nothing."""
    return bool(payer) and payer[0] in _CARRIERS


def _named(findings: Findings, who: Person, payer: tuple[str, ...]) -> Clue | None:
    firm = _firm(findings, who, payer) if who.firm else None
    human = _person(findings, who, payer)
    if firm is None or human is None:
        return firm or human
    return human if human.weight > firm.weight else firm


def _person(findings: Findings, who: Person, payer: tuple[str, ...]) -> Clue | None:
    payer = _with_lost_letters(who, payer)
    given = next((word for word in who.given if word in payer), None)
    surname = next((word for word in who.surnames if word in payer), None)
    if surname is not None and given is not None:
        chance = findings.chance.of_name(given, surname)
        if _is_perhaps_another(findings, who, payer, (given, surname)):
            return Clue("name_similar", bits("name_similar", min(3 * chance, 1)), (f"{given} {surname}", surname))
        if [word for word in who.given if len(word) > 1 and word not in payer]:
            return Clue("name", bits("name_in_part", min(2 * chance, 1)), (f"{given} {surname}",))
        known = (*who.given, *who.surnames)
        further = sum([word in payer for word in known]) - 2
        if [word for word in payer if len(word) > 1 and word not in known]:
            chance = min(chance * OF_TWO, 1)
        return Clue("name", bits("name", chance / FURTHER_WORD ** min(further, 2)), (f"{given} {surname}",))
    if given is not None:
        return _similar_surname(findings, who, payer, given) or _couple(findings, who, payer, given)
    if surname is not None:
        return _surname_only(findings, who, payer, surname)
    return None


def _with_lost_letters(who: Person, payer: tuple[str, ...]) -> tuple[str, ...]:
    """The payer's words, those of the customer's name as he writes them although the bank could not: M?LLER, ZTRK."""
    is_marked = "?" in "".join(payer)
    if not who.bare and not is_marked:
        return payer
    bare, known = dict(who.bare), (*who.given, *who.surnames)
    return tuple([bare.get(word) or (_behind_marks(word, known) if is_marked else word) for word in payer])


def _behind_marks(written: str, known: tuple[str, ...]) -> str:
    """The word of a name that was written with marks for letters; what was written if it is none of these."""
    return next((word for word in known if is_similar(written, word)), written) if "?" in written else written


def _is_perhaps_another(findings: Findings, who: Person, payer: tuple[str, ...], agreeing: tuple[str, str]) -> bool:
    """Whether given name and surname agree, and yet the payer may be somebody else of nearly this name.

    Called by the second given name; Luca-Klaus for Luca-Martin; a surname that the bank's line width may have cut;
    half of a double surname.
    """
    given, surname = agreeing
    if given != who.given[0] or _is_other_double_name(findings, who, payer, agreeing):
        return True
    if findings.reading.payer_is_cut and surname == payer[-1] and findings.chance.population.goes_on(surname):
        return True
    further = [word for word in who.given[1:] if word not in payer and len(word) > 1]
    if not further:
        return False
    known = {*who.given, *who.surnames, *who.firm}
    return any(len(word) > 1 and word not in known for word in payer)


def _is_other_double_name(findings: Findings, who: Person, payer: tuple[str, ...], agreeing: tuple[str, str]) -> bool:
    """Whether one has a double surname of which the other has only a part: Gerber and Gerber-Horvat."""
    if len(who.surnames) > 1 and not set(payer).issuperset(who.surnames):
        return not findings.reading.payer_is_cut
    doubles = [_with_lost_letters(who, parts) for parts in findings.reading.payer_doubles]
    if not doubles:
        return False
    known = {*who.surnames, *who.given}
    return any(not known.issuperset(parts) and not set(agreeing).isdisjoint(parts) for parts in doubles)


def _similar_surname(findings: Findings, who: Person, payer: tuple[str, ...], given: str) -> Clue | None:
    for surname in who.surnames:
        for word in payer:
            is_cut = _is_cut_off(findings, payer, word, surname)
            if word != given and (is_cut or is_similar(word, surname)):
                as_written = 0 if is_cut else findings.chance.of_name(given, word)
                chance = max(3 * findings.chance.of_name(given, surname), as_written)
                return Clue("name_similar", bits("name_similar", min(chance, 1)), (f"{given} {surname}", word))
    return None


def _couple(findings: Findings, who: Person, payer: tuple[str, ...], given: str) -> Clue | None:
    """A couple whose surname the bank's line width left out, or all but its first letter."""
    names = [word for word in payer if len(word) > 1]
    is_couple = len(names) <= COUPLE and findings.reading.payer_is_cut and findings.reading.payer_is_couple
    if not is_couple or any(len(word) == 1 and who.surnames and word != who.surnames[0][0] for word in payer[-1:]):
        return None
    chance = findings.chance.of_word_anywhere(given)
    return Clue("name_similar", bits("surname", min(chance, 1)), (f"{given} {' '.join(who.surnames)}", " ".join(payer)))


def _is_cut_off(findings: Findings, payer: tuple[str, ...], word: str, surname: str) -> bool:
    """Whether the bank's line width ended the name within this word."""
    return findings.reading.payer_is_cut and word == payer[-1] and len(word) > 1 and surname.startswith(word)


def _surname_only(findings: Findings, who: Person, payer: tuple[str, ...], surname: str) -> Clue | None:
    if who.firm and findings.reading.payer_is_firm:
        return None  # another firm of the same family name
    chance = findings.chance.of_word(surname) * (4 if findings.reading.payer_is_firm else 1)
    for given in who.given:
        others = [word for word in payer if word != surname]
        if any(len(word) == 1 and given.startswith(word) for word in others):
            return Clue("name_similar", bits("surname", chance / 8), (f"{given} {surname}", surname))
        if any(is_similar(word, given) and not _may_be_spouse(word, given) for word in others):
            return Clue("name_similar", bits("name_similar", chance / 60), (f"{given} {surname}", surname))
    weight = bits("surname", chance)
    return Clue("surname", weight, (surname,)) if weight > 0 else None


def _may_be_spouse(a: str, b: str) -> bool:
    """Martin and Martina, Christian and Christiane: similar, and another person."""
    shorter, longer = sorted((a, b), key=len)
    return longer.startswith(shorter) or a[:-1] == b[:-1] or len(shorter) < 5


def _firm(findings: Findings, who: Person, payer: tuple[str, ...]) -> Clue | None:
    words = list(dict.fromkeys(word for word in who.firm if len(word) > 1))
    if not words:
        return None
    present = [word for word in words if any(_is_same_or_cut(findings, payer, other, word) for other in payer)]
    if not present:
        return None
    is_part = len(present) >= 2 and all(any(_is_same_or_cut(findings, payer, w, word) for word in words) for w in payer)
    if len(present) * 2 <= len(words) and not is_part:
        return Clue("firm_part", _weight_of_part(findings, present), (" ".join(present),))
    chance = findings.chance
    likely = min(chance.of_word(word) for word in present)
    if len(present) >= 2:
        likely = min(likely, chance.of_name(present[0], present[1]))
    elif any(word not in words for word in payer):
        likely *= 4  # Groß GmbH is not Schröder-Groß AG
    weight = bits("firm", min(likely, 1))
    return Clue("firm", weight, (" ".join(present),)) if weight > 0 else None


def _weight_of_part(findings: Findings, present: list[str]) -> float:
    """What a part of a firm's name says: with another firm little, in a person's name as much as it is rare.

    Wintershuber Metallbau GmbH is paid by Michael Wintershuber. A word may be a given name too, which no key counts.
    """
    if findings.reading.payer_is_firm:
        return bits("firm_part")
    chance = findings.chance
    likely = min([max(chance.of_word(word), chance.of_word_anywhere(word)) for word in present])
    return max(bits("surname", min(likely, 1)), bits("firm_part"))


def _learned(findings: Findings, item: Item) -> Clue | None:
    """Another name, of which a person has said before that it pays for this customer."""
    payer = findings.reading.payment.payer or ""
    if not item.payer_names or payer_name(payer) not in item.payer_names:
        return None
    first, *further = payer_name(payer).split()
    chance = findings.chance.of_name(first, further[0]) if further else findings.chance.of_word(first)
    return Clue("payer_name", bits("payer_name", max(chance, LEARNED_NAME)), (payer,))


def _is_same_or_cut(findings: Findings, payer: tuple[str, ...], written: str, word: str) -> bool:
    return written == word or is_similar(word, written) or _is_cut_off(findings, payer, written, word)


def _named_in_text(findings: Findings, who: Person) -> Clue | None:
    words, packed = findings.reading.words, findings.reading.packed
    if not words:
        return None
    firm = list(dict.fromkeys(who.firm))
    if len(firm) >= 2 and (set(firm).issubset(words) or "".join(firm) in packed):
        chance = findings.chance.of_name(firm[0], firm[1]) / 2
        return Clue("name_in_text", bits("name_in_text", chance), (" ".join(firm),))
    for given in who.given[:2]:
        for surname in who.surnames[:2]:
            is_there = given in words and any(word == surname or is_similar(word, surname) for word in words)
            if is_there or (len(given) + len(surname) >= 9 and f"{given}{surname}" in packed):
                chance = findings.chance.of_name(given, surname) / 2
                return Clue("name_in_text", bits("name_in_text", chance), (f"{given} {surname}",))
    return None


def is_similar(written: str, word: str) -> bool:
    """Whether a word of a name may be the other with a slip, cut off, or with letters the bank could not write."""
    if len(word) < 4 or len(written) < 3:
        return False
    unknown = written.count("?")
    if unknown:
        return OSA.distance(written, word, score_cutoff=unknown + 1) <= unknown + (len(word) > 7)
    if len(written) >= 5 and word.startswith(written) and len(word) <= len(written) + 2:
        return True
    if len(word) < 5:
        return False
    allowed = 1 if len(word) < 9 else 2
    return written[0] == word[0] and OSA.distance(written, word, score_cutoff=allowed) <= allowed
