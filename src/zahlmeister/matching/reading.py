"""What a payment says: its numbers, names and references, whatever the banks on the way did to the text."""

import re
from functools import lru_cache
from itertools import zip_longest

from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import compact, double_names, fold, is_firm, payer_words, squeeze, words
from zahlmeister.matching.population import Population
from zahlmeister.matching.spellings import JOINED, MOST_SPELLINGS, Spelling, structured
from zahlmeister.matching.spellings import spellings as spellings_of
from zahlmeister.money.references import LENGTHS
from zahlmeister.values import value

#: Nobody writes more than this on purpose; what follows is kept as raw text but not read for numbers.
LONGEST_TEXT = 2_000


@value(frozen=True, slots=True)
class Reading:
    """A payment, read. Everything is folded to capital ASCII letters; the payment keeps the raw text.

    What a payment that names its order is not asked for is read when somebody asks.
    """

    payment: Payment
    text: str
    spellings: tuple[Spelling, ...]
    payer_words: tuple[str, ...]
    ibans: tuple[str, ...]
    references: tuple[str, ...]
    purpose: str | None  # a word such as MIETE that says the money is for something else
    unheard: tuple[str, ...] = ()  # words of the text that are noise, in order

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text that may be a name."""
        words = _words(self.text)
        return tuple([word for word in words if word not in self.unheard]) if self.unheard else words

    @property
    def packed(self) -> str:
        """The letters of the text alone, squeezed, for names torn apart."""
        packed = _packed(self.text)
        for word in self.unheard:
            packed = packed.replace(word, " ")
        return packed

    @property
    def emails(self) -> tuple[str, ...]:
        """Mail addresses in the text, letters and digits alone."""
        return _emails(self.text)

    @property
    def payer_doubles(self) -> tuple[tuple[str, ...], ...]:
        """The parts of the payer's names with a hyphen."""
        payer = self.payment.payer
        return double_names(payer) if payer and "-" in payer else ()

    @property
    def payer_is_firm(self) -> bool:
        """Whether the payer carries a legal form."""
        return is_firm(self.payment.payer or "")

    @property
    def payer_is_couple(self) -> bool:
        """Whether two given names are joined, as in `Eheleute Claudia und Felix`."""
        return _AND.search(self.payment.payer or "") is not None

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
    spellings = spellings_of(text, population)
    if loose != tight:
        spellings = (*spellings, *_elsewhere(spellings_of(_cut(fold(loose))[0], population), spellings))
    if payment.end_to_end_id or payment.creditor_reference:
        spellings = (*structured(payment), *spellings)
    return Reading(
        payment=payment,
        text=text,
        spellings=spellings[:MOST_SPELLINGS],
        payer_words=payer_words(payment.payer or "", payers),
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


_AND = re.compile(r" (?:und|u\.|oder|\+|&) ", re.IGNORECASE)
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
    r"D ?A ?T ?U ?M ?(?:\d ?){2}\. ?(?:\d ?){2}\. ?(?:\d ?){4}, {0,2}(?:\d ?){2}[.:] ?(?:\d ?){2}(?:U ?H ?R)?"
    r"|\d? ?\.? ?T ?A ?N ?:? ?\d ?\d ?\d ?\d ?\d(?: ?\d){0,2}(?!\d)"
    r"|MTLG:"
    r"|\*?AWV-?MELDEPFLICHT.{0,60}"
    r"|REMITTANCEINFORMATION:|MANDATEREFERENCE:[^ ,]*,?|CREDITORID:[^ ,]*,?|NOTPROVIDED|NONREF"
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
        found = [match[0] for match in _IBAN.finditer(folded) if _is_account(compact(match[0]))]
        ibans = tuple(map(compact, found))[:4]
        for number in found:
            folded = folded.replace(number, " | ")
    if _MAYBE_NOISE.search(folded):
        folded = _NOISE.sub(" | ", folded)
    return folded, payers, ibans


def _without_keys(parts: list[str]) -> tuple[str, tuple[str, ...]]:
    kept = [parts[0]]
    payers: list[str] = []
    for key, said in zip(parts[1::2], parts[2::2], strict=True):
        if key == "ABWA":
            payers.append(said)
        elif key not in _NOT_TEXT:
            kept.append(said)
    return " | ".join(kept), tuple(payers[:2])


def _is_account(number: str) -> bool:
    """Whether the check digits are an IBAN's. A creditor reference has the same ones, and no country is called RF."""
    rearranged = number[4:] + number[:4]
    is_checked = int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1
    return is_checked and 15 <= len(number) <= 34 and not number.startswith("RF")


_ALPHA = re.compile(r"(?<![A-Z0-9])[A-Z?]{3,}(?![A-Z0-9])")
_COMMON_WORDS = words(
    "BESTELLUNG BESTELLNUMMER BESTELLNR AUFTRAG AUFTRAGSNUMMER RECHNUNG RECHNUNGSNUMMER RECHNUNGSNR RECH ORDER "
    "KUNDENNUMMER KUNDENNR KUNDE NUMMER VOM VON FUER FUR DIE DER DAS IHR IHRE MEINE VIELEN DANK ZAHLUNG "
    "UEBERWEISUNG UBERWEISUNG VORKASSE SHOP ONLINE ONLINESHOP EUR EURO DATUM UHR TAN REFERENZ REF BETREFF INVOICE "
    "WARE WAREN LIEFERUNG UND MIT GRUESSE GRUSSE BITTE SIEHE SEPA GUTSCHRIFT KAUF BETRAG RATE TEIL"
)


@lru_cache(maxsize=1 << 10)
def _packed(text: str) -> str:
    return squeeze(text.translate(_NO_LETTER))


@lru_cache(maxsize=1 << 10)
def _words(text: str) -> tuple[str, ...]:
    """The words that may be a name, squeezed, in order."""
    found = []
    for match in _ALPHA.finditer(text):
        if match[0] not in _COMMON_WORDS:
            found.append(squeeze(match[0]))
            if len(found) == 12:
                break
    return tuple(found)


#: As long as RFC 5321 allows; without a limit, dots without end would be tried from every place.
_EMAIL = re.compile(
    r"([A-Z0-9._%+-]{1,64}) ?(?:@|\(AT\)|\[AT\]) ?([A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){0,8}\.[A-Z]{2,})"
)


@lru_cache(maxsize=1 << 10)
def _emails(text: str) -> tuple[str, ...]:
    if "@" not in text and "AT" not in text:
        return ()
    return tuple(compact(match[0].replace("(AT)", "@").replace("[AT]", "@")) for match in _EMAIL.finditer(text))[:3]


def _references(payment: Payment, spellings: tuple[Spelling, ...]) -> tuple[str, ...]:
    """What may be a payment reference of ours or a creditor reference."""
    found = [spelling.text for spelling in spellings if spelling.text[0] == "K" and len(spelling.text) in LENGTHS]
    found += [spelling.text for spelling in spellings if spelling.text.startswith("RF")]
    if payment.creditor_reference:
        found.insert(0, compact(payment.creditor_reference))
    return tuple(dict.fromkeys(found))[:6]
