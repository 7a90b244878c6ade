"""References that a payment carries back to us, with check digits that catch a slip.

- Our own short payment reference: a letter, digits and a check letter, without 0, without look-alikes and without
  two equal characters side by side, so that it survives handwriting, shouting and one wrong character.
- The creditor reference `RF…` of ISO 11649 (mod 97-10).
- The Swiss QR reference of 27 digits (mod 10, recursive).
"""

from itertools import pairwise

from stdnum import iso11649
from stdnum.ch import esr

#: 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V are told apart badly and left out. Their number, 23, is prime: with weights
#: below it every single slip and every swap of two characters changes the check character.
ALPHABET = "ACDEFGHJKMNPQRTWXY34679"
LENGTH = 7


def payment_reference(number: int) -> str:
    """The n-th payment reference: `K` and seven characters, of which the last is the check character.

    Numbers are spread over the whole space by a multiplication, so that neighbours do not look alike. Those with
    equal neighbouring characters are left out: the caller takes the next number when this raises ValueError.
    """
    base = len(ALPHABET)
    space = base ** (LENGTH - 1)
    if not 0 <= number < space:
        raise ValueError("There are no more payment references.")
    spread = (number * 83_492_791 + 51_749) % space  # the factor shares no divisor with the space
    body = ""
    for _ in range(LENGTH - 1):
        spread, digit = divmod(spread, base)
        body += ALPHABET[digit]
    reference = f"K{body}{_check_character(body)}"
    if any(a == b for a, b in pairwise(reference)):
        raise ValueError("This number gives a reference with doubled characters.")
    return reference


def is_payment_reference(text: str) -> bool:
    """Whether the text is one of our references, check character included."""
    body = text[1:-1]
    return (
        len(text) == LENGTH + 1
        and text[0] == "K"
        and all(c in ALPHABET for c in text[1:])
        and text[-1] == _check_character(body)
    )


def is_creditor_reference(text: str) -> bool:
    """Whether the text is a valid `RF…` creditor reference (ISO 11649)."""
    return bool(iso11649.is_valid(text))


def is_qr_reference(text: str) -> bool:
    """Whether the text is a valid 27-digit Swiss QR reference."""
    return len(text) == 27 and text.isdigit() and bool(esr.is_valid(text))


def _check_character(body: str) -> str:
    """A sum weighted by position, modulo the alphabet's prime size."""
    total = 0
    for position, character in enumerate(body, start=1):
        total += position * (ALPHABET.index(character) + 1)
    return ALPHABET[total % len(ALPHABET)]
