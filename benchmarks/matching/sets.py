"""One transfer for several orders: of a regular customer, of neighbours, or a carrier's cash on delivery."""

from random import Random

from benchmarks.matching import writing
from benchmarks.matching.case import Case
from benchmarks.matching.deviations import Paid, Sender, Tells, sender
from benchmarks.matching.orders import Order
from benchmarks.matching.transfers import Transfers, ids

#: How the orders of a set are named: how often in a hundred.
WAYS = {
    "all named": 38, "abbreviated": 8, "without prefixes": 6, "all named, discount": 3, "all named, one short": 3,
    "one named": 18, "none named": 24,
}  # fmt: skip
_READABLE = {"all named", "abbreviated", "without prefixes", "all named, discount", "all named, one short"}
#: How a carrier names what it has taken the money for: how often in a hundred.
CARRIED = {"one order": 25, "by numbers": 20, "by parcels": 20, "only the sum": 25, "fees kept": 10}
CARRIERS = (
    "DHL Paket GmbH", "Deutsche Post AG", "DPD Deutschland GmbH", "Hermes Germany GmbH", "General Logistics Systems",
    "Österreichische Post AG", "UPS Deutschland", "Post CH AG",
)  # fmt: skip


def several(desk: Transfers) -> list[Case]:
    """Two to four orders of one customer in one transfer: all named, in full or in short, one named, or none."""
    random = desk.random
    orders = _unpaid_regular(desk)
    if not orders:
        return []
    chosen = orders[: random.choice((2, 2, 2, 3, 4))]
    if not desk.take(*chosen):
        return []
    way = random.choices(list(WAYS), list(WAYS.values()))[0]
    who = sender(random, chosen[0].customer, random.choice(("same", "same", "same", "reversed", "joint", "spouse")))
    much = Paid(_sum_of(random, chosen, way))
    last = max(chosen, key=lambda order: str(order.item.opened_on))
    text = random.choice(("Bestellungen {}", "{}", "Best. {}")).format(_names(random, chosen, way))
    payment, tags = desk.sent(last, text, who, much)
    if way in _READABLE:
        knows = way != "all named, one short" or who.tells > Tells.NOTHING
    else:
        knows = who.tells is Tells.FULLY and desk.knowledge.sums(chosen[0].item, much.minor) == [ids(*chosen)]
    return [Case(payment, ids(*chosen), knows, f"several, {way}", tags=tags)]


def for_neighbours(desk: Transfers) -> list[Case]:
    """Somebody pays for two customers at once and names both orders."""
    mine, theirs = desk.next_order(), desk.next_order()
    if mine is None or theirs is None or mine.item.currency != theirs.item.currency:
        return []
    text = f"{mine.item.number} {desk.random.choice(('und', '+', ','))} {theirs.item.number}"
    who = sender(desk.random, mine.customer, "same")
    payment, tags = desk.sent(mine, text, who, Paid(mine.item.open_minor + theirs.item.open_minor))
    return [Case(payment, ids(mine, theirs), is_assignable=True, category="several, of two customers", tags=tags)]


def carrier(desk: Transfers) -> list[Case]:
    """A carrier passes on what it took at the doors: one order, several by number or parcel, or only a sum."""
    random = desk.random
    way = random.choices(list(CARRIED), list(CARRIED.values()))[0]
    count = 1 if way == "one order" else random.randrange(2, 5)
    chosen = [order for _ in range(count) if (order := desk.next_on_delivery())]
    if not chosen:
        return []
    text = _carried(random, chosen, way)
    minor = sum(order.item.open_minor for order in chosen) - (550 * len(chosen) if way == "fees kept" else 0)
    if minor < 100:
        return []
    who = Sender(random.choice(CARRIERS), Tells.NOTHING, who="carrier")
    payment, _ = desk.sent(chosen[0], text, who, Paid(minor))
    knows = way in {"one order", "by numbers", "by parcels"}
    return [Case(payment, ids(*chosen), knows, f"carrier, {way}")]


def _carried(random: Random, chosen: list[Order], way: str) -> str:
    if way == "only the sum":
        return f"NACHNAHME SAMMELZAHLUNG {len(chosen)} SENDUNGEN"
    if way == "by parcels":
        return f"NN {' '.join(order.item.tracking_numbers[0] for order in chosen)}"
    numbers = " ".join(order.item.number for order in chosen)
    return f"NACHNAHME SENDUNG {random.randrange(10**11, 10**12):012d} {numbers}"


def _unpaid_regular(desk: Transfers) -> list[Order]:
    """The orders of a customer with several, none of them paid."""
    while desk.regulars:
        orders = desk.regulars.pop()
        if not any(desk.is_paid(order) for order in orders):
            return orders
    return []


def _names(random: Random, chosen: list[Order], way: str) -> str:
    numbers = [order.item.number for order in chosen]
    if way == "one named":
        return numbers[0]
    if way == "none named":
        return random.choice(writing.EMPTY)
    if way == "abbreviated":
        return writing.shortly(numbers)
    if way == "without prefixes":
        numbers = writing.without_prefixes(numbers)
    return random.choice((" ", ", ", " und ", " + ", "/ ")).join(numbers)


def _sum_of(random: Random, chosen: list[Order], way: str) -> int:
    minor = sum(order.item.open_minor for order in chosen)
    if way == "all named, discount":
        return minor - round(minor * random.choice((2, 3)) / 100)
    if way == "all named, one short":
        return minor - (chosen[-1].item.shipping_minor or 300)
    return minor
