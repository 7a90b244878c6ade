"""What a payment says: its numbers, names and references, whatever the banks on the way did to the text."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import compact, fold, is_firm, name_words, squeeze, words
from zahlmeister.matching.numbers import LOOK_ALIKES, SHORTEST
from zahlmeister.matching.population import Population

#: Nobody writes more than this on purpose; what follows is kept as raw text but not read for numbers.
LONGEST_TEXT = 2_000
MOST_SPELLINGS = 48

SOLID, JOINED, LOOK_ALIKE, ABBREVIATED = "solid", "joined", "look_alike", "abbreviated"


class Spelling(NamedTuple):
    """Something in the text that may be a number, where it stands, and how it was read."""

    text: str
    start: int
    end: int
    how: str


@dataclass(frozen=True)
class Reading:
    """A payment, read. Everything is folded to capital ASCII letters; the payment keeps the raw text.

    What a payment that names its order is not asked for is read when somebody asks.
    """

    payment: Payment
    text: str
    spellings: tuple[Spelling, ...]
    words: tuple[str, ...]
    packed: str  # the letters of the text alone, squeezed, for names torn apart
    payer_words: tuple[str, ...]
    ibans: tuple[str, ...]
    references: tuple[str, ...]
    purpose: str | None  # a word such as MIETE that says the money is for something else

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """Mail addresses in the text, letters and digits alone."""
        return _emails(self.text)

    @cached_property
    def payer_doubles(self) -> tuple[tuple[str, ...], ...]:
        """The parts of the payer's names with a hyphen."""
        payer = self.payment.payer or ""
        return _doubles(payer) if "-" in payer else ()

    @property
    def payer_is_firm(self) -> bool:
        """Whether the payer carries a legal form."""
        return is_firm(self.payment.payer or "")

    @property
    def payer_is_cut(self) -> bool:
        """Whether the payer's name is just as long as a bank's line."""
        return len(self.payment.payer or "") in _WIDTHS


def read(payment: Payment, population: Population) -> Reading:
    """Read a payment; `population` tells which shapes of numbers this merchant uses."""
    tight, loose = _raw_texts(payment)
    text, payers, ibans = _cut(fold(tight))
    if payment.ultimate_payer:
        payers = (payment.ultimate_payer, *payers)
    spellings = _spellings(text, population)
    if loose != tight:
        spellings = (*spellings, *_elsewhere(_spellings(_cut(fold(loose))[0], population), spellings))
    if payment.end_to_end_id or payment.creditor_reference:
        spellings = (*_structured(payment), *spellings)
    return Reading(
        payment=payment,
        text=text,
        spellings=spellings[:MOST_SPELLINGS],
        words=_words(text),
        packed=squeeze(text.translate(_NO_LETTER)),
        payer_words=_payer_words(payment.payer or "", payers),
        ibans=((payment.iban,) if payment.iban else ()) + ibans,
        references=_references(payment, spellings),
        purpose=match[0] if (match := _OTHER_PURPOSE.search(text)) else None,
    )


_OTHER_PURPOSE = re.compile(
    r"\b(?:(?:KALT|WARM|LADEN)?MIETE|NEBENKOSTEN|KAUTION|PACHT|LOHN|GEHALT|PRIVATEINLAGE|EINLAGE|DARLEHEN|"
    r"SPENDE|TASCHENGELD|UNTERHALT|STEUERERSTATTUNG|RATE|TEILZAHLUNG|TEILBETRAG|ANZAHLUNG|ABSCHLAG|RESTZAHLUNG)\b"
)
#: Of these words, those that speak of a part of the amount.
INSTALMENTS = words("RATE TEILZAHLUNG TEILBETRAG ANZAHLUNG ABSCHLAG RESTZAHLUNG")


#: Everything but capital letters and what stands for a broken one; a folded text has nothing beyond ASCII.
_NO_LETTER = dict.fromkeys(code for code in range(128) if not (chr(code).isupper() or chr(code) == "?"))
#: Where banks cut names and lines.
_WIDTHS = frozenset({25, 26, 27, 34, 35, 53, 54, 69, 70})
_LINE = 24


