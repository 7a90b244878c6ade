"""What the matcher is told and what it answers: frozen facts in, a proposal out.

All money is whole minor units of the stated currency. The matcher knows no database, clock or network.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from zahlmeister.values import value


@value(frozen=True, slots=True)
class Payment:
    """An incoming payment as far as matching is concerned. `minor` is positive."""

    minor: int
    currency: str
    booked_on: date | None = None
    payer: str | None = None
    ultimate_payer: str | None = None
    iban: str | None = None
    remittance: str | None = None
    remittance_pieces: tuple[str, ...] = ()
    creditor_reference: str | None = None
    end_to_end_id: str | None = None
    booking_text: str | None = None
    bank_code: str | None = None
    charges_minor: int | None = None
    original_minor: int | None = None  # instructed amount, when in the payment's currency
    value_on: date | None = None  # when the money counts, if the bank says so
    may_be_ignored: bool = True  # not on a pooled account: its money is assigned or goes back
    only_for: tuple[tuple[int | None, str], ...] = ()  # shop and billing country its account is kept to; empty: any


@value(frozen=True, slots=True)
class Item:
    """An open item as a candidate. Closed items may be candidates too: their number in a text is evidence.

    `id` is whatever the caller uses to find the item again; the matcher only compares it.
    """

    id: int
    number: str
    total_minor: int
    open_minor: int  # 0 when nothing is owed any more
    currency: str
    opened_on: date | None = None
    due_on: date | None = None
    invoice_numbers: tuple[str, ...] = ()
    customer_number: str | None = None
    payment_kind: str = "prepayment"  # prepayment, invoice, cod, other
    name: str | None = None
    company: str | None = None
    email: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    shipping_minor: int | None = None
    ibans: tuple[str, ...] = ()  # accounts this customer has paid from before
    payer_names: tuple[str, ...] = ()  # as `folding.payer_name` writes who, a person said, pays for this customer
    reference: str | None = None  # our own payment reference, or a creditor reference
    discount_minor: int = 0  # cash discount the customer may take
    discount_until: date | None = None
    fees_minor: int = 0  # dunning fees and charges on top of what is open: welcome, and not owed
    owed_fees_minor: int = 0  # so much of what is open is fees: some pay the order alone
    tracking_numbers: tuple[str, ...] = ()  # of its parcels, capital letters and digits
    shop: int | None = None
    country: str = ""  # where its bill goes


class Decision(StrEnum):
    """What is to happen with the payment."""

    ASSIGNED = "assigned"
    SUGGESTED = "suggested"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


class Outcome(StrEnum):
    """What the allocations make of the items."""

    PAID = "paid"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    NONE = "none"


@value(frozen=True, slots=True)
class Clue:
    """One reason for or against a candidate.

    `kind` is a stable word for programs (order_number, name, amount, …), `facts` fill the sentence that
    `matching.words` makes of it, `weight` is in bits: positive speaks for, negative against.
    """

    kind: str
    weight: float
    facts: tuple[str, ...] = ()


@value(frozen=True, slots=True)
class Share:
    """So much of the payment is for this item."""

    item: Item
    minor: int


@value(frozen=True, slots=True)
class Candidate:
    """One answer: one or several items, how sure we are (0..1) and why."""

    shares: tuple[Share, ...]
    confidence: float
    clues: tuple[Clue, ...]
    outcome: Outcome


@value(frozen=True, slots=True)
class Proposal:
    """The finding of the matcher for one payment; `candidates` best first, at most five.

    When `decision` is ASSIGNED the first candidate is the allocation. `reason` says in a stable word why a payment
    is ignored (provider, tax, salary, own_rule …) or why it was not assigned (ambiguous, weak, closed …).
    """

    decision: Decision
    candidates: tuple[Candidate, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The merchant's own settings for matching."""

    threshold: float = 0.999  # a lower posterior is suggested, not assigned
    margin_bits: float = 4.0  # how far ahead of the runner-up an assignment must be
    tolerance_minor: int = 0  # a difference up to this, either way, counts as exactly paid
    ignored_payers: frozenset[str] = field(default_factory=frozenset)  # IBANs and folded names
    ignored_words: tuple[tuple[str, ...], ...] = ()  # folded words that all stand in a text that is for no order
    ignored_patterns: tuple[str, ...] = ()  # see `matching.patterns`
    ignored_above: tuple[tuple[str, int], ...] = ()  # currency and minor units: what is more is for no order
    ignored_phrases: tuple[str, ...] = ()  # folded words; a text with them that names no order is for none
    ignores_known_providers: bool = True
    noise: frozenset[str] = field(default_factory=frozenset)  # numbers and words that stand in all kinds of texts
