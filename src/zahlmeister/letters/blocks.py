"""The blocks of letters: how to pay, what is claimed, where to go."""

from collections.abc import Sequence

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.compose import Details, Link, Sums
from zahlmeister.letters.figures import money
from zahlmeister.letters.slips.slip import code_to_scan, scan_hint, value_rows
from zahlmeister.letters.texts.read import module
from zahlmeister.money.amount import Amount


def payment_details(asked: Asked, language: str) -> Details:
    """What a payer types or scans."""
    picture = code_to_scan(asked)
    return Details(tuple(value_rows(asked, language)), picture, scan_hint(language) if picture else "")


def claim(parts: Sequence[tuple[str, Amount]], language: str) -> Sums:
    """What is claimed, part by part, and its sum.

    Args:
        parts: the name of each part in the language, and its amount; all in one currency.
        language: of the amounts.
    """
    total = Amount.zero(parts[0][1].currency)
    for _, amount in parts:
        total += amount
    rows = [(name, money(amount, language)) for name, amount in parts]
    return Sums((*rows, (module("total", language), money(total, language))))


def payment_page(address: str, language: str) -> Link:
    """The way to the buyer's payment page."""
    return Link(module("payment_page_label", language), address)


def refund_page(address: str, language: str) -> Link:
    """The way to the page where the buyer says where a refund is to go."""
    return Link(module("refund_page_label", language), address)


def office_page(address: str, language: str) -> Link:
    """The way to a page of the office."""
    return Link(module("office_page_label", language), address)


def greeting(name: str, language: str) -> str:
    """How a letter begins; without a name when none is known."""
    return module("greeting_name", language).replace("{name}", name) if name else module("greeting", language)