def _raw_texts(payment: Payment) -> tuple[str, str]:
    """The text with its pieces put together as they were cut, and with a blank where a cut parts two digits.

    A piece as long as the longest was cut by the bank's line width, in the middle of a word if need be; a shorter
    one ended by itself, or with a blank that is lost.
    """
    pieces = payment.remittance_pieces
    if len(pieces) < 2:
        text = (pieces[0] if pieces else payment.remittance or "")[:LONGEST_TEXT]
        return text, text
    width = max(map(len, pieces))
    if width < _LINE:
        joined = " ".join(pieces)[:LONGEST_TEXT]
        return joined, joined
    tight = loose = ""
    for piece, following in zip_longest(pieces, pieces[1:], fillvalue=""):
        end = "" if len(piece) == width else " "
        tight += piece + end
        loose += piece + (" " if piece[-1:].isdigit() and following[:1].isdigit() else end)
    return tight[:LONGEST_TEXT], loose[:LONGEST_TEXT]


#: Positions in the second variant of a text, so that they never overlap those of the first.
SECOND = 1_000_000


def _elsewhere(others: tuple[Spelling, ...], known: tuple[Spelling, ...]) -> list[Spelling]:
    """What the second variant of the text says that the first does not; it counts as put together."""
    texts = {spelling.text for spelling in known}
    return [
        Spelling(other.text, other.start + SECOND, other.end + SECOND, JOINED)
        for other in others
        if other.text not in texts
    ]


_SEPA_KEY = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|PURP|SVWZ|ABWA|ABWE|SQTP|ORCR|ORMR|DDAT|COAM|OAMT|IBAN|BIC|MDAT) ?[+:] ?"
)
#: What stands behind these keys is no text of the payer.
_NOT_TEXT = words("MREF CRED DEBT PURP SQTP ORCR ORMR DDAT COAM OAMT BIC MDAT ABWE")
_NOISE = re.compile(
    r"DATUM ?\d\d ?\. ?\d\d ?\. ?\d[\d ]{3,4}, ?\d\d ?[.:] ?\d\d ?(?:U ?H ?R)?"
    r"|\d? ?\.? ?T ?A ?N ?:? ?\d ?\d ?\d ?\d ?\d(?: ?\d){0,2}(?!\d)"
    r"|MTLG:"
    r"|\*?AWV-?MELDEPFLICHT.{0,60}"
    r"|REMITTANCEINFORMATION:|MANDATEREFERENCE:[^ ]*|CREDITORID:[^ ]*|NOTPROVIDED|NONREF"
    r"|(?<![\d.])\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?![\d.])"  # a date
    r"|(?<![\d.,])\d{1,3}(?:[.']?\d{3})?[,.]\d\d(?= ?(?:EUR|CHF|EURO)\b)"  # an amount with its currency
    r"|(?:EUR|CHF) ?\d{1,3}(?:[.']?\d{3})?,\d\d(?![\d.,])"
    r"|(?<![\d.,/-])\d{1,4},\d\d(?![\d.,/-])"  # an amount alone
)
#: Without any of this there is no noise: a quick look spares most texts the long one.
_MAYBE_NOISE = re.compile(r"[.,]\d|T ?A ?N ?:? ?\d|DATUM|:|AWV|NOTPROVIDED|NONREF")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")


