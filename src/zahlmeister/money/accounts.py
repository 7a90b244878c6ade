"""Account numbers: tidied for keeping, checked for paying."""

from stdnum import iban as stdnum_iban


def tidy(number: str) -> str:
    """An account number as it is kept: capitals without blanks, nothing else changed."""
    return "".join(number.split()).upper()


def is_iban(number: str) -> bool:
    """Whether the length, the country's structure and the check digits (ISO 13616, mod 97) are right."""
    return bool(stdnum_iban.is_valid(number, check_country=False))


def grouped(number: str) -> str:
    """An IBAN as people read it, in groups of four."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
