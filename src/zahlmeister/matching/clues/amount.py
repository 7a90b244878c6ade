"""Does the amount fit, and if not, what explains the difference?"""

from collections.abc import Callable

from zahlmeister.matching.facts import Clue, Item, Payment, Policy
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.weights import bits
from zahlmeister.money.amount import minor_text

#: Clues after which nothing is left to pay although the amount differs.
SETTLING = frozenset({"amount", "amount_tolerance", "amount_charges", "amount_discount", "amount_with_fees"})


def amount_clue(findings: Findings, item: Item, policy: Policy) -> Clue:
    """How the payment's amount compares with what is owed for the item."""
    payment = findings.reading.payment
    owed = item.open_minor or item.total_minor
    text = minor_text(owed, item.currency)
    if payment.minor == owed:
        chance = findings.chance.of_amount(owed, item.currency)
        others = findings.chance.others_with(f"amount:{item.currency}{owed}")
        return Clue("amount", bits("amount", chance), (text, "many" if others is None else str(others)))
    level = _explained(payment, item, owed, policy) or _unexplained(payment.minor, owed)
    return Clue(level, bits(level), (text, minor_text(abs(payment.minor - owed), item.currency)))


def _explained(payment: Payment, item: Item, owed: int, policy: Policy) -> str | None:
    for level, fits in _EXPLANATIONS:
        if fits(payment, item, owed, policy):
            return level
    return None


def _tolerated(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    return abs(payment.minor - owed) <= policy.tolerance_minor


def _charged(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    charges = payment.charges_minor or 0
    return payment.original_minor == owed or (charges > 0 and payment.minor + charges == owed)


def _with_fees(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    return item.fees_minor > 0 and payment.minor == owed + item.fees_minor


def _discounted(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    in_time = item.discount_until is None or payment.booked_on is None or payment.booked_on <= item.discount_until
    return item.discount_minor > 0 and in_time and payment.minor == owed - item.discount_minor


def _own_discount(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    return any(abs(payment.minor * 100 - owed * (100 - percent)) <= 100 for percent in (2, 3))


def _without_shipping(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    return bool(item.shipping_minor) and payment.minor == owed - (item.shipping_minor or 0)


def _rounded(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    is_round = payment.minor % 100 == 0 or payment.minor % 10 == 0
    return is_round and abs(payment.minor - owed) < 100 and owed >= 500


def _swapped(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    paid, due = str(payment.minor), str(owed)
    if len(paid) != len(due) or sorted(paid) != sorted(due):
        return False
    return sum(a != b for a, b in zip(paid, due, strict=True)) == 2


def _twice(payment: Payment, item: Item, owed: int, policy: Policy) -> bool:
    return payment.minor == 2 * owed


_EXPLANATIONS: tuple[tuple[str, Callable[[Payment, Item, int, Policy], bool]], ...] = (
    ("amount_tolerance", _tolerated),
    ("amount_charges", _charged),
    ("amount_with_fees", _with_fees),
    ("amount_discount", _discounted),
    ("amount_without_shipping", _without_shipping),
    ("amount_own_discount", _own_discount),
    ("amount_rounded", _rounded),
    ("amount_swapped", _swapped),
    ("amount_twice", _twice),
)


def _unexplained(paid: int, owed: int) -> str:
    if paid > owed:
        return "amount_more"
    halves = any(abs(paid * parts - owed * share) <= parts for parts, share in ((2, 1), (3, 1), (3, 2), (4, 1)))
    return "amount_part" if halves or paid % 1000 == 0 else "amount_less"