def _cut(folded: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The text of the payer without keys and noise, further payer names, and account numbers named in it."""
    payers: tuple[str, ...] = ()
    if "+" in folded or ":" in folded:
        parts = _SEPA_KEY.split(folded)
        if len(parts) > 1:
            folded, payers = _without_keys(parts)
    ibans: tuple[str, ...] = ()
    if _IBAN.search(folded):
        found = [match[0] for match in _IBAN.finditer(folded)]
        ibans = tuple(compact(number) for number in found if _has_check_digits(compact(number)))[:4]
        for number in found:
            if _has_check_digits(compact(number)):
                folded = folded.replace(number, " | ")
    if _MAYBE_NOISE.search(folded):
        folded = _NOISE.sub(" | ", folded)
    return folded, payers, ibans


def _without_keys(parts: list[str]) -> tuple[str, tuple[str, ...]]:
    kept = [parts[0]]
    payers: list[str] = []
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        if key == "ABWA":
            payers.append(value)
        elif key not in _NOT_TEXT:
            kept.append(value)
    return " | ".join(kept), tuple(payers[:2])


def _has_check_digits(iban: str) -> bool:
    rearranged = iban[4:] + iban[:4]
    return 15 <= len(iban) <= 34 and int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1


_TOKEN = re.compile(r"[A-Z0-9]+")
_DIGITS = re.compile(r"\d+")
#: Words that people glue to a number; whatever follows is the number.
_LABEL = re.compile(
    r"(?:(?:IHRE?|MEINE?|VOM|FUER|FUR|ZU|ZUR)?"
    r"(?:BESTELLUNG(?:S?NUMMER|SNR|NR)?|BESTELLNUMMER|BESTELLNR|BESTNR|BEST|AUFTRAG(?:SNUMMER|SNR|NR)?|"
    r"RECHNUNG(?:SNUMMER|SNR|NR)?|RECHN|RGNR|RENR|RG|ORDER(?:NO|ID|NR|NUMBER)?|KUNDENNUMMER|KUNDENNR|KDNR|KD|"
    r"REFERENZ|REF|VORKASSE|ZAHLUNG|INVOICE|NUMMER|NR|NO))+"
)
#: Digits behind these words are no number of ours.
_OTHER_LABEL = re.compile(
    r"(?<![A-Z])(?:PLZ|TEL|TELEFON|FON|MOBIL|HANDY|FAX|ARTIKEL|ARTIKELNR|ARTNR|ART|KASSENZEICHEN|KTO|KONTO|BLZ|STEUERNR|STNR|"
    r"STEUERNUMMER|VERTRAG|ZAEHLER|HAUSNR|UHR|GROESSE|GR)[ .:-]{0,3}(?:NR[ .:]{0,2})?$"
)
_GAP = re.compile(r" ?[-/.:_#'*]? ?")


def _spellings(text: str, population: Population) -> tuple[Spelling, ...]:
    """Everything in the text that may be a number, the surest first."""
    solid: list[Spelling] = []
    atoms: list[tuple[str, int, int]] = []
    has_codes = bool(population.code_lengths) or population.has_references
    tokens: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if not has_codes and token.isalpha():
            continue
        start, end = match.span()
        if has_codes:
            tokens.append((token, start, end))
        if token.isalpha():
            solid += [s for s in _unlabelled(token, start, end) if len(s.text) in population.code_lengths]
            continue
        if token.isdigit():
            atoms.append((token, start, end))
            continue
        solid += _mixed(token, start, end)
        atoms += [(run[0], start + run.start(), start + run.end()) for run in _DIGITS.finditer(token)]
        if len(atoms) > 200:
            break
    atoms = [atom for atom in atoms if not _OTHER_LABEL.search(text, max(atom[1] - 24, 0), atom[1])]
    whole = [Spelling(digits, start, end, SOLID) for digits, start, end in atoms if len(digits) >= 3]
    joined = _joined(text, atoms, population) if len(atoms) > 1 else []
    if has_codes:
        joined += _joined_codes(text, tokens, population)
    return tuple(dict.fromkeys(_interleaved(whole, solid, joined)))


def _interleaved(whole: list[Spelling], solid: list[Spelling], joined: list[Spelling]) -> list[Spelling]:
    """Long texts are cut: the first of each kind survive."""
    third = MOST_SPELLINGS // 3
    if max(len(whole), len(solid), len(joined)) <= third:
        return whole + solid + joined
    first = whole[:third] + solid[:third] + joined[:third]
    return first + whole[third:] + joined[third:] + solid[third:]


def _mixed(token: str, start: int, end: int) -> list[Spelling]:
    """A token of letters and digits: as it is, without a glued label, and with look-alike letters as digits."""
    found = _unlabelled(token, start, end)
    for spelling in tuple(found):
        digits = spelling.text.translate(LOOK_ALIKES)
        if digits.isdigit() and sum(map(str.isdigit, spelling.text)) * 2 >= len(digits) > SHORTEST:
            found.append(Spelling(digits, spelling.start, end, LOOK_ALIKE))
    return found


def _unlabelled(token: str, start: int, end: int) -> list[Spelling]:
    """A token as it is, and without a label glued before it."""
    found = [Spelling(token, start, end, SOLID)] if len(token) <= 40 else []
    label = _LABEL.match(token)
    if label and len(token) - label.end() >= SHORTEST:
        found.append(Spelling(token[label.end() :], start + label.end(), end, SOLID))
    return found


def _joined(text: str, atoms: list[tuple[str, int, int]], population: Population) -> list[Spelling]:
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
            if len(digits) > 27 or count > 12:
                break
            if population.may_be_length(len(digits)):
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
    if len(following) > 4 or len(first) < len(following) + 2 or not _AND.fullmatch(text, before, begin):
        return []
    return [Spelling(first[: -len(following)] + following, begin, end, ABBREVIATED)]


def _joined_codes(text: str, tokens: list[tuple[str, int, int]], population: Population) -> list[Spelling]:
    """Codes of letters and digits that were torn apart: `QUW XB`."""
    lengths = population.code_lengths | ({8} if population.has_references else frozenset())
    longest = max(lengths, default=0)
    found = []
    for i, (first, start, middle) in enumerate(tokens[:60]):
        code, before = first, middle
        for token, begin, end in tokens[i + 1 : i + 4]:
            code += token
            if len(code) > longest or not _GAP.fullmatch(text, before, begin):
                break
            before = end
            if len(code) in lengths:
                found.append(Spelling(code, start, end, JOINED))
    return found


def _structured(payment: Payment) -> tuple[Spelling, ...]:
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


_ALPHA = re.compile(r"(?<![A-Z0-9])[A-Z?]{3,}(?![A-Z0-9])")
_COMMON_WORDS = words(
    "BESTELLUNG BESTELLNUMMER BESTELLNR AUFTRAG AUFTRAGSNUMMER RECHNUNG RECHNUNGSNUMMER RECHNUNGSNR RECH ORDER "
    "KUNDENNUMMER KUNDENNR KUNDE NUMMER VOM VON FUER FUR DIE DER DAS IHR IHRE MEINE VIELEN DANK ZAHLUNG "
    "UEBERWEISUNG UBERWEISUNG VORKASSE SHOP ONLINE ONLINESHOP EUR EURO DATUM UHR TAN REFERENZ REF BETREFF INVOICE "
    "WARE WAREN LIEFERUNG UND MIT GRUESSE GRUSSE BITTE SIEHE SEPA GUTSCHRIFT KAUF BETRAG RATE TEIL"
)


def _words(text: str) -> tuple[str, ...]:
    """The words that may be a name, squeezed, in order."""
    found = []
    for match in _ALPHA.finditer(text):
        if match[0] not in _COMMON_WORDS:
            found.append(squeeze(match[0]))
            if len(found) == 12:
                break
    return tuple(found)


def _payer_words(payer: str, others: tuple[str, ...]) -> tuple[str, ...]:
    words = name_words(payer[:140])
    for other in others:
        words += name_words(other[:140])
    return tuple(dict.fromkeys(words))[:12] if others else words


def _doubles(payer: str) -> tuple[tuple[str, ...], ...]:
    return tuple(name_words(word.replace("-", " ")) for word in payer[:140].split() if "-" in word)


#: As long as RFC 5321 allows; without a limit, dots without end would be tried from every place.
_EMAIL = re.compile(
    r"([A-Z0-9._%+-]{1,64}) ?(?:@|\(AT\)|\[AT\]) ?([A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){0,8}\.[A-Z]{2,})"
)


def _emails(text: str) -> tuple[str, ...]:
    if "@" not in text and "AT" not in text:
        return ()
    return tuple(compact(match[0].replace("(AT)", "@").replace("[AT]", "@")) for match in _EMAIL.finditer(text))[:3]


def _references(payment: Payment, spellings: tuple[Spelling, ...]) -> tuple[str, ...]:
    """What may be a payment reference of ours or a creditor reference."""
    found = [spelling.text for spelling in spellings if spelling.text[0] == "K" and len(spelling.text) == 8]
    found += [spelling.text for spelling in spellings if spelling.text.startswith("RF")]
    if payment.creditor_reference:
        found.insert(0, compact(payment.creditor_reference))
    return tuple(dict.fromkeys(found))[:6]
