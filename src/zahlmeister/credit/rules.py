"""What is asked when somebody wants to buy on invoice, what the house knows of the buyer, and what is answered.

Amounts are whole minor units of the application's currency. Nothing here is a scientific score: the ladder is a list of
rules, each of which says in words why it spoke.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Method(StrEnum):
    """A way of paying later that is decided on its own."""

    INVOICE = "invoice"
    DIRECT_DEBIT = "direct_debit"


class Mode(StrEnum):
    """How far a question goes."""

    VALIDATE = "validate"  # are the data complete and plausible?
    PRECHECK = "precheck"  # what would be decided, without asking a bureau; nothing is kept
    CHECK = "check"  # the decision


class Outcome(StrEnum):
    """What is decided, from good to bad."""

    ACCEPTED = "accepted"
    REVIEW = "review"  # a person decides within a day; nothing is shipped before
    DECLINED = "declined"  # may be asked again: later, or with corrected data
    DECLINED_FINAL = "declined_final"


class Receiving(StrEnum):
    """Where goods are received."""

    ADDRESS = "address"
    PICK_UP_BOX = "pick_up_box"
    PICK_UP_SHOP = "pick_up_shop"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Place:
    """An address. `name` is who receives there, empty for the buyer; `house_number` may stand in the street instead."""

    street: str
    postcode: str
    city: str
    country: str
    house_number: str = ""
    name: str = ""
    receiving: Receiving = Receiving.ADDRESS


@dataclass(frozen=True, slots=True)
class Article:
    """One line of the basket, gross, and the shop's word for what kind of goods it is."""

    name: str
    minor: int
    quantity: int = 1
    number: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier order of the buyer, as the shop tells it."""

    ordered_on: date
    minor: int
    method: str = ""
    is_paid: bool = True


@dataclass(frozen=True, slots=True)
class Application:
    """Somebody wants to buy on invoice. `order` is the shop's or ERP's order reference.

    `others` are further methods the shop would like to know of in the same breath. `was_told` says that the buyer was
    told beforehand that address data are used for a decision (§ 31 (1) no. 4 BDSG). `is_express` asks for the goods to
    leave at once.
    """

    order: str
    minor: int
    currency: str
    billing: Place
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    vat_id: str = ""
    born_on: date | None = None
    delivery: Place | None = None  # None: the billing address
    email: str = ""
    phone: str = ""
    iban: str = ""
    ip: str = ""
    device: str = ""
    language: str = "de"
    method: Method = Method.INVOICE
    others: tuple[Method, ...] = ()
    customer_number: str = ""
    registered_on: date | None = None  # None: a guest
    customer_history: tuple[Earlier, ...] = ()
    articles: tuple[Article, ...] = ()
    is_express: bool = False
    was_told: bool = False

    @property
    def is_company(self) -> bool:
        return bool(self.company.strip())

    @property
    def name(self) -> str:
        """Who buys, as a list shows it."""
        return self.company.strip() or f"{self.first_name} {self.last_name}".strip()

    @property
    def receives_elsewhere(self) -> bool:
        """Whether the goods go to another place than the invoice."""
        return self.delivery is not None and self.delivery != self.billing

    def as_document(self) -> dict[str, Any]:
        """As plain data, the way it is kept: days as 2026-11-22."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return document

    def fingerprint(self) -> str:
        """The same for the same content, whenever it is asked."""
        return sha256(json.dumps(self.as_document(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Overdue:
    """An invoice of the buyer that is past its due day."""

    minor: int
    due_on: date
    noticed_on: tuple[date, ...] = ()  # written notices after the due day, the first one first
    is_disputed: bool = False
    is_collected: bool = False  # with an agency


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier application of the last days that shares something with this one."""

    at: datetime
    minor: int
    order: str
    shares: frozenset[str]  # customer, email, phone, person, address, ip, device
    outcome: Outcome
    sort: str = ""  # of the gravest reason; see `reasons.Sort`


class Light(StrEnum):
    """What a bureau's answer comes to."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"  # nobody of this name, or nothing but the address is known
    SILENT = "silent"  # no answer, or none that can be read


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a bureau said of the buyer, or why it was not asked. `grade` and `marks` are its own words."""

    light: Light
    bureau: str = ""
    grade: str = ""
    marks: tuple[str, ...] = ()
    why: str = ""
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the house knows of the buyer at the moment of the application."""

    open_minor: int = 0  # open on his invoices
    reserved_minor: int = 0  # accepted and not captured yet
    overdue: tuple[Overdue, ...] = ()
    paid_on: tuple[date, ...] = ()  # days on which his invoices were paid, newest first
    dunned: int = 0  # notices ever written to him after a due day
    is_insolvent: bool = False
    is_blocked: bool = False  # the merchant lets nobody ask him for money
    bought_minor: int = 0  # of the last year
    returned_minor: int = 0  # of these
    known_places: frozenset[str] = frozenset()  # where something he paid for went, as `keys.place_key` writes it
    listed: frozenset[str] = frozenset()  # which of his keys the block list holds; see `keys.Kind`
    asked: tuple[Asked, ...] = ()
    names_at_address: int = 0  # others who have applied from this address in the last 90 days
    cities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # “DE 79098” → towns that mail reached there
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. `code` never changes its meaning; `text` is for the merchant's people and never for the buyer.

    `field` is what of the application would have to be corrected.
    """

    code: str
    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `public_text` is the key of what may be said to the buyer; see `public.text`.

    `corrections` are better values for fields of the application; the shop shows them and asks again with them.
    `methods` is the outcome for each method that was asked for. `limit_minor` is what the buyer may owe in all.
    `decision_id` is empty where nothing was kept.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    public_text: str = "accepted"
    corrections: Mapping[str, str] = field(default_factory=dict)
    retry_after: datetime | None = None
    limit_minor: int | None = None
    rule_set_version: int = 0
    methods: Mapping[Method, Outcome] = field(default_factory=dict)
    decision_id: int | None = None
    expires_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED
