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
#: What the guarantor charges for an invoice: of its amount in basis points, for each, and tax on both.
FEE_BASIS_POINTS, FEE, FEE_TAX = 250, 30, 1_900
#: How the buyers of a thousand invoices behave.
BEHAVIOURS = {"punctual": 600, "late": 160, "never": 45, "direct": 40, "returns": 95, "disputes": 60}
#: Who orders, of a thousand: regular customers, those with an account, guests; and what they order for, in cents.
BUYERS = {"regular": 550, "registered": 250, "guest": 200}
ORDERED = {"regular": (1_500, 24_000), "registered": (1_500, 27_000), "guest": (1_500, 18_000)}
#: Regular customers there are.
REGULARS = 60
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
    is_covered: bool = True  # False: the guarantor need not pay what the buyer does not
    shipped_after: int | None = 0  # days; None: never
    reported_after: int = 0

    @property
    def price(self) -> int:
        """What the merchant is owed for it by the guarantor in the end: what was not credited or paid to him."""
        value = self.minor - self.credited
        return (value if self.is_covered else min(value, self.paid + self.direct)) - self.direct

    @property
    def fees(self) -> int:
        """What the guarantor charges for it, with the tax on that; halves of a cent are rounded up."""
        fee = FEE + (self.minor * FEE_BASIS_POINTS + 5_000) // 10_000
        return fee + (fee * FEE_TAX + 5_000) // 10_000


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
    buyer: int  # the same number is the same person
    registered_on: date | None = None  # None: a guest
    paid_before: tuple[date, ...] = ()  # orders that the shop says he has paid
    is_elsewhere: bool = False  # the goods go to another address: a person decides


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
    is_buyer_right: bool = False


@dataclass(frozen=True, slots=True)
class GivesBack:
    """The guarantor gives a claim back: nothing proves that it was shipped."""

    invoice: str


Event = Ordered | Sent | Pays | Disputes | GivesBack


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
        order = self._ordered(today)
        dice, minor = self._dice, order.minor
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

    def _ordered(self, today: date) -> Order:
        """Somebody orders: a regular customer comes again and again and pays, the others are new each time."""
        self._number += 1
        dice = self._dice
        sort = dice.choices(list(BUYERS), list(BUYERS.values()))[0]
        buyer = dice.randrange(REGULARS) if sort == "regular" else REGULARS + self._number
        first, last = _FIRST[buyer % len(_FIRST)], _LAST[buyer // len(_FIRST) % len(_LAST)]
        behaviours = dict(BEHAVIOURS) | ({"never": 0, "late": 60} if sort == "regular" else {})
        since = self.begins_on - timedelta(days=400 + buyer)
        return Order(
            number=f"B{self.seed:02d}-{self._number:05d}",
            on=today,
            minor=dice.randrange(*ORDERED[sort]),
            first_name=first,
            last_name=last,
            email=f"{first}.{last}.{buyer}@post.example".lower(),
            behaviour=dice.choices(list(behaviours), list(behaviours.values()))[0],
            buyer=buyer,
            registered_on=None if sort == "guest" else since,
            paid_before=tuple(since + timedelta(days=40 * n) for n in range(6)) if sort == "regular" else (),
            is_elsewhere=dice.randrange(100) < 3,
        )

    def _parts(self, minor: int) -> list[int]:
        """One shipment for most orders, two for some, and for a few the second never leaves."""
        if self._dice.randrange(100) < 75:
            return [minor]
        first = self._dice.randrange(500, minor - 500)
        return [first] if self._dice.randrange(100) < 30 else [first, minor - first]

    def _bill(self, order: Order, index: int, minor: int, on: date) -> None:
        bill = Bill(f"R{order.number[1:]}-{index}", order.number, on, minor)
        self.bills[bill.number] = bill
        slip = self._dice.randrange(100) if order.behaviour in ("punctual", "late") else 100
        if slip < 2:  # reported when it is too late: nothing is guaranteed
            bill.reported_after, bill.is_covered = 10, False
        elif slip < 5:
            bill.shipped_after = self._dice.randrange(34, 45)
        elif slip < 6:
            bill.shipped_after, bill.is_covered = None, False
            self._plan(on + timedelta(days=40), GivesBack(bill.number))
        self._plan(on, Sent(self._invoice(bill)))
        if bill.shipped_after is None:
            return  # nobody pays for what never came
        self._ship(bill, on + timedelta(days=bill.shipped_after))
        if bill.shipped_after:
            self._pays(bill, bill.minor, bill.shipped_after + self._dice.randrange(3, TERM))
        else:
            getattr(self, f"_{order.behaviour}")(bill)

    def _ship(self, bill: Bill, on: date) -> None:
        shipped = ShipmentDocument(
            number=f"L{bill.number[1:]}",
            order=bill.order,
            currency=CURRENCY,
            shipped_on=on,
            invoice=bill.number,
            carrier="DHL",
            tracking=f"00340{self._dice.randrange(10**8):08d}",
        )
        self._plan(on, Sent(shipped))

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
            invoiced_on=bill.on - timedelta(days=bill.reported_after),
            due_on=bill.on + timedelta(days=TERM),
            lines=tuple(lines),
        )

    # --- how buyers behave; each plans the rest of a bill's life and keeps the oracle's books of it

    def _punctual(self, bill: Bill) -> None:
        chance = self._dice.randrange(100)
        if chance < 4:
            self._credits(bill, self._share(bill), self._dice.randrange(1, 3), "price_correction")  # before payment
        self._pays(bill, bill.minor - bill.credited, self._dice.randrange(5, TERM + 1))
        if 4 <= chance < 9:
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
        if self._dice.randrange(100) < 25:  # a parcel that takes its time
            announced, back = self._dice.randrange(9, 13), self._dice.randrange(31, 36)
        minor = bill.minor if self._dice.randrange(100) < 40 else self._share(bill)
        common = {"order": bill.order, "currency": CURRENCY, "invoice": bill.number, "minor": minor}
        on, came = bill.on + timedelta(days=announced), bill.on + timedelta(days=back)
        self._plan(on, Sent(ReturnAnnounced(number=f"A{bill.number[1:]}", announced_on=on, **common)))  # type: ignore[arg-type] # by name
        self._plan(came, Sent(ReturnReceived(number=f"W{bill.number[1:]}", received_on=came, **common)))  # type: ignore[arg-type] # likewise
        self._credits(bill, minor, back + self._dice.randrange(3), "return")
        if minor < bill.minor:
            self._pays(bill, bill.minor - minor, self._dice.randrange(back + 1, back + 12))

    def _disputes(self, bill: Bill) -> None:
        """The buyer objects. It is explained sooner or later, and he pays; or he is right, and never has to."""
        begun, over = self._dice.randrange(4, 12), self._dice.randrange(16, 50)
        bill.is_covered = self._dice.randrange(100) < 70
        self._plan(bill.on + timedelta(days=begun), Disputes(bill.number, is_over=False))
        ended = Disputes(bill.number, is_over=True, is_buyer_right=not bill.is_covered)
        self._plan(bill.on + timedelta(days=over), ended)
        if bill.is_covered:
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
