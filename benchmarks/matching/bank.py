"""What payer's and payee's banks do to names and texts before the merchant sees them."""

import re
from dataclasses import dataclass
from random import Random

_AE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_BARE = str.maketrans("äöüÄÖÜß", "aouAOUs")
_FOREIGN = str.maketrans("çşğıİéáíóúćčśżźłńěřšžýÇŞÖŁĆČŚŻŹŠŽÁÉ", "csgiIeaiouccszzlnerszyCSOLCCSZZSZAE")


@dataclass(frozen=True, slots=True)
class Bank:
    """One way through the banks."""

    width: int | None
    shouts: bool
    umlauts: str
    name_width: int
    tail: str
    keyed: bool

    def name(self, text: str) -> str:
        return self._letters(text)[: self.name_width].strip()

    def text(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text as delivered, and its pieces when the bank cuts lines."""
        sent = self._letters(text)[:140]
        if self.tail:
            sent += self.tail
        if self.keyed:
            sent = f"EREF+NOTPROVIDEDSVWZ+{sent}" if self.width else f"SVWZ+{sent}"
        if not self.width:
            return sent, ()
        pieces = tuple(sent[i : i + self.width] for i in range(0, len(sent), self.width))
        return "".join(pieces), pieces

    def _letters(self, text: str) -> str:
        if self.umlauts == "ae":
            text = text.translate(_AE).translate(_FOREIGN)
        elif self.umlauts == "bare":
            text = text.translate(_BARE).translate(_FOREIGN)
        elif self.umlauts == "lost":
            text = re.sub(r"[^\x00-\x7f]", "?", text)
        elif self.umlauts == "gone":
            text = re.sub(r"[^\x00-\x7f]", "", text)
        text = text.replace("ß", "ss") if self.shouts else text
        return text.upper() if self.shouts else text


def some_bank(random: Random) -> Bank:
    """Some way through the banks, the usual ones more often."""
    tail = ""
    if random.random() < 0.12:
        glue = random.choice(("", " "))
        tail = (
            f"{glue}DATUM {random.randrange(10, 20)}.11.2026, {random.randrange(10, 23)}.{random.randrange(10, 59)} UHR"
        )
        tail += random.choice(("", f"1.TAN {random.randrange(100000, 999999)}"))
    return Bank(
        width=random.choices((None, 27, 35), (45, 40, 15))[0],
        shouts=random.random() < 0.35,
        umlauts=random.choices(("kept", "ae", "bare", "lost", "gone"), (50, 32, 10, 5, 3))[0],
        name_width=random.choices((70, 54, 35, 27), (60, 15, 15, 10))[0],
        tail=tail,
        keyed=random.random() < 0.1,
    )


def rejoined(random: Random, text: str, pieces: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Some files keep the pieces, some join them with a blank, some without."""
    if not pieces:
        return text, ()
    way = random.random()
    if way < 0.6:
        return text, pieces
    return (" ".join(pieces) if way < 0.8 else text), ()
