"""The contract of every payment provider, in the house's own words.

A buyer is sent to the provider, pays there or does not, and comes back. What he comes back with proves nothing: only
what the provider itself says counts. It says so twice: a call to us (an event, signed or to be asked about) tells that
there is something to see, and `Provider.fetch` says how the payment stands. An event is therefore never more than a
reason to look: one that is missing, late, doubled or out of order changes nothing about what is found.

What is found is a list of moves. Each has a key of the provider's (the number of a capture, a refund, a dispute), and
the same move seen again is the same move. Every write carries a key of ours, which the provider keeps: the same key
again is the same payment or refund.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from zahlmeister.money.amount import Amount


class Method(StrEnum):
    """What a buyer chooses from. `INSTANT` is the bank payment at once that Sofort once was, whatever it is called."""

    PAYPAL = "paypal"
    CARD = "card"
    INSTANT = "instant"


class Kind(StrEnum):
    """What an event tells, and what a move is.

    `OTHER` is an event that is about nothing the house keeps; it is answered and forgotten.
    """

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_WON = "chargeback_won"
    PAID_OUT = "paid_out"
    OTHER = "other"


class Standing(StrEnum):
    """How far a payment is at the provider."""

    WAITING = "waiting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Why(StrEnum):
    """Why a stored way of paying could not be charged: this time, without the buyer himself, or never again.

    `UNKNOWN`: whether it was charged could not be found out.
    """

    DECLINED = "declined"
    ASK = "ask"
    GONE = "gone"
    UNKNOWN = "unknown"


#: Nothing more can come of the payment itself; refunds and chargebacks of one that succeeded still can.
OVER = frozenset({Standing.SUCCEEDED, Standing.FAILED, Standing.CANCELLED, Standing.EXPIRED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payment that a buyer is to be asked for.

    `intent` is our reference, the key under which the payment is made only once, and comes back with all that is
    said of it. `purpose` is what the buyer reads. `webhook_url` is where a provider calls that is told so with each
    payment; empty where nobody can call us, and the payment is asked about until it is over. `keeps`: the buyer has
    agreed that the provider stores how he pays, so that it can be charged again without him.
    """

    intent: str
    amount: Amount
    method: Method
    purpose: str
    return_url: str
    cancel_url: str
    webhook_url: str = ""
    language: str = "de"
    email: str = ""
    expires_at: datetime | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """How a buyer has paid, stored by the provider with his consent, so that it can be charged again.

    `owner` is the buyer as the provider numbers him, empty where it does not; `label` is what the buyer knows it by,
    such as “Visa … 4242”.
    """

    number: str
    owner: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of a charge without the buyer. `why` is None where nothing stands in its way: `fetch` says the rest.

    `provider_id` is empty where the provider made no payment of it; `reason` is what the provider says.
    """

    provider_id: str
    why: Why | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """The payment as the provider calls it, and where the buyer is sent."""

    provider_id: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An event that the provider has sent, and nobody else.

    `event_id` makes it come only once. `provider_id` is the payment to look at, by either of its numbers (see `Found`);
    empty where the event is about none. `intent` is our own reference where the event repeats it.
    """

    event_id: str
    provider_id: str
    kind: Kind
    at: datetime | None = None
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Money that has moved at the provider, or did not after all.

    `amount` is positive, `kind` says which way: `SUCCEEDED` and `CHARGEBACK_WON` to us, `REFUNDED` and `CHARGED_BACK`
    away from us; `REFUND_FAILED` undoes the refund of the same `key`, `DISPUTED` moves nothing yet. `fee` is what the
    provider keeps of it, below zero when it gives a fee back; None where it is only told with the payout. `ours` is
    the key that we gave a refund, empty for one that was made elsewhere.
    """

    key: str
    kind: Kind
    amount: Amount
    at: datetime
    fee: Amount | None = None
    ours: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How a payment stands, whole: every move there has been, in the order in which they happened.

    `payment` is the number by which later events call it, where that is not `provider_id`. `stored` is how it was paid,
    where that can be charged again.
    """

    provider_id: str
    standing: Standing
    moves: Sequence[Move] = ()
    payment: str = ""
    reason: str = ""
    stored: Stored | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """What the provider sends to the merchant's bank account.

    `number` is what stands on the bank statement. `fees` is what was kept of it and told with no move; negative
    amounts are payouts that the provider collects instead.
    """

    key: str
    number: str
    amount: Amount
    on: date
    fees: Amount


@dataclass(frozen=True, slots=True)
class Call:
    """A call to our address as it arrived: names of headers in small letters, the body untouched."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Provider(Protocol):
    """A provider that can be spoken to.

    Every verb raises `refusals.Unreachable` with a sentence when there is no answer, `permanent` where trying again
    cannot help, and `refusals.Refused` where the provider declines what is asked.
    """

    def check(self) -> str:
        """Ask something harmless; the name of the account that the keys open."""

    def start(self, wanted: Wanted) -> Started:
        """Have a payment prepared. The same `wanted.intent` again is the same payment."""

    def fetch(self, provider_id: str, *, takes: bool = True) -> Found:
        """How the payment stands now.

        Args:
            provider_id: which.
            takes: what the buyer has approved, and the provider waits for us to take, is taken.
        """

    def cancel(self, provider_id: str) -> None:
        """Close a payment that nobody has made, so that nobody can make it any more."""

    def refund(self, provider_id: str, amount: Amount, key: str) -> Move:
        """Send money of a payment back. The same key again is the same refund.

        Raises:
            Refused: more than is left of the payment, or nothing was paid.
        """

    def charge(self, wanted: Wanted, stored: Stored) -> Charged:
        """Charge what was stored, without the buyer. The same `wanted.intent` again is the same payment, however late.

        A charge that is declined is an answer, and none that is refused: see `Charged.why`.

        Raises:
            Unreachable: also where the provider says that it knows the charge already, and not what became of it.
            Refused: it was not made now; whether an earlier question has made it is not said.
        """

    def charged(self, wanted: Wanted, stored: Stored) -> Charged | None:
        """What became of a charge that was asked for, without making it; None when it was surely not made.

        Raises:
            Unreachable: there is no answer, or the provider cannot be asked that.
        """

    def forget(self, stored: Stored) -> None:
        """Have the provider forget what was stored; what it has forgotten already is forgotten."""

    def payouts(self, since: date) -> Sequence[Payout]:
        """What was paid out on or after a day; empty where the keys do not allow asking."""

    def read_event(self, call: Call) -> Seen | None:
        """What a call to our address says, once it is certain that the provider called; None for what concerns nobody.

        A provider whose calls prove nothing answers with the number to ask about, which makes no difference: what
        counts is always asked.

        Raises:
            Refused: the call is not the provider's, or too old.
        """


@dataclass(frozen=True, slots=True)
class Key:
    """A key or number that a merchant types in when a provider is connected."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = True
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class System:
    """A provider that can be connected: its name, what buyers can pay with there, and what has to be typed in.

    `opener` is where its adapter is found, as “module:function”; the function takes an address and the keys.
    `stores` is what can be charged again without the buyer.
    """

    code: str
    title: str
    address: str
    opener: str
    methods: frozenset[Method]
    keys: tuple[Key, ...] = field(default=())
    stores: frozenset[Method] = frozenset()
    test_address: str = ""
