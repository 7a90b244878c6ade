"""What in a text may be a number of ours: as it stands, put together, or without what is glued to it."""

import re
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import compact
from zahlmeister.matching.numbers import LOOK_ALIKES, SHORTEST
from zahlmeister.matching.population import Population
from zahlmeister.money.references import LENGTHS, is_creditor_reference

MOST_SPELLINGS = 48
MOST_TOKENS = 400
MOST_ATOMS = 200

SOLID, JOINED, LOOK_ALIKE, ABBREVIATED = "solid", "joined", "look_alike", "abbreviated"


class Spelling(NamedTuple):
    """Something in the text that may be a number, where it stands, and how it was read."""

    text: str
    start: int
    end: int
    how: str


_TOKEN = re.compile(r"[A-Z0-9]+")
_TOKEN_WITH_DIGIT = re.compile(r"[A-Z]*\d[A-Z0-9]*")
_DIGITS = re.compile(r"\d+")
#: Words that people glue to a number; whatever follows is the number.
_LABEL = re.compile(
    r"(?:(?:IHRE?|MEINE?|VOM|FUER|FUR|ZU|ZUR)?"
    r"(?:BESTELLUNG(?:S?NUMMER|SNR|NR)?|BESTELLNUMMER|BESTELLNR|BESTNR|BEST|AUFTRAG(?:SNUMMER|SNR|NR)?|"
    r"RECHNUNG(?:SNUMMER|SNR|NR)?|RECHN|RGNR|RENR|RG|ORDER(?:NO|ID|NR|NUMBER)?|KUNDENNUMMER|KUNDENNR|KDNR|KD|"
    r"REFERENZ|REF|VORKASSE|ZAHLUNG|INVOICE|NUMMER|NR|NO))+"
)
#: … and behind it.
_THANKS = re.compile(r"(?:VORKASSE|VIELENDANK|VIELEN|DANKE|DANK|BITTE|VOM|MFG|DATUM)$")
#: Digits behind these words are no number of ours.
_OTHER_LABEL = re.compile(
    r"(?<![A-Z])(?:PLZ|TEL|TELEFON|FON|MOBIL|HANDY|FAX|ARTIKEL|ARTIKELNR|ARTNR|ART|KASSENZEICHEN|KTO|KONTO|BLZ|STEUERNR|STNR|"
    r"STEUERNUMMER|VERTRAG|ZAEHLER|HAUSNR|UHR|GROESSE|GR)[ .:-]{0,3}(?:NR[ .:]{0,2})?$"
)
_GAP = re.compile(r" ?[-/.:_#'*]? ?")


def spellings(text: str, population: Population) -> tuple[Spelling, ...]:
    """Everything in the text that may be a number, the surest first."""
    lengths = population.lengths_of_codes
    found = islice((_TOKEN if lengths else _TOKEN_WITH_DIGIT).finditer(text), MOST_TOKENS)
    tokens = [Token(match[0], *match.span()) for match in found]
    solid: list[Spelling] = []
    atoms: list[Token] = []
    for token in tokens:
        if token.text.isdigit():
            atoms.append(token)
        elif not token.text.isalpha():
            solid += _mixed(token, population)
            atoms += [
                Token(run[0], token.start + run.start(), token.start + run.end())
                for run in _DIGITS.finditer(token.text)
            ]
        elif lengths:
            solid += [s for s in _unlabelled(*token) if len(s.text) in lengths]
    atoms = [atom for atom in atoms[:MOST_ATOMS] if not _OTHER_LABEL.search(text, max(atom.start - 24, 0), atom.start)]
    whole = [Spelling(*atom, SOLID) for atom in atoms if len(atom.text) >= 3]
    joined = _joined(text, atoms, population) if len(atoms) > 1 else []
    if mended := _mended(tokens):
        rest = [atom for atom in atoms if not any(m.start <= atom.start < m.end for m in mended)]
        joined += _joined(text, sorted((*rest, *mended), key=attrgetter("start")), population)
    if lengths:
        joined += _joined_codes(text, tokens, lengths)
    return tuple(dict.fromkeys(_interleaved(whole, solid, joined)))


class Token(NamedTuple):
    """Letters and digits without a gap, and where they stand."""

    text: str
    start: int
    end: int


def _mended(tokens: list[Token]) -> list[Token]:
    """Parts of numbers with O for 0 or l for 1, as in `2O26-1O-4711`, with digits for the letters."""
    mixed = [token for token in tokens if not token.text.isdigit() and not token.text.isalpha()]
    read = [(token, token.text.translate(LOOK_ALIKES)) for token in mixed]
    return [
        Token(digits, token.start, token.end)
        for token, digits in read
        if digits.isdigit() and sum(map(str.isdigit, token.text)) * 2 >= len(digits)
    ]


def _interleaved(whole: list[Spelling], solid: list[Spelling], joined: list[Spelling]) -> list[Spelling]:
    """Long texts are cut: the first of each kind survive."""
    third = MOST_SPELLINGS // 3
    if max(len(whole), len(solid), len(joined)) <= third:
        return whole + solid + joined
    first = whole[:third] + solid[:third] + joined[:third]
    return first + whole[third:] + joined[third:] + solid[third:]


