"""What happens to orders and to money that is for none: one function a story, with how often it happens."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.matching import writing
from benchmarks.matching.case import NOTHING, Case
from benchmarks.matching.deviations import Paid, Sender, Tells, sender
from benchmarks.matching.orders import TODAY, Order
from benchmarks.matching.other_money import hostile, unrelated
from benchmarks.matching.sets import carrier, for_neighbours, several
from benchmarks.matching.transfers import Transfers, ids


def single(desk: Transfers) -> list[Case]:
    order = desk.next_order()
    return [] if order is None else [desk.single(order)]


def parts(desk: Transfers) -> list[Case]:
    """One order in two or three transfers."""
    order = desk.next_order()
    if order is None or order.item.open_minor < 900:
        return []
    item, random = order.item, desk.random
    first = random.choice((item.open_minor // 2, item.open_minor // 3, min(5_000, item.open_minor // 2)))
    amounts = [first, item.open_minor - first]
    if random.random() < 0.2:
        amounts = [first, amounts[1] // 2, amounts[1] - amounts[1] // 2]
    is_named = random.random() < 0.7
    found = []
    for i, minor in enumerate(amounts):
        text = writing.in_words(random, item.number) + f" Rate {i + 1}" if is_named else f"{i + 1}. Rate"
        payment, tags = desk.sent(order, text, sender(random, order.customer, "same"), Paid(minor))
        category = "parts, named" if is_named else "parts, not named"
        found.append(Case(payment, ids(order), is_named, category, tags=tags))
    return found


def twice(desk: Transfers) -> list[Case]:
    """Cora pays, and pays again: the second payment must not go anywhere else."""
    order = desk.next_order()
    if order is None:
        return []
    text = writing.in_words(desk.random, order.item.number)
    who = sender(desk.random, order.customer, "same")
    payment, _ = desk.sent(order, text, who, Paid(order.item.open_minor))
    return [
        Case(payment, ids(order), is_assignable=True, category="paid twice, first"),
        Case(payment, NOTHING, is_assignable=False, category="paid twice, second", names=ids(order)),
    ]


def doubles(desk: Transfers) -> list[Case]:
    """Two open orders of one name and one amount, a payment for one of them: only its number can tell."""
    pair = _pair(desk)
    if pair is None:
        return []
    mine, other = pair
    is_named = desk.random.random() < 0.5
    text = writing.in_words(desk.random, mine.item.number) if is_named else desk.random.choice(writing.EMPTY)
    who = sender(desk.random, mine.customer, "same")
    payment, _ = desk.sent(mine, text, who, Paid(mine.item.open_minor))
    payment = replace(payment, iban=payment.iban if is_named else None)
    is_same = mine.customer.number == other.customer.number
    category = f"double: {'one customer' if is_same else 'namesakes'}, {'named' if is_named else 'not named'}"
    return [Case(payment, ids(mine), is_named, category, equals=() if is_named else (ids(other),))]


def _pair(desk: Transfers) -> tuple[Order, Order] | None:
    if not desk.pairs:
        return None
    mine, other = desk.pairs.pop()
    return (mine, other) if desk.take(mine, other) else None


def contested(desk: Transfers) -> list[Case]:
    """Somebody writes another customer's number; then the other pays, too. Both orders are open."""
    mine, theirs = desk.next_order(), desk.next_order()
    if mine is None or theirs is None or mine.item.currency != theirs.item.currency:
        return []
    random = desk.random
    text = writing.in_words(random, theirs.item.number)
    first, _ = desk.sent(mine, text, sender(random, mine.customer, "same"), Paid(mine.item.open_minor))
    text = writing.in_words(random, theirs.item.number)
    second, _ = desk.sent(theirs, text, sender(random, theirs.customer, "same"), Paid(theirs.item.open_minor))
    could = desk.knowledge.is_only_one(mine.item) and mine.item.open_minor != theirs.item.open_minor
    return [
        Case(first, ids(mine), could, "contested, by the wrong number"),
        Case(second, ids(theirs), is_assignable=True, category="contested, by its customer"),
    ]


