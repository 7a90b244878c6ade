"""What may be sent to a module at all: several of them put what they are told into SQL as it comes.

Only what cannot leave a number or a quoted text is let through; everything else is refused before anything is sent.
"""

import re

from zahlmeister.refusals import Refused

_DIGITS = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._/-](?!-)){0,63}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUBSHOPS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9})*")
_STORE = re.compile(r"[A-Za-z0-9_]{1,32}")


def is_number(number: str, *, digits: bool) -> bool:
    """Whether an order or credit number can be sent; `digits` where the shop numbers its orders by whole numbers."""
    return bool((_DIGITS if digits else _NUMBER).fullmatch(number))


def number(value: str, *, digits: bool) -> str:
    """The number, unchanged.

    Raises:
        Refused: the shop's module might take it for something else than a number.
    """
    if not is_number(value, digits=digits):
        allowed = "digits only" if digits else "letters, digits, dot, slash, hyphen and underscore only"
        raise Refused(f"“{value[:80]}” is no number that can be sent to this shop's module: {allowed}.")
    return value


def callback(value: str) -> str:
    """Our key of a telling, unchanged; the module keeps it as transaction id or comment.

    Raises:
        Refused: it holds more than letters, digits, dot, hyphen and underscore.
    """
    if not _WORD.fullmatch(value):
        raise Refused(f"“{value[:80]}” cannot be sent as the key of a change: letters, digits, . _ - only, at most 64.")
    return value


def subshops(chosen: str, *, codes: bool) -> str:
    """The chosen subshops, parted by commas: whole numbers, or Magento's codes of store views.

    Raises:
        Refused: it holds something else.
    """
    tidy = chosen.replace(" ", "").strip(",")
    fits = all(_STORE.fullmatch(one) for one in tidy.split(",")) if codes else _SUBSHOPS.fullmatch(tidy)
    if tidy and not fits:
        wanted = "the codes of store views, such as default,outlet" if codes else "their numbers, such as 1,2"
        raise Refused(f"The subshops “{chosen[:80]}” cannot be sent: give {wanted}.")
    return tidy