def _mixed(token: Token, population: Population) -> list[Spelling]:
    """A token of letters and digits: as it is, without a glued label, and with look-alike letters as digits."""
    found = _unlabelled(*token)
    for spelling in tuple(found):
        for prefix in ("", *population.prefixes):
            if spelling.text.startswith(prefix) and (digits := _read_as_digits(spelling.text[len(prefix) :])):
                found.append(Spelling(digits, spelling.start + len(prefix), token.end, LOOK_ALIKE))
    return found


def _read_as_digits(text: str) -> str:
    """Digits and letters that look like digits, read as such; empty where it is not half digits, or nothing else."""
    digits = text.translate(LOOK_ALIKES)
    is_likely = digits.isdigit() and sum(map(str.isdigit, text)) * 2 >= len(digits) > SHORTEST
    return digits if is_likely and digits != text else ""


def _unlabelled(token: str, start: int, end: int) -> list[Spelling]:
    """A token as it is, and without a label glued before it."""
    found = [Spelling(token, start, end, SOLID)] if len(token) <= 40 else []
    label, thanks = _LABEL.match(token), _THANKS.search(token)
    begin, stop = label.end() if label else 0, thanks.start() if thanks else len(token)
    if (label or thanks) and stop - begin >= SHORTEST:
        found.append(Spelling(token[begin:stop], start + begin, start + stop, SOLID))
    if label:
        found += [Spelling(token[-n:], end - n, end, SOLID) for n in LENGTHS if _is_behind_label(token, len(token) - n)]
    if token.startswith("RF") and is_creditor_reference(token) and len(inner := token[4:].lstrip("0")) >= SHORTEST:
        found.append(Spelling(inner, end - len(inner), end, SOLID))
    return found


def _is_behind_label(token: str, before: int) -> bool:
    """Whether one of our references begins there; with K, as KD for Kunde does, which would be taken for a label."""
    return before > 0 and token[before] == "K" and _LABEL.fullmatch(token, 0, before) is not None


def _joined(text: str, atoms: list[Token], population: Population) -> list[Spelling]:
    """Digits that stand side by side, put together: `2026-10-4711`, `100 012 345`, a number cut by the line end."""
    found: list[Spelling] = []
    for i, (first, start, _) in enumerate(atoms[:80]):
        digits, count = first, 1
        for (_, _, before), (following, begin, end) in zip(atoms[i:], atoms[i + 1 :], strict=False):
            if count == 1 and not _goes_on(text, end):
                found += _abbreviated(text, first, (before, following, begin, end))
            if begin == before or not _GAP.fullmatch(text, before, begin):
                break
            digits += following
            count += 1
            if len(digits) > 27 or count > 14:
                break
            if population.may_be_length(len(digits.lstrip("0"))):
                found.append(Spelling(digits, start, end, JOINED))
        if len(found) > MOST_SPELLINGS:
            break
    return found


_DIGIT_NEXT = re.compile(r"[ -]?\d")


def _goes_on(text: str, end: int) -> bool:
    """Whether more digits follow at once, so that these are only a piece of a number."""
    return _DIGIT_NEXT.match(text, end) is not None


_AND = re.compile(r" ?(?:[/,+&;]|U\.?|UND|-)+ ?")


def _abbreviated(text: str, first: str, then: tuple[int, str, int, int]) -> list[Spelling]:
    """`100012345/46` names 100012346 as well."""
    before, following, begin, end = then
    is_short = len(following) <= min(4, len(first) - 2) and not text[end : end + 1].isalpha()
    if not is_short or not _AND.fullmatch(text, before, begin):
        return []
    return [Spelling(first[: -len(following)] + following, begin, end, ABBREVIATED)]


def _joined_codes(text: str, tokens: list[Token], lengths: frozenset[int]) -> list[Spelling]:
    """Codes of letters and digits that were torn apart: `QUW XB`."""
    longest = max(lengths, default=0)
    found = []
    for i, (first, start, middle) in enumerate(map(_behind_label, tokens[:60])):
        code, before = first, middle
        for token, begin, end in tokens[i + 1 : i + max((longest + 1) // 2, 4)]:
            code += token
            if len(code) > longest or not _GAP.fullmatch(text, before, begin):
                break
            before = end
            if len(code) in lengths:
                found.append(Spelling(code, start, end, JOINED))
    return found


def _behind_label(token: Token) -> Token:
    """A token without the label that is glued before it, if anything is left then: `BESTNRKMT` is `KMT`."""
    label = _LABEL.match(token.text)
    if label is None or label.end() == len(token.text):
        return token
    begin = label.end() - 2 * label[0].endswith("KD")  # which may be how a reference of ours begins
    return Token(token.text[begin:], token.start + begin, token.end)


def structured(payment: Payment) -> tuple[Spelling, ...]:
    """What stands in the fields made for references counts as a whole, never in parts."""
    found = []
    for field in (payment.creditor_reference, payment.end_to_end_id):
        whole = compact(field or "")[:40]
        if len(whole) < SHORTEST or whole.startswith("NOTPROVIDED"):
            continue
        found.append(Spelling(whole, -1, -1, SOLID))
        if whole.startswith("RF") and whole[2:4].isdigit():
            found.append(Spelling(whole[4:].lstrip("0"), -1, -1, SOLID))
        elif len(whole) in {26, 27} and whole.isdigit():
            found.append(Spelling(whole[:-1].lstrip("0"), -1, -1, SOLID))
        elif label := _LABEL.match(whole):
            found.append(Spelling(whole[label.end() :], -1, -1, SOLID))
    return tuple(spelling for spelling in found if len(spelling.text) >= SHORTEST)
