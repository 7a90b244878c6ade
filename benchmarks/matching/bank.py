"""What payer's and payee's banks do to names and texts before the merchant sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

_AE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_BARE = str.maketrans("äöüÄÖÜß", "aouAOUs")
_FOREIGN = str.maketrans("çşğıİéáíóúćčśżźłńěřšžýÇŞÖŁĆČŚŻŹŠŽÁÉ", "csgiIeaiouccszzlnerszyCSOLCCSZZSZAE")
_NOT_SEPA = re.compile(r"[#&_*;]")
Choice = TypeVar("Choice")
#: The longest text of a transfer.
LONGEST = 140

#: How the payee's bank presents a text: `{text}` what was written, `{who}` payer with address, `{e2e}` a reference.
FRAMES = {
    "plain": "{text}",
    "keys": "EREF+NOTPROVIDED{gap}SVWZ+{text}",
    "one key": "SVWZ+{text}",
    "all keys": "EREF+{e2e}{gap}KREF+NONREF{gap}SVWZ+{text}{gap}ABWA+{ultimate}",
    "repeated": "EREF+{e2e}{gap}SVWZ+{text} /{e2e}",
    "elba": "Verwendungszweck: {text} Zahlungsreferenz: {e2e}",
    "elba reference": "Zahlungsreferenz: {text}",
    "ing": "mandatereference:,creditorid:,remittanceinformation:{text}",
    "postfinance": "GUTSCHRIFT VON FREMDBANK AUFTRAGGEBER: {who} MITTEILUNGEN: {text}",
    "abroad": "ZAHLUNG AUS DEM AUSLAND UNS. REF: {e2e} IHRE REF: NONREF AUFTRAGGEBER LT. AUFTRAG: {who} "
    "ZAHLUNGSGRUND: {text}",
}  # fmt: skip
_BY_COUNTRY: dict[str, dict[str, float]] = {
    "DE": {"plain": 84, "keys": 6, "one key": 4, "all keys": 2, "repeated": 2, "ing": 2},
    "AT": {"plain": 70, "elba": 15, "elba reference": 15},
    "CH": {"plain": 50, "postfinance": 40, "abroad": 10},
}
UMLAUTS: dict[str, float] = {"kept": 50, "ae": 32, "bare": 10, "lost": 5, "gone": 3}
TAILS: dict[str, float] = {"none": 86, "time": 5, "time and TAN": 5, "message": 1.5, "account": 1.5, "principal": 1}
CUTS: dict[str, float] = {"whole": 45, "27": 40, "35": 15}
NAME_WIDTHS: dict[int, float] = {70: 57, 54: 15, 35: 15, 27: 13}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A text as the merchant's file has it, and its pieces when the bank cuts lines."""

    text: str | None
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    """One way through the banks."""

    frame: str
    width: int | None
    join: str | None  # what stands between the pieces of a line; None when they are kept apart
    shouts: bool
    umlauts: str
    name_width: int
    is_name_torn: bool
    keeps_signs: bool
    tail: str
    end_to_end: str

    def name(self, text: str) -> str:
        """A name as it arrives: cut, and with some banks torn after 27 characters or padded with blanks."""
        sent = self._letters(text)[: self.name_width].strip()
        if not self.is_name_torn:
            return sent
        return f"{sent[:27]} {sent[27:]}" if len(sent) > 27 else sent.replace(" ", " " * 8, 1)

    def text(self, text: str, *, who: str = "", ultimate: str | None = None) -> Delivered:
        """A text as it arrives, inside what the bank puts around it."""
        if not self.keeps_signs:
            text = _NOT_SEPA.sub("" if self.shouts else " ", text)
        said = FRAMES[self.frame].format(
            text=text[:LONGEST], who=who, e2e=self.end_to_end, ultimate=ultimate or "", gap=" " if self.shouts else ""
        )
        sent = self._letters(said.removesuffix("ABWA+").strip()) + self.tail
        if not self.width:
            return Delivered(sent or None, ())
        pieces = tuple(sent[i : i + self.width] for i in range(0, len(sent), self.width))
        if self.join is None:
            return Delivered(sent or None, pieces)
        return Delivered(self.join.join(pieces) or None, ())

    def tags(self) -> tuple[str, ...]:
        """What it is counted by."""
        cut = f"cut at {self.width}, {_JOINS[self.join]}" if self.width else "whole"
        return (f"frame {self.frame}", f"text {cut}", f"umlauts {self.umlauts}", f"name of {self.name_width}")

    def _letters(self, text: str) -> str:
        if self.umlauts == "ae":
            text = text.translate(_AE).translate(_FOREIGN)
        elif self.umlauts == "bare":
            text = text.translate(_BARE).translate(_FOREIGN)
        elif self.umlauts == "lost":
            text = re.sub(r"[^\x00-\x7f]", "?", text)
        elif self.umlauts == "gone":
            text = re.sub(r"[^\x00-\x7f]", "", text)
        return text.replace("ß", "ss").upper() if self.shouts else text


_JOINS = {None: "pieces", "": "joined", " ": "joined with blanks"}


def some_bank(random: Random, country: str = "DE") -> Bank:
    """Some way through the banks, the usual ones more often."""
    cut = one_of(random, CUTS)
    return Bank(
        frame=one_of(random, _BY_COUNTRY[country]),
        width=None if cut == "whole" else int(cut),
        join=random.choices((None, " ", ""), cum_weights=(60, 80, 100))[0],
        shouts=random.random() < 0.35,
        umlauts=one_of(random, UMLAUTS),
        name_width=one_of(random, NAME_WIDTHS),
        is_name_torn=random.random() < 0.05,
        keeps_signs=random.random() < 0.7,
        tail=_tail(random, one_of(random, TAILS)),
        end_to_end=random.choice(("NOTPROVIDED", "NOTPROVIDED", f"ZV{random.randrange(10**12):012d}")),
    )


def one_of(random: Random, shares: Mapping[Choice, float]) -> Choice:
    """A key, as often as its share says."""
    return random.choices(list(shares), cum_weights=list(accumulate(shares.values())))[0]


def _tail(random: Random, kind: str) -> str:
    """What the banks glue behind the text."""
    glue = random.choice(("", " "))
    time = f"{glue}DATUM {random.randrange(10, 20)}.11.2026, {random.randrange(10, 23)}.{random.randrange(10, 59)} UHR"
    return {
        "none": "",
        "time": time,
        "time and TAN": f"{time}1.TAN {random.randrange(100000, 999999)}",
        "message": f"{glue}MTLG:SEPA-Ueberweisungseingang",
        "account": f"{glue}IBAN: DE{random.randrange(10**20):020d} BIC: BYLADEM1001",
        "principal": f"{glue}ABWA: Kreiskasse {random.choice(('Nord', 'Mitte', 'Coburg'))}",
    }[kind]
