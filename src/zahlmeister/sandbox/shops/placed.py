"""What every stand-in shop keeps: who ordered what for how much, and how often its outcome was written."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from zahlmeister.connectors.shops.contract import Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.served import Served

#: When the first order was placed; each further one comes a minute later.
FIRST = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@dataclass(slots=True)
class Placed:
    """An order as a stand-in keeps it. `states` is by facet; a shop with one status calls it “status”."""

    key: str
    place: int  # from 1, in the order they came
    number: str
    amount: Amount
    method: str
    first_name: str
    last_name: str
    states: dict[str, str]
    ordered_at: datetime
    changed_at: datetime
    effects: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    sent_back: dict[str, str] = field(default_factory=dict)  # what was noted of its money that went back

    @property
    def email(self) -> str:
        return f"{self.last_name.lower()}@example.org".replace("ß", "ss").replace("ü", "ue")


@dataclass(slots=True)
class Wish:
    """Money that the shop wants to be sent back, and what was answered."""

    key: str
    order: Placed
    amount: Amount
    answer: str = ""


class ShopStandIn(Served):
    """The part of a stand-in that is the same whatever it speaks."""

    methods: tuple[str, ...]
    opened: dict[str, str]  # the states of a new order
    by_hand: dict[str, str]  # what a person sets who takes an order out of our hands
    revivable = True
    takes_cancelled = True

    def __init__(self) -> None:
        self.orders: list[Placed] = []
        self.wishes: list[Wish] = []
        super().__init__()

    @property
    def has_credits(self) -> bool:
        return True

    @property
    def is_cancelled_revivable(self) -> bool:
        return self.revivable

    def key_of(self, place: int) -> str:
        """How the shop finds its orders by itself."""
        return str(place)

    def place(self, number: str, amount: Amount, *, method: int = 0, name: str = "Anna Arendt") -> None:
        """Somebody orders and will pay in advance."""
        at = FIRST + timedelta(minutes=len(self.orders))
        first, _, last = name.rpartition(" ")
        place = len(self.orders) + 1
        order = Placed(
            self.key_of(place), place, number, amount, self.methods[method], first, last, dict(self.opened), at, at
        )
        self.orders.append(order)

    def order(self, number: str) -> Placed:
        """An order by the number the buyer knows."""
        return next(order for order in self.orders if order.number == number)

    def by_key(self, key: str) -> Placed | None:
        """An order by the shop's own key."""
        return next((order for order in self.orders if order.key == key), None)

    def change_amount(self, number: str, amount: Amount) -> None:
        """Somebody in the shop changes what is to be paid."""
        order = self.order(number)
        order.amount = amount
        self.touch(order)

    def change_by_hand(self, number: str) -> None:
        """Somebody in the shop gives the order a status that is none of the mapped ones."""
        order = self.order(number)
        order.states.update(self.by_hand)
        self.touch(order)

    def touch(self, order: Placed) -> None:
        """An order was changed, later than anything before."""
        order.changed_at = max(one.changed_at for one in self.orders) + timedelta(seconds=1)

    def effects(self, number: str) -> int:
        """How often an outcome was written to an order."""
        return self.order(number).effects

    def outcome(self, number: str) -> Verdict | None:
        """What the shop believes about the money of an order."""
        raise NotImplementedError

    def credit(self, number: str, amount: Amount) -> str:
        """The shop wants money of this order to be sent back."""
        wish = Wish(self.key_of(9000 + len(self.wishes)), self.order(number), amount)
        self.wishes.append(wish)
        return wish.key

    def credit_answer(self, key: str) -> str:
        """What was answered to a credit; empty when nothing was."""
        return next(wish.answer for wish in self.wishes if wish.key == key)
