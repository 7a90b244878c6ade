"""The contract of every shop that orders are read from and payments are told to.

A shop lists what is open, hands out orders in full, and is told what became of their money. It knows nothing of our
tables; what we know of it is handed to it when it is opened. Every verb may be repeated: reading changes nothing, and
telling a shop what it knows already changes nothing there.

All verbs raise `refusals.Unreachable` with one sentence when the shop does not answer, answers nonsense, or does not
let us in; `permanent` when trying again cannot help.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Address:
    """A person or company with an address; what the shop does not say is empty. `country` is ISO 3166, two letters."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its shop tells it.

    `key` is what the shop finds the order by (its internal id, or the number where it has no other); `number` is what
    the buyer was told. `status` and `payment_method` are the shop's own codes. `kind` is prepayment, invoice or cod
    where the shop says so itself, else empty: then the merchant's mapping of payment methods decides.
    `amount` is what is asked for in the order's currency; zero and below are told as they are.
    """

    key: str
    number: str
    amount: Amount
    ordered_on: date | None = None
    due_on: date | None = None
    status: str = ""
    status_name: str = ""
    payment_method: str = ""
    payment_method_name: str = ""
    kind: str = ""
    subshop: str = ""
    language: str = ""  # such as de or de-AT
    email: str = ""
    customer_number: str = ""
    billing: Address = field(default_factory=Address)
    delivery: Address = field(default_factory=Address)
    invoice_numbers: tuple[str, ...] = ()
    invoiced_on: date | None = None
    tracking_numbers: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    marketplace_number: str = ""
    paid: Amount | None = None  # by what the shop knows itself
    shipping: Amount | None = None
    customer_group: str = ""  # as the shop calls it
    dunning_level: int = 0  # how often the buyer was reminded before the order came to us
    changed_at: datetime | None = None
    reference: str = ""  # what the buyer was asked to write, where the shop gives out references of its own
    iban: str = ""  # an account the buyer has paid from
    discount: Amount | None = None  # cash discount that may be taken until `discount_until`, never without it
    discount_until: date | None = None


class Verdict(StrEnum):
    """What a shop can be told about the money of an order; nothing else goes back."""

    PAID = "PAID"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Telling:
    """One order and what became of its money.

    `status` is the shop's own status that the merchant chose for it; empty where the shop decides itself (the
    modules), or where only the payment is recorded. `callback` is ours for this telling, kept by shops as transaction
    id: letters, digits, dot, hyphen and underscore only. `seen_status` is the status we know; a shop that finds
    another one that is not open was changed by a person and is left alone.
    """

    key: str
    number: str
    verdict: Verdict
    callback: str
    status: str = ""
    seen_status: str = ""
    amount: Amount | None = None
    paid_on: date | None = None


class Heard(StrEnum):
    """What a shop made of a telling."""

    WRITTEN = "written"
    ALREADY = "already"  # the order was there before
    LEFT = "left"  # changed by a person or no longer open: not written, and not to be tried again
    UNKNOWN = "unknown"  # the shop does not know the order
    REFUSED = "refused"  # the shop says no; `why` says what it said


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one telling, in the order of the tellings."""

    heard: Heard
    why: str = ""


#: What is answered to a credit whose money was sent back; every other word says that it was not, and why.
SENT_BACK = "PROCESSED"


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that the shop wants to be sent back: a credit note.

    `key` is what it is answered by. It is never given to another credit of this shop and has at most 64 signs, so
    that it can be the reference by which a repetition is known.
    """

    key: str
    order_number: str
    amount: Amount | None  # None where the shop names no currency: the order's is meant
    told: str = ""  # the amount as the shop wrote it
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A payment method or a status that the shop has, for the merchant to map."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class About:
    """What a shop says of itself when it is asked whether all is well."""

    system: str
    version: str = ""
    plugin_version: str = ""
    encryption: str = ""
    currency: str = ""
    subshops: tuple[Choice, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_columns: bool = False  # a person has to say what the columns of its files mean before they can be read


@dataclass(frozen=True, slots=True)
class Reading:
    """Which orders are wanted: the shop's codes of open statuses and payment methods, both empty for the modules.

    `kinds` gives per payment kind (prepayment, invoice, cod) its payment methods and open statuses.
    """

    kinds: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    subshops: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class SentBack:
    """Money of an order that went back, or came back from where it went; whoever asked for it.

    `reference` is ours and names the refund; the same again with another `has_left` replaces what was noted.
    """

    key: str
    reference: str
    amount: Amount
    on: date
    has_left: bool = True

    @property
    def words(self) -> str:
        """What stands with the order."""
        if self.has_left:
            return f"{SENT_BACK} {self.reference} {self.amount} {self.on}"
        return f"CAME_BACK {self.reference} {self.amount}"


@runtime_checkable
class NotesRefunds(Protocol):
    """A shop that has a place with an order for a note about money that went back. Its status stays as it is."""

    def note_refund(self, refund: SentBack) -> Answer:
        """Note it once, however often told. UNKNOWN where the shop does not know the order."""


class ShopPort(Protocol):
    """An open shop."""

    def about(self) -> About:
        """Who answers there, after everything needed for reading and telling was tried."""

    def methods(self) -> Sequence[Choice]:
        """The payment methods to map; none where the shop keeps its own mapping."""

    def statuses(self) -> Sequence[Choice]:
        """The statuses to map; none where the shop keeps its own mapping."""

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        """The keys of all orders that are open now: the whole list, or Unreachable. Never a part of it."""

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        """These orders in full, in any order; what the shop does not know any more is left out."""

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """The keys of orders, open or not, that have changed since; the open list where the shop cannot say."""

    def find(self, number: str) -> ShopOrder | None:
        """One order by the number the buyer knows, whatever its state."""

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        """Tell what became of the money of orders; one answer each, in their order.

        When the shop breaks off in the middle, Unreachable is raised, and everything may be told again.
        """

    def credits(self) -> Sequence[Credit]:
        """What the shop wants to be sent back and has not been answered yet; none where it cannot say.

        A shop that has no place for an answer may give a credit again: its key tells that it is known.
        """

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        """Tell what became of a credit: `SENT_BACK`, or why its money was not sent. Written once, however often told.

        LEFT where the shop has no place for this answer, UNKNOWN where it does not know the credit.
        """

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """The invoice as PDF; None where there is none to be had."""
