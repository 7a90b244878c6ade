"""An ERP played by us: months of orders, shipments, returns, credit notes and payments from a seed, with its own books.

What it sends goes through the real doors, some of it twice and some of it in the wrong order. What each document means
for the money is reckoned here once more and by itself: that is the oracle that the house's books are compared with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    Document,
    InvoiceDocument,
    Line,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
)

CURRENCY = "EUR"
#: Days that buyers are given, and after which the guarantor pays in any case.
TERM, GUARANTEED_AFTER = 14, 30
#: How the buyers of a thousand orders behave.
BEHAVIOURS = {"punctual": 620, "late": 170, "never": 60, "direct": 40, "returns": 70, "disputes": 40}
_GOODS = ("Merino", "Alpaka", "Sockenwolle", "Stricknadeln", "Häkelset", "Knöpfe", "Anleitung")
_FIRST = ("Anna", "Bernd", "Cora", "Dirk", "Eva", "Fritz", "Gerda", "Hans", "Ines", "Jan")
_LAST = ("Weber", "Klein", "Vogel", "Brandt", "Lorenz", "Sommer", "Kraus", "Busch")


@dataclass(slots=True)
class Bill:
    """An invoice as the ERP knows it, and what became of it; all in minor units."""

    number: str
    order: str
    on: date
    minor: int
    credited: int = 0
    paid: int = 0  # to the guarantor
    direct: int = 0  # to the merchant
    is_disputed: bool = False

    @property
    def open(self) -> int:
        """What the buyer still owes."""
        return max(self.minor - self.credited - self.paid - self.direct, 0)

    @property
    def price(self) -> int:
        """What the merchant is owed for it by the guarantor in the end: what was not credited or paid to him."""
        return self.minor - self.credited - self.direct


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody ordered on invoice."""

    number: str
    on: date
    minor: int
    first_name: str
    last_name: str
    email: str
    behaviour: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order is to be authorised and confirmed."""

    order: Order


@dataclass(frozen=True, slots=True)
class Sent:
    """A document goes to the house."""

    document: Document


@dataclass(frozen=True, slots=True)
class Pays:
    """The buyer transfers so much to the guarantor for an invoice."""

    invoice: str
    minor: int


@dataclass(frozen=True, slots=True)
class Disputes:
    """The buyer objects to an invoice, or the matter is settled."""

    invoice: str
    is_over: bool


Event = Ordered | Sent | Pays | Disputes


@dataclass(slots=True)
class SandboxErp:
    """An ERP with a seed. `day` gives what happens on a day; `bills` are its own books.

    Args:
        seed: the same seed is the same year.
        begins_on: the first day.
        orders_until: nothing new is ordered from this day on, so that what was begun can end.
        a_day: orders on a day, on the average, in hundredths.
    """

    seed: int
    begins_on: date
    orders_until: date
    a_day: int = 100
    bills: dict[str, Bill] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    _dice: Random = field(init=False)
    _planned: dict[date, list[Event]] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311 - a game, not a secret

    def day(self, today: date) -> Iterator[Event]:
        """What happens on a day, in the order in which it reaches the house; ask for each day once, in their order."""
        if today < self.orders_until:
            for _ in range(self._how_many()):
                self._order(today)
        due = self._planned.pop(today, [])
        yield from self._as_programs_send([event for event in due if isinstance(event, Ordered)], due)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is planned."""
        return not self._planned

    def _as_programs_send(self, orders: Sequence[Event], due: Sequence[Event]) -> Iterator[Event]:
        """Orders first; of the documents of a day some come in another order, and some twice."""
        rest = [event for event in due if not isinstance(event, Ordered)]
        if self._dice.randrange(100) < 30:
            self._dice.shuffle(rest)
        yield from orders
        for event in rest:
            yield event
            if isinstance(event, Sent) and self._dice.randrange(100) < 10:
                yield event

    def _how_many(self) -> int:
        whole, part = divmod(self.a_day, 100)
        return whole + (self._dice.randrange(100) < part)

    # --- an order's life

    def _order(self, today: date) -> None:
        self._number += 1
        dice, number = self._dice, f"B{self.seed:02d}-{self._number:05d}"
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        behaviour = dice.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))[0]
        minor = dice.randrange(1_500, 25_000)
        email = f"{first}.{last}.{self._number}@post.example".lower()
        order = Order(number, today, minor, first, last, email, behaviour)
        self.orders.append(order)
        self._plan(today, Ordered(order))
        if dice.randrange(100) < 5:
            self._plan(today + timedelta(days=2), Sent(self._cancellation(order, today + timedelta(days=2))))
            return
        parts = self._parts(minor)
        for index, part in enumerate(parts, 1):
            self._bill(order, index, part, today + timedelta(days=dice.randrange(1, 4) + 2 * (index - 1)))
        if sum(parts) < minor:
            left_on = today + timedelta(days=9)
            self._plan(left_on, Sent(self._cancellation(order, left_on)))

    def _parts(self, minor: int) -> list[int]:
        """One shipment for most orders, two for some, and for a few the second never leaves."""
        if self._dice.randrange(100) < 75:
            return [minor]
        first = self._dice.randrange(500, minor - 500)
        return [first] if self._dice.randrange(100) < 30 else [first, minor - first]

    def _bill(self, order: Order, index: int, minor: int, on: date) -> None:
        bill = Bill(f"R{order.number[1:]}-{index}", order.number, on, minor)
        self.bills[bill.number] = bill
        self._plan(on, Sent(self._invoice(bill)))
        shipped = ShipmentDocument(
            number=f"L{bill.number[1:]}",
            order=order.number,
            currency=CURRENCY,
            shipped_on=on,
            invoice=bill.number,
            carrier="DHL",
            tracking=f"00340{self._dice.randrange(10**8):08d}",
        )
        self._plan(on, Sent(shipped))
        getattr(self, f"_{order.behaviour}")(bill)

    def _invoice(self, bill: Bill) -> InvoiceDocument:
        dice, lines = self._dice, [Line(self._dice.choice(_GOODS), bill.minor)]
        if bill.minor > 3_000 and dice.randrange(100) < 50:
            part = dice.randrange(500, bill.minor - 500)
            lines = [Line(dice.choice(_GOODS), part), Line(dice.choice(_GOODS), bill.minor - part)]
        return InvoiceDocument(
            number=bill.number,
            order=bill.order,
            currency=CURRENCY,
            minor=bill.minor,
            invoiced_on=bill.on,
            due_on=bill.on + timedelta(days=TERM),
            lines=tuple(lines),
        )

    # --- how buyers behave; each plans the rest of a bill's life and keeps the oracle's books of it

    def _punctual(self, bill: Bill) -> None:
        self._pays(bill, bill.minor, self._dice.randrange(3, TERM + 1))
        if self._dice.randrange(100) < 4:
            self._credits(bill, self._share(bill), self._dice.randrange(25, 60), "goodwill")  # after payment

    def _late(self, bill: Bill) -> None:
        self._pays(bill, bill.minor, self._dice.randrange(TERM + 5, 75))

    def _never(self, bill: Bill) -> None:
        pass

    def _direct(self, bill: Bill) -> None:
        """The buyer pays to the merchant, before or after the guarantor has."""
        after = self._dice.randrange(5, 50)
        bill.direct = bill.minor
        on = bill.on + timedelta(days=after)
        paid = DirectPayment(
            number=f"Z{bill.number[1:]}",
            order=bill.order,
            currency=CURRENCY,
            minor=bill.minor,
            paid_on=on,
            invoice=bill.number,
        )
        self._plan(on, Sent(paid))

    def _returns(self, bill: Bill) -> None:
        """Announced, come back, credited; what is kept is paid, by some before the credit note."""
        announced, back = self._dice.randrange(3, 10), self._dice.randrange(11, 18)
        minor = bill.minor if self._dice.randrange(100) < 40 else self._share(bill)
        common = {"order": bill.order, "currency": CURRENCY, "invoice": bill.number, "minor": minor}
        on, came = bill.on + timedelta(days=announced), bill.on + timedelta(days=back)
        self._plan(on, Sent(ReturnAnnounced(number=f"A{bill.number[1:]}", announced_on=on, **common)))  # type: ignore[arg-type] # by name
        self._plan(came, Sent(ReturnReceived(number=f"W{bill.number[1:]}", received_on=came, **common)))  # type: ignore[arg-type] # likewise
        self._credits(bill, minor, back + self._dice.randrange(3), "return")
        if minor < bill.minor:
            self._pays(bill, bill.minor - minor, self._dice.randrange(back + 1, back + 12))

    def _disputes(self, bill: Bill) -> None:
        """The buyer objects, it is explained, and he pays."""
        begun, over = self._dice.randrange(4, 12), self._dice.randrange(16, 28)
        bill.is_disputed = True
        self._plan(bill.on + timedelta(days=begun), Disputes(bill.number, is_over=False))
        self._plan(bill.on + timedelta(days=over), Disputes(bill.number, is_over=True))
        self._pays(bill, bill.minor, over + self._dice.randrange(1, 10))

    def _share(self, bill: Bill) -> int:
        return max(bill.minor * self._dice.randrange(10, 60) // 100, 1)

    def _pays(self, bill: Bill, minor: int, after: int) -> None:
        bill.paid += minor
        self._plan(bill.on + timedelta(days=after), Pays(bill.number, minor))

    def _credits(self, bill: Bill, minor: int, after: int, reason: str) -> None:
        bill.credited += minor
        on = bill.on + timedelta(days=after)
        note = CreditNoteDocument(
            number=f"G{bill.number[1:]}",
            order=bill.order,
            currency=CURRENCY,
            minor=minor,
            credited_on=on,
            invoice=bill.number,
            reason=reason,
        )
        self._plan(on, Sent(note))

    def _cancellation(self, order: Order, on: date) -> Cancellation:
        return Cancellation(number=f"S{order.number[1:]}", order=order.number, currency=CURRENCY, cancelled_on=on)

    def _plan(self, on: date, event: Event) -> None:
        self._planned.setdefault(on, []).append(event)