def closed(desk: Transfers) -> list[Case]:
    """For an order that is no longer open or never was ours; one in eight with a slip in the number.

    Not told: without the right number, and somebody of this name owes the same amount. Nobody could know.
    """
    random = desk.random
    order = random.choice(desk.world.closed)
    how = random.choices((writing.in_words, writing.wrong_digit, writing.swapped, writing.empty), (68, 8, 4, 20))[0]
    who = sender(random, order.customer, random.choice(("same", "same", "spouse", "other")))
    minor = order.item.total_minor if random.random() < 0.8 else random.choice(desk.world.open).item.open_minor
    if how is not writing.in_words and _is_owed(desk, order, minor, who.name):
        return []
    payment, _ = desk.sent(order, how(random, order.item.number), who, Paid(minor))
    return [Case(payment, NOTHING, is_assignable=False, category="closed order", names=ids(order))]


def _is_owed(desk: Transfers, order: Order, minor: int, payer: str = "") -> bool:
    """Whether somebody of the customer's or the payer's name owes this amount for an open order."""
    names = (order.customer.name, order.customer.firm, payer)
    return any(desk.knowledge.owes(name, minor) for name in names if name)


def returned(desk: Transfers) -> list[Case]:
    """A refund comes back because the account was wrong or closed; it speaks of an order that was paid long ago."""
    random = desk.random
    order = random.choice(desk.world.closed)
    reason = random.choice(
        ("AC04 KONTO AUFGELOEST", "AC01 IBAN FEHLERHAFT", "901 IBAN falsch", "914 Grund nicht genannt")
    )
    text = random.choice(
        (
            f"RUECKUEBERWEISUNG {reason} Erstattung Bestellung {order.item.number}",
            f"RETOURE SEPA-Ueberweisung {reason} Ihre Gutschrift {order.item.number}",
            f"Rückgabe: Rueckerstattung {order.item.number}",
            f"Retoure {reason}",
        )
    )
    name = random.choice((order.customer.firm or order.customer.name, "Sparkasse Musterstadt", ""))
    who = Sender(name, Tells.NOTHING, has_account=bool(name))
    minor = order.item.total_minor if random.random() < 0.7 else order.item.total_minor // 2
    if _is_owed(desk, order, minor):
        return []
    payment, _ = desk.sent(order, text, who, Paid(minor))
    booking, code = random.choice((("RETOURE", "159"), ("RETOURE", "160"), ("GUTSCHRIFT", "166")))
    payment = replace(payment, booking_text=booking, bank_code=code)
    return [Case(payment, NOTHING, is_assignable=False, category="refund returned", names=ids(order))]


def cash(desk: Transfers) -> list[Case]:
    """Paid in at a counter or a machine: the bank stands where the payer should, the text says the rest."""
    order = desk.next_order()
    if order is None or order.item.currency != "EUR":
        return []
    random, item = desk.random, order.item
    is_named = random.random() < 0.8
    place = f"SB-EINZAHLUNG Musterweg {random.randrange(1, 99)}, Musterhausen {TODAY.strftime('%d.%m.%Y')}/14:13"
    place = random.choice((place, "BAREINZAHLUNG", "EINZAHLUNG", "BARGELDEINZAHLUNG GA 0731"))
    text = f"{place} {item.number} {order.customer.name}" if is_named else place
    who = Sender(random.choice(("GENODE61FR1", "", "VR Bank Musterland")), Tells.NOTHING, has_account=False)
    payment, _ = desk.sent(order, text, who, Paid(item.open_minor))
    payment = replace(payment, booking_text="EINZAHLUNG", bank_code="082")
    category = "cash, named" if is_named else "cash, not named"
    return [Case(payment, ids(order), is_named, category)]


def other_currency(desk: Transfers) -> list[Case]:
    """Francs for an order in euros, or the other way round: a person converts, a machine asks."""
    order = desk.next_order()
    if order is None:
        return []
    text = writing.in_words(desk.random, order.item.number)
    payment, _ = desk.sent(order, text, sender(desk.random, order.customer, "same"), Paid(order.item.open_minor))
    payment = replace(payment, currency="EUR" if order.item.currency == "CHF" else "CHF")
    return [Case(payment, NOTHING, is_assignable=False, category="other currency", names=ids(order))]


STORIES: dict[str, tuple[float, Callable[[Transfers], list[Case]]]] = {
    "single": (71, single),
    "several": (6, several),
    "neighbours": (0.4, for_neighbours),
    "unrelated": (10, unrelated),
    "closed": (4.2, closed),
    "twice": (1.8, twice),
    "parts": (2.2, parts),
    "doubles": (0.8, doubles),
    "contested": (0.5, contested),
    "carrier": (0.8, carrier),
    "returned": (0.8, returned),
    "cash": (0.6, cash),
    "other currency": (0.2, other_currency),
    "hostile": (0.2, hostile),
}
