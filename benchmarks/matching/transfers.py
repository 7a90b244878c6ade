"""A transfer for one order: how the number is written, who pays how much, and what the banks make of it.

The shares follow the field where something was published (half of all transfers fit, 1.5 % too little) and are ours
otherwise. Nothing here knows how the matcher works.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from benchmarks.matching import writing
from benchmarks.matching.bank import one_of, some_bank
from benchmarks.matching.case import Answer, Case
from benchmarks.matching.deviations import AMOUNTS, PAYERS, Paid, Sender, paid, sender
from benchmarks.matching.knowable import READABLE, Knowledge, Said
from benchmarks.matching.orders import TODAY, Order, World, namesakes
from benchmarks.matching.people import iban
from zahlmeister.matching.facts import Payment

#: How the number is written when the order has no payment reference: how often in a hundred, and by what.
WRITINGS: dict[str, tuple[float, Callable[[Random, str], str]]] = {
    "exact": (16, writing.exact),
    "in words": (25, writing.in_words),
    "torn": (8, writing.torn),
    "glued": (2, writing.glued),
    "zeros in front": (0.5, writing.zeros_in_front),
    "after others": (2, writing.after_others),
    "end-to-end id": (0.8, writing.exact),
    "wrong digit": (5, writing.wrong_digit),
    "swapped digits": (3, writing.swapped),
    "look-alike": (2, writing.look_alike),
    "digit lost or doubled": (2, writing.lost_or_doubled),
    "shortened": (8, writing.shortened),
    "absent": (13, writing.empty),
    "other digits": (5, writing.other_digits),
    "invoice number": (4, writing.in_words),
    "customer number": (3, writing.in_words),
    "old number": (1, writing.in_words),
    "somebody's number": (0.7, writing.in_words),
}
#: With a payment reference on the order: how often in a hundred it is used, the rest writes what it likes.
REFERENCE_USED = 80
REFERENCES: dict[str, float] = {
    "exact": 25, "small letters": 8, "blanks": 14, "in words": 20, "glued": 10, "with the number": 5,
    "wrong character": 7, "swapped characters": 3, "in its field": 8,
}  # fmt: skip
#: RF and QR references are typed by programs, mostly into their own field.
STRUCTURED: dict[str, float] = {"in its field": 70, "exact": 10, "blanks": 15, "in words": 5}
#: What the bank says about an ordinary credit: booking text and code.
_CREDITS: dict[tuple[str, str], float] = {
    ("GUTSCHR. UEBERWEISUNG", "166"): 55, ("SEPA-GUTSCHRIFT", "166"): 20, ("ECHTZEIT-GUTSCHRIFT", "168"): 15,
    ("GUTSCHR. UEBERW. DAUERAUFTR", "152"): 2, ("GUTSCHRIFT", ""): 8,
}  # fmt: skip
MONEY_BEFORE_ORDER = 0.01
#: Whole days until an order is paid: mean and spread of their logarithm, one day added.
DAYS = (0.8, 0.7)


class Transfers:
    """Makes transfers for a world and keeps which orders are paid: once, unless the story is about paying twice."""

    def __init__(self, random: Random, world: World, *, clean: float = 0.0) -> None:
        self.random, self.world, self.clean = random, world, clean
        self.knowledge = Knowledge(world.open)
        self._by_customer: dict[int, list[Order]] = {}
        for order in world.open:
            self._by_customer.setdefault(order.customer.number, []).append(order)
        self.regulars = [orders for orders in self._by_customer.values() if len(orders) > 1]
        random.shuffle(self.regulars)
        self.pairs = namesakes(world.open)
        random.shuffle(self.pairs)
        self._on_delivery = [order for order in world.open if order.item.payment_kind == "cod"]
        random.shuffle(self._on_delivery)
        self._unpaid = list(range(len(world.open)))
        random.shuffle(self._unpaid)
        self._paid: set[int] = set()

    def next_order(self) -> Order | None:
        """An order that nobody has paid yet."""
        while self._unpaid:
            number = self._unpaid.pop()
            if self.take(self.world.open[number]):
                return self.world.open[number]
        return None

    def next_on_delivery(self) -> Order | None:
        """An order in euros that a carrier has taken the money for."""
        while self._on_delivery:
            order = self._on_delivery.pop()
            if order.item.currency == "EUR" and self.take(order):
                return order
        return None

    def take(self, *orders: Order) -> bool:
        """Pay orders; False when one of them is paid already, and then none is taken."""
        if any(order.item.id in self._paid for order in orders):
            return False
        self._paid |= {order.item.id for order in orders}
        return True

    def is_paid(self, order: Order) -> bool:
        return order.item.id in self._paid

    def single(self, order: Order, how: str | None = None, **given: str) -> Case:
        """One payment for one order, with whatever goes wrong; what is given does not vary."""
        random, item = self.random, order.item
        if random.random() < self.clean:
            given = {"who": "same", "much": "exact", **given}
            how = how or random.choice(("exact", "in words"))
        who = sender(random, order.customer, given.get("who") or one_of(random, PAYERS))
        much = paid(random, item, given.get("much") or one_of(random, AMOUNTS))
        how = self._possible(order, how or self._some_writing(order))
        if not (who.is_customer or _is_readable(how)) and self.knowledge.owes(who.name, much.minor):
            who = sender(random, order.customer, "same")  # somebody of whose name just this is open: nobody could know
        said = Said(item, how, who.tells, much.minor, much.agrees)
        is_plain = who.who in {"same", "reversed", "titled"} and much.how == "exact"
        payment, tags = self.sent(order, self._text(order, how), who, much)
        return Case(
            self._in_fields(payment, order, how),
            frozenset({item.id}),
            self.knowledge.could_know(said),
            how if is_plain else f"{how} + trouble",
            accepted=self._settled_as_well(order, much.minor, how),
            tags=(f"payer {who.who}", f"amount {much.how}", *tags),
        )

    def _settled_as_well(self, order: Order, minor: int, how: str) -> tuple[Answer, ...]:
        """What this customer owes besides and the amount settles: with this order, or where none can be read."""
        mine = {other.item.id for other in self._by_customer[order.customer.number]}
        if len(mine) < 2:
            return ()
        return tuple(
            found
            for found in self.knowledge.sums(order.item, minor)
            if found <= mine and found != ids(order) and (ids(order) < found or not _is_readable(how))
        )

    def sent(self, order: Order, text: str, who: Sender, much: Paid) -> tuple[Payment, tuple[str, ...]]:
        """A transfer as the merchant's statement has it, and what it is counted by."""
        random, customer = self.random, order.customer
        bank = some_bank(random, customer.country)
        address = f"{who.name} HAUPTSTRASSE {random.randrange(1, 99)} {customer.postcode} {customer.city}"
        told = (
            f" OAMT+{order.item.currency}{much.original / 100:.2f}" if much.original and random.random() < 0.3 else ""
        )
        said = bank.text(f"{text} {who.says}{told}".strip(), who=address, ultimate=who.ultimate)
        account = self._account(order, who)
        booking, code = one_of(random, _CREDITS)
        payment = Payment(
            much.minor, order.item.currency, self._day(order, much), bank.name(who.name) or None,
            bank.name(who.ultimate) if who.ultimate and bank.frame != "all keys" else None,
            account, said.text, said.pieces,
            end_to_end_id=bank.end_to_end, booking_text=booking, bank_code=code or None,
            charges_minor=much.charges, original_minor=much.original,
        )  # fmt: skip
        return payment, bank.tags()

    def _account(self, order: Order, who: Sender) -> str | None:
        random, item = self.random, order.item
        if not who.has_account:
            return None
        if not who.is_customer:
            return iban(random, order.customer.country)
        return item.ibans[0] if item.ibans and random.random() < 0.9 else order.customer.iban

    def _day(self, order: Order, much: Paid) -> date:
        random, opened = self.random, order.item.opened_on or TODAY
        if much.days is not None:
            return opened + timedelta(days=much.days)
        days = int(random.lognormvariate(*DAYS)) + 1
        if random.random() < MONEY_BEFORE_ORDER:
            days = -random.randrange(1, 3)
        return min(opened + timedelta(days=days), TODAY)

    def _some_writing(self, order: Order) -> str:
        reference = order.item.reference
        if reference and self.random.randrange(100) < REFERENCE_USED:
            return f"reference, {one_of(self.random, REFERENCES if reference[0] == 'K' else STRUCTURED)}"
        return one_of(self.random, {name: share for name, (share, _) in WRITINGS.items()})

    def _possible(self, order: Order, how: str) -> str:
        item = order.item
        is_missing = (how == "invoice number" and not item.invoice_numbers) or (
            how == "customer number" and not item.customer_number
        )
        return "in words" if is_missing else how

    def _text(self, order: Order, how: str) -> str:
        random, item = self.random, order.item
        kind, _, way = how.partition(", ")
        if kind == "reference":
            reference = item.reference or ""
            if way == "in its field":
                return "" if reference[0] != "K" or random.random() < 0.5 else reference
            numbered = f" {writing.in_words(random, item.number)}" if way == "with the number" else ""
            return writing.reference(random, reference, way) + numbered
        if how == "end-to-end id":
            return random.choice(writing.EMPTY)
        number = {
            "invoice number": lambda: item.invoice_numbers[0],
            "customer number": lambda: f"{random.choice(('Kunde ', 'KdNr ', ''))}{item.customer_number}",
            "old number": lambda: random.choice(self.world.closed).item.number,
            "somebody's number": lambda: random.choice(self.world.open).item.number,
        }.get(how, lambda: item.number)()
        return WRITINGS[how][1](random, number)

    def _in_fields(self, payment: Payment, order: Order, how: str) -> Payment:
        """References that programs put into fields of their own."""
        if how == "end-to-end id":
            return replace(payment, end_to_end_id=order.item.number)
        if how != "reference, in its field":
            return payment
        reference = order.item.reference or ""
        if reference[0] == "K":
            return replace(payment, end_to_end_id=reference)
        return replace(payment, creditor_reference=reference)


def _is_readable(how: str) -> bool:
    """Whether a person reads the number or a reference from such a text."""
    return how in READABLE or how.startswith("reference")


def ids(*orders: Order) -> Answer:
    """The answer that these orders are paid."""
    return frozenset(order.item.id for order in orders)
