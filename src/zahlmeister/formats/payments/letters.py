"""The letters banks accept, and how other letters are written with them without losing what they mean.

Each bank must take the basic Latin set of SEPA (EPC217-08). German banks must also take umlauts, ß and four more
signs (DK, Anlage 3); Swiss banks take most of Latin (SPS). A name is checked against the payee's account, so it is
changed as little as possible, and every change is told. A letter that has no Latin spelling is refused: half a name
would belong to somebody else.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from zahlmeister.refusals import Refused

BASIC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")


def _between(first: int, last: int) -> frozenset[str]:
    return frozenset(chr(code) for code in range(first, last + 1))


class Letters(Enum):
    """What a bank accepts in names and texts; references and ids take the basic set only, everywhere."""

    SEPA = BASIC
    GERMAN = BASIC | frozenset("ÄÖÜäöüß&*$%")
    #: U+00AD is a soft hyphen nobody sees, U+00A0 a blank that looks like any other.
    SWISS = _between(0x20, 0x7E) | _between(0xA1, 0xAC) | _between(0xAE, 0x17F) | frozenset("ȘșȚț€")


@dataclass(frozen=True, slots=True)
class Change:
    """A text that the bank gets in other letters: `creditor name of R-17`, before and after."""

    field: str
    before: str
    after: str


@dataclass(slots=True)
class Speller:
    """Writes texts with the letters of one bank and remembers what it had to change."""

    letters: Letters
    changes: list[Change] = field(default_factory=list)

    def __call__(self, text: str, what: str, longest: int) -> str:
        """The text in the bank's letters.

        Args:
            text: as it is kept.
            what: the field as a sentence calls it.
            longest: so many characters fit.

        Raises:
            Refused: a letter has no Latin spelling, nothing is left, or it is too long. Nothing is ever cut off.
        """
        spelled = in_letters(text, self.letters, what)
        if not spelled:
            raise Refused(f"The {what} is empty; the bank does not take the order without it.")
        if len(spelled) > longest:
            raise Refused(f"The {what} has {len(spelled)} characters; banks take {longest}. Shorten “{spelled[:40]}…”.")
        if spelled != text:
            self.changes.append(Change(what, text, spelled))
        return spelled


def in_letters(text: str, letters: Letters, what: str = "text") -> str:
    """The text in these letters, blanks tidied; see `Speller`."""
    if letters.value.issuperset(text):
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(_spelled(each, letters, what) for each in composed).split())


def _spelled(character: str, letters: Letters, what: str) -> str:
    if character in letters.value:
        return character
    if character in _SPELLINGS:
        return _SPELLINGS[character]
    category = unicodedata.category(character)
    if category in {"Cf", "Mn"}:  # marks of direction, of joining, and accents nothing carries
        return ""
    parts = (each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each))
    latin = "".join(_SPELLINGS.get(each, each) for each in parts)
    if latin and BASIC.issuperset(latin):
        return latin
    if category[0] in "LNM":
        raise Refused(
            f"The {what} holds “{character}” ({_named(character)}), for which banks have no letter; "
            "write it in Latin letters."
        )
    return " "


def _named(character: str) -> str:
    """A character as a person can look it up."""
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def _aligned(letters: str, spellings: str) -> dict[str, str]:
    """Pairs of a small letter and its spelling, and the same for the capitals."""
    pairs = dict(zip(letters, spellings.split(), strict=True))
    return pairs | {
        letter.upper(): spelling.capitalize() for letter, spelling in pairs.items() if len(letter.upper()) == 1
    }


_LATIN = _aligned("äöüæøœłđðþħıŋŧſ", "ae oe ue ae o oe l d d th h i n t s") | {"ß": "ss", "ẞ": "SS"}
#: Greek as passports write it (ELOT 743), Cyrillic as Bulgarian ones do, with the other Slavic letters.
_GREEK = _aligned("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
_CYRILLIC = _aligned(
    "абвгдежзийклмнопрстуфхцчшщъыэюяёђѓєіїјљњћќўџ",
    "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y e yu ya yo dj gj ye i yi j lj nj c kj u dz",
) | {"ь": "", "Ь": ""}
_SIGNS = {
    "&": "+", "*": ".", "$": "Dollar", "%": " pct", "€": "EUR", "£": "GBP", "@": "(at)", "_": "-", "!": ".", ";": ",",
    "=": "-", "#": " ", '"': "'", "`": "'", "´": "'", "‘": "'", "’": "'", "‚": "'", "“": "'", "”": "'", "„": "'",
    "«": "'", "»": "'", "‹": "'", "›": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "…": "...", "·": ".",
    "•": "-", "×": "x", "[": "(", "]": ")", "{": "(", "}": ")", "<": "(", ">": ")", "|": "/", "\\": "/", "~": "-",
    "§": "Par.", "°": "o", "©": "(c)", "®": "(r)", "™": "(tm)", "^": " ",
}  # fmt: skip
_SPELLINGS: Mapping[str, str] = _CYRILLIC | _GREEK | _SIGNS | _LATIN
