"""Addresses of pages that letters lead to. A buyer's page is open to whoever holds its address, and to nobody else."""

from django.conf import settings

from zahlmeister.merchants.marks import is_mark, mark

PURPOSE = "zahlmeister.portal.payment-page"
_SIGNS = 32  # hexadecimal: 128 bits that nobody guesses


def payment_page(item_id: int) -> str:
    """The address of a buyer's payment page."""
    return f"{settings.PUBLIC_ADDRESS}/pay/{token(item_id)}"


def office_page(path: str) -> str:
    """The address of a page of the office; `path` begins with a slash."""
    return f"{settings.PUBLIC_ADDRESS}{path}"


def token(item_id: int) -> str:
    """What stands for an item in an address: its number in base 36 and a signature."""
    number = _base36(item_id)
    return f"{number}-{mark(PURPOSE, number, _SIGNS)}"


def item_of(text: str) -> int | None:
    """The item a token stands for; None when the signature is not ours. Takes the same time for any wrong one."""
    number, _, signature = text.partition("-")
    return int(number, 36) if is_mark(PURPOSE, number, signature, _SIGNS) else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
