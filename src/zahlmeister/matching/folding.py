"""Letters as banks leave them: shouting, without umlauts, with look-alikes, so that both sides can be compared."""

import re
import unicodedata
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """A list of words, written as a text so that it can be read."""
    return frozenset(text.split())


_LETTERS = str.maketrans(
    {
        "Ä": "A", "Ö": "O", "Ü": "U", "Æ": "AE", "Œ": "OE", "Ø": "O", "Å": "A", "Ł": "L", "Đ": "D", "Ð": "D",
        "Þ": "TH", "İ": "I", "ı": "I", "Ğ": "G", "Ş": "S", "Ș": "S", "Ț": "T", "ẞ": "SS", "€": " EUR ",
        "–": "-", "—": "-", "’": "'", "\u00a0": " ", "\u2028": " ", "\u2029": " ", "\ufffd": "?",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Z?]+")
#: A name of fewer letters tells nobody from anybody.
SHORTEST_NAME = 5

#: Words in a name that say nothing about who it is.
_TITLES = words(
    "DR PROF DIPL ING MAG MED DENT JUR PHIL HABIL HERR HERRN FRAU FR HR FAM FAMILIE EHELEUTE EHEL MR MRS MS "
    "UND ODER OD AND BZW SOWIE VON VAN DER DEN DE DI DA DEL LA LE ZU ZUM ZUR VOM AM IM DES JR SEN JUN "
    "KONTO C O"
)
#: Legal forms and their kin: a payer or customer that carries one is a firm.
LEGAL_FORMS = words(
    "GMBH MBH AG KG UG EK OHG GBR EV EG SE KGAA LTD LIMITED SARL SAS SA SAGL SRL BV NV INC LLC PARTG PARTGMBB "
    "GESMBH STIFTUNG VEREIN HAFTUNGSBESCHRANKT CO CIE COMPANY"
)


@lru_cache(maxsize=1 << 15)
def fold(text: str) -> str:
    """Capital ASCII letters: ä is A, ß is SS, ł is L; what has no Latin form is gone, broken letters become `?`."""
    upper = text.upper()
    if upper.isascii():
        return upper
    upper = upper.translate(_LETTERS)
    if upper.isascii():
        return upper
    decomposed = unicodedata.normalize("NFKD", upper)
    return decomposed.encode("ascii", "ignore").decode("ascii")


def squeeze(word: str) -> str:
    """One spelling for ä, ae and a, and for ß, ss and s, in a folded word."""
    return word.replace("AE", "A").replace("OE", "O").replace("UE", "U").replace("SS", "S")


@lru_cache(maxsize=1 << 16)
def name_words(text: str) -> tuple[str, ...]:
    """The words of a name that say who it is, folded and squeezed, in order, without titles and legal forms."""
    words = _WORD.findall(fold(text).replace("'", ""))[:12]
    return tuple(squeeze(word) for word in words if word not in _TITLES and word not in LEGAL_FORMS)


def payer_name(text: str) -> str:
    """A payer's name as it is remembered: its words folded, in order, without titles and legal forms.

    Empty where too little is left to tell anybody by.
    """
    name = " ".join(name_words(text[:140]))
    return name if len(name) >= SHORTEST_NAME else ""


def payer_words(payer: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a payer's name and of others he pays for, each once; a name broken in two is read both ways."""
    words = name_words(payer[:140])
    torn = [payer[:width] + payer[width + 1 :] for width in _NAME_LINES if payer[width : width + 1] == " "]
    for other in (*torn, *others):
        words += name_words(other[:140])
    return tuple(dict.fromkeys(words))[:12] if others or torn else words


#: Where banks break a payer's name into two lines; put together again, a blank may stand inside a word.
_NAME_LINES = (27, 35)


def double_names(payer: str) -> tuple[tuple[str, ...], ...]:
    """The parts of each name with a hyphen: Müller-Weiß is `("MULLER", "WEIS")`."""
    return tuple(name_words(word.replace("-", " ")) for word in payer[:140].split() if "-" in word)


@lru_cache(maxsize=1 << 15)
def is_firm(text: str) -> bool:
    """Whether a name carries a legal form."""
    return any(word in LEGAL_FORMS for word in _WORD.findall(fold(text).replace(".", "").replace("'", "")))


_SKELETON = str.maketrans(
    {
        **dict.fromkeys("AEIOUYHJ?", None),
        "B": "P", "D": "T", "G": "K", "C": "K", "Q": "K", "X": "K", "Z": "S", "V": "F", "W": "F",
    }
)  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 15)
def skeleton(word: str) -> str:
    """What is left of a name when vowels and hard or soft do not count, as in the Kölner Phonetik.

    Only for finding candidates, never as a reason: Kröger and Krüger are other people.
    """
    consonants = word.replace("SCH", "S").replace("CK", "K").replace("PH", "F").replace("TZ", "S")
    return _REPEATED.sub(r"\1", consonants.translate(_SKELETON))


@lru_cache(maxsize=1 << 14)
def compact(text: str) -> str:
    """Only the capital letters and digits of a text: `RE-2026 1234` is `RE20261234`."""
    return _NOT_ALPHANUMERIC.sub("", fold(text))


_NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]+")
