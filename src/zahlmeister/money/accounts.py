"""Account numbers: tidied for keeping, checked for paying."""

import re

from stdnum import iban as stdnum_iban

#: What could be an IBAN: two letters, two digits, and at least eleven more, in groups or not (ISO 13616).
_CANDIDATE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")

#: QR-IBANs carry one of these bank numbers (SPS, QR-bill); no bank list has them.
_QR_BANKS = range(30000, 32000)


def tidy(number: str) -> str:
    """An account number as it is kept: capitals without blanks, nothing else changed."""
    return "".join(number.split()).upper()


def is_iban(number: str) -> bool:
    """Whether the length, the country's structure and the check digits (ISO 13616, mod 97) are right."""
    return bool(stdnum_iban.is_valid(number, check_country=False))


def grouped(number: str) -> str:
    """An IBAN as people read it, in groups of four."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def is_qr_iban(number: str) -> bool:
    """Whether a Swiss or Liechtenstein IBAN is a QR-IBAN, which is paid with a QR reference only."""
    return number[:2] in {"CH", "LI"} and number[4:9].isdecimal() and int(number[4:9]) in _QR_BANKS


def shortened(number: str) -> str:
    """As much of an account number as its holder recognises: `DE02 … 2051`; empty when there is none."""
    return f"{number[:4]} … {number[-4:]}" if len(number) > 8 else number


def masked(text: str) -> str:
    """The same text with country and last four signs left of every IBAN in it: `DE…2051`."""
    told: list[str] = []
    copied = start = 0
    while found := _CANDIDATE.search(text, start):
        start = found.start() + 1
        if end := _end_of_iban(text, found):
            number = text[found.start() : end].replace(" ", "")
            told += text[copied : found.start()], f"{number[:2]}…{number[-4:]}"
            copied = start = end  # the candidate may have held the beginning of the next one
    return "".join((*told, text[copied:]))


def _end_of_iban(text: str, found: re.Match[str]) -> int | None:
    """Where the longest beginning of a candidate ends that is an IBAN; None when none is."""
    ends = range(found.end(), found.start() + 14, -1)
    fitting = (end for end in ends if text[end - 1] != " " and is_iban(text[found.start() : end].replace(" ", "")))
    return next(fitting, None)
