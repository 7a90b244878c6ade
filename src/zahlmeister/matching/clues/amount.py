"""Does the amount fit, and if not, what explains the difference?"""

from collections.abc import Callable
from typing import NamedTuple

from zahlmeister.matching.charges import may_be_charges
from zahlmeister.matching.facts import Clue, Item, Payment, Policy
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.weights import bits
from zahlmeister.money.amount import minor_text
from zahlmeister.money.banking_days import banking_day

#: Clues after which nothing is left to pay although the amount differs.
SETTLING = frozenset(
    {"amount", "amount_tolerance", "amount_discount", "amount_with_fees", "amount_charges", "amount_charges_likely"}
)

#: Amounts that fit the order, or nearly do for a reason.
FITTING = SETTLING | {
    *("amount_sum", "amount_discount_late", "amount_own_discount", "amount_without_shipping", "amount_rounded"),
}
#: So much too much or too little, in minor units, may be fees or charges of somebody's own reckoning.
LITTLE = 1_500


def amount_clue(findings: Findings, item: Item, policy: Policy) -> Clue:
    """How the payment's amount compares with what is owed for the item."""
    payment = findings.reading.payment
    owed = item.open_minor or item.total_minor
    if payment.minor == owed - item.owed_fees_minor > 0:
        owed = payment.minor  # the order alone, without the fees that are claimed: what its buyer has always known
    if payment.minor == owed:
        chance = findings.chance.of_amount(owed, item.currency)
        others = findings.chance.others_with(f"amount:{item.currency}{owed}")
        facts = (minor_text(owed, item.currency), "many" if others is None else str(others))
        return Clue("amount", bits("amount", chance), facts)
    return other_amount_clue(findings, item, policy)


def other_amount_clue(findings: Findings, item: Item, policy: Policy) -> Clue:
    """What may explain that the payment's amount is not what is owed."""
    payment = findings.reading.payment
    owed = item.open_minor or item.total_minor
    level = _explained(Comparison(payment, item, owed, policy)) or _unexplained(payment.minor, owed)
    chance = findings.chance.of_odd_amount(payment.minor, payment.currency)
    facts = (minor_text(owed, item.currency), minor_text(abs(payment.minor - owed), item.currency))
    return Clue(level.removesuffix("_by_far"), bits(level, chance), facts)


class Comparison(NamedTuple):
    """A payment beside an item of which so much is owed."""

    payment: Payment
    item: Item
    owed: int
    policy: Policy


def _explained(it: Comparison) -> str | None:
    for level, fits in _EXPLANATIONS:
        if fits(it):
            return level
    return None


def _tolerated(it: Comparison) -> bool:
    return abs(it.payment.minor - it.owed) <= it.policy.tolerance_minor


def _charged(it: Comparison) -> bool:
    charges = it.payment.charges_minor or 0
    return it.payment.original_minor == it.owed or (charges > 0 and it.payment.minor + charges == it.owed)


def _charged_unsaid(it: Comparison) -> bool:
    missing = it.owed - it.payment.minor
    nobody_says = not it.payment.charges_minor and it.payment.original_minor is None
    return missing > 0 and nobody_says and may_be_charges(it.payment, missing, it.owed)


def _with_fees(it: Comparison) -> bool:
    return it.item.fees_minor > 0 and it.payment.minor == it.owed + it.item.fees_minor


def _discounted(it: Comparison) -> bool:
    return _less_discount(it) and _is_in_time(it)


def _discounted_late(it: Comparison) -> bool:
    return _less_discount(it) and not _is_in_time(it)


def _less_discount(it: Comparison) -> bool:
    expected = it.owed - it.item.discount_minor
    return it.item.discount_minor > 0 and abs(it.payment.minor - expected) <= it.policy.tolerance_minor


def _is_in_time(it: Comparison) -> bool:
    """Whether the money was there on the last day of the discount: the bank's better day of the two counts."""
    days = [day for day in (it.payment.booked_on, it.payment.value_on) if day]
    return it.item.discount_until is None or not days or min(days) <= banking_day(it.item.discount_until)


def _own_discount(it: Comparison) -> bool:
    hundredfold = it.payment.minor * 100
    return abs(hundredfold - it.owed * 98) <= 100 or abs(hundredfold - it.owed * 97) <= 100


def _without_shipping(it: Comparison) -> bool:
    return bool(it.item.shipping_minor) and it.payment.minor == it.owed - (it.item.shipping_minor or 0)


def _rounded(it: Comparison) -> bool:
    """To whole or half units, to five cents as in Switzerland, or wrong by a cent or two."""
    minor, off = it.payment.minor, abs(it.payment.minor - it.owed)
    return off <= 2 or (minor % 5 == 0 and off < 5) or (minor % 50 == 0 and off < 100 and it.owed >= 500)


def _swapped(it: Comparison) -> bool:
    if (it.payment.minor - it.owed) % 9:
        return False  # the same digits in another order differ by a multiple of nine
    paid, due = str(it.payment.minor), str(it.owed)
    if len(paid) != len(due) or sorted(paid) != sorted(due):
        return False
    return sum(a != b for a, b in zip(paid, due, strict=True)) == 2


def _twice(it: Comparison) -> bool:
    return it.payment.minor == 2 * it.owed


_EXPLANATIONS: tuple[tuple[str, Callable[[Comparison], bool]], ...] = (
    ("amount_tolerance", _tolerated),
    ("amount_charges", _charged),
    ("amount_with_fees", _with_fees),
    ("amount_discount", _discounted),
    ("amount_discount_late", _discounted_late),
    ("amount_charges_likely", _charged_unsaid),
    ("amount_without_shipping", _without_shipping),
    ("amount_own_discount", _own_discount),
    ("amount_rounded", _rounded),
    ("amount_swapped", _swapped),
    ("amount_twice", _twice),
)


def _unexplained(paid: int, owed: int) -> str:
    if paid > owed:
        return "amount_more" if paid - owed <= LITTLE else "amount_more_by_far"
    halves = any(abs(paid * parts - owed * share) <= parts for parts, share in ((2, 1), (3, 1), (3, 2), (4, 1)))
    if halves:
        return "amount_part"
    return "amount_less" if owed - paid <= LITTLE and paid * 4 >= owed * 3 else "amount_less_by_far"
