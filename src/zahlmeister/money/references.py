"""References that a payment carries back to us, with check digits that catch a slip.

- Our own short payment reference: `K`, six characters and two check characters, without 0, without look-alikes and
  without two equal characters side by side, so that it survives handwriting, shouting and one wrong character.
- The creditor reference `RF…` of ISO 11649 (mod 97-10).
- The Swiss QR reference of 27 digits (mod 10, recursive).
"""

from functools import lru_cache
from itertools import pairwise

from stdnum import iso11649
from stdnum.ch import esr

#: 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V are told apart badly and left out. Their number, 23, is prime, so that reckoning
#: modulo it has inverses.
ALPHABET = "ACDEFGHJKMNPQRTWXY34679"
#: Characters behind the `K`, and those of them that are counted up; the other two follow from these.
LENGTH, COUNTED = 8, 6
_BASE = len(ALPHABET)
#: How many references there could be, those with doubled characters counted.
SPACE = _BASE**COUNTED
#: Per length the sums that are zero modulo 23: a weight for each character, and what is added. With both sums of the
#: references given out now, one wrong character has one correction only, as in a Reed-Solomon code: the first sum tells
#: how much is wrong, the second where. Those of seven characters, with one sum, are only read.
_SUMS: dict[int, tuple[tuple[tuple[int, ...], int], ...]] = {
    LENGTH: (((1,) * LENGTH, 0), (tuple(range(1, LENGTH + 1)), 0)),
    7: (((1, 2, 3, 4, 5, 6, -1), 21),),
}
#: How long our references are, with their `K`.
LENGTHS = frozenset(length + 1 for length in _SUMS)


def payment_reference(number: int) -> str:
    """The n-th payment reference: `K` and eight characters, of which the last two are check characters.

    Numbers are spread over the whole space by a multiplication, so that neighbours do not look alike. Those with
    equal neighbouring characters are left out: the caller takes the next number when this raises ValueError.
    """
    if not 0 <= number < SPACE:
        raise ValueError("There are no more payment references.")
    spread = (number * 83_492_791 + 51_749) % SPACE  # the factor shares no divisor with the space
    values = []
    for _ in range(COUNTED):
        spread, value = divmod(spread, _BASE)
        values.append(value)
    plain, weighted = sum(values), sum(place * value for place, value in enumerate(values, start=1))
    last = (7 * plain - weighted) % _BASE
    values += [(-plain - last) % _BASE, last]
    reference = "K" + "".join(ALPHABET[value] for value in values)
    if any(a == b for a, b in pairwise(reference)):
        raise ValueError("This number gives a reference with doubled characters.")
    return reference


def qr_reference(number: int) -> str:
    """A Swiss QR reference that holds a number: 26 digits and the check digit."""
    digits = f"{number:026d}"
    return digits + str(esr.calc_check_digit(digits))


def is_payment_reference(text: str) -> bool:
    """Whether the text is one of our references, check characters included."""
    if len(text) not in LENGTHS or text[0] != "K" or not all(c in ALPHABET for c in text[1:]):
        return False
    return all(_sum(text, weights, more) == 0 for weights, more in _SUMS[len(text) - 1])


def has_two_checks(reference: str) -> bool:
    """Whether a reference of ours is of the kind given out now."""
    return reference[:1] == "K" and len(reference) == LENGTH + 1


@lru_cache(maxsize=1 << 10)
def corrections(text: str) -> tuple[str, ...]:
    """The valid references one wrong or two swapped characters away; none when the text is valid or of other shape."""
    if len(text) not in LENGTHS or text[0] != "K" or is_payment_reference(text):
        return ()
    strange = [place for place, character in enumerate(text) if place and character not in ALPHABET]
    if len(strange) > 1:
        return ()
    near = [_with_sum(text, place) for place in strange or range(1, len(text))]
    if not strange:
        near += [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(1, len(text) - 1)]
    return tuple(filter(is_payment_reference, near))


def _with_sum(text: str, place: int) -> str:
    """The text with another character at this place, so that its first sum is zero."""
    weights, more = _SUMS[len(text) - 1][0]
    blank = text[:place] + ALPHABET[0] + text[place + 1 :]
    value = -_sum(blank, weights, more) * pow(weights[place - 1], -1, _BASE) % _BASE
    return text[:place] + ALPHABET[value] + text[place + 1 :]


def _sum(text: str, weights: tuple[int, ...], more: int) -> int:
    values = map(ALPHABET.index, text[1:])
    return (sum(weight * value for weight, value in zip(weights, values, strict=True)) + more) % _BASE


def is_creditor_reference(text: str) -> bool:
    """Whether the text is a valid `RF…` creditor reference (ISO 11649)."""
    return bool(iso11649.is_valid(text))


def is_qr_reference(text: str) -> bool:
    """Whether the text is a valid 27-digit Swiss QR reference."""
    return len(text) == 27 and text.isdigit() and bool(esr.is_valid(text))
