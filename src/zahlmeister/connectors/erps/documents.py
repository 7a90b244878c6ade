"""The documents that an ERP sends about an order bought on invoice, in the house's own words.

Whatever the way (API, file, an ERP's own protocol), a document becomes one of these before anybody judges it. Amounts
are whole minor units of the document's currency and never negative: the kind says which way the money goes. `number`
is the ERP's own number of the document and, together with the kind, what makes it this document and no other: the same
number with the same fingerprint is the same document once more. `order` may be empty where `invoice` is given.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from zahlmeister.formats.keepable import is_keepable
from zahlmeister.money.amount import Amount, minor_text
from zahlmeister.refusals import Unreadable

#: The longest number or reference; the same as a number of an order.
LONGEST = 64
#: No single document is above this; a figure that long is a slip (as in the programs' API).
MOST_MINOR = 10**13


class Kind(StrEnum):
    """What an ERP tells."""

    INVOICE = "invoice"
    SHIPMENT = "shipment"
    RETURN_ANNOUNCED = "return_announced"
    RETURN_RECEIVED = "return_received"
    CREDIT_NOTE = "credit_note"
    CANCELLATION = "cancellation"
    DIRECT_PAYMENT = "direct_payment"


class WrongDocument(Unreadable):
    """A document that contradicts itself or lacks what its kind needs."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice, shipment, return or credit note. `minor` is what the whole line costs, tax included.

    A discount or voucher is a line with a negative amount.
    """

    name: str
    minor: int
    quantity: Decimal = Decimal(1)
    article: str = ""
    tax_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What of an amount is taxed at one rate: net and tax together are gross."""

    percent: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """What every document has."""

    KIND: ClassVar[Kind]

    number: str
    order: str
    currency: str

    @property
    def kind(self) -> Kind:
        """What it tells."""
        return self.KIND

    def fingerprint(self) -> str:
        """A hash of the whole content, the kind included: the same content has the same one on every machine."""
        content = json.dumps({"kind": self.KIND, **as_plain(self)}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def _check_names(self, *, needs_order: bool, invoice: str = "") -> None:
        if not is_keepable(as_plain(self)):
            raise WrongDocument(f"A document of the kind {self.kind} holds the sign NUL, which is no part of any text.")
        Amount.zero(self.currency)  # refuses what is no currency
        if not self.number:
            word = _WORDS[self.KIND]
            raise WrongDocument(f"{word} without a number: the ERP's own number of the document is needed.")
        if needs_order and not self.order:
            raise WrongDocument(f"{self.name} does not say which order it belongs to.")
        if not (self.order or invoice):
            raise WrongDocument(f"{self.name} needs the number of the order or of the invoice it belongs to.")
        for what, told in (("number", self.number), ("order", self.order), ("invoice", invoice)):
            if len(told) > LONGEST:
                raise WrongDocument(f"{self.name}: the {what} “{told[:20]}…” is longer than {LONGEST} signs.")

    @property
    def name(self) -> str:
        """How a sentence names it: `invoice R-100`."""
        return f"{_WORDS[self.KIND]} {self.number[:LONGEST]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument(_Numbered):
    """The order, or a part of it, is billed: a capture. `minor` is gross; without `due_on` the agreed term counts."""

    KIND = Kind.INVOICE

    minor: int
    invoiced_on: date
    due_on: date | None = None
    lines: tuple[Line, ...] = ()
    taxes: tuple[TaxShare, ...] = ()

    def __post_init__(self) -> None:
        self._check_names(needs_order=True)
        _positive(self, self.minor)
        if not self.lines:
            raise WrongDocument(f"{self.name} has no lines; each thing that is billed is one.")
        if self.due_on and self.due_on < self.invoiced_on:
            raise WrongDocument(f"{self.name} is due on {self.due_on}, before its own day {self.invoiced_on}.")
        _adds_up(self, self.minor, self.lines, self.taxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDocument(_Numbered):
    """Goods have left: all that is billed with `invoice`, or these `lines`. `method` is delivery or pick_up."""

    KIND = Kind.SHIPMENT

    shipped_on: date
    invoice: str = ""
    carrier: str = ""
    tracking: str = ""
    method: str = "delivery"
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        self._check_names(needs_order=True, invoice=self.invoice)
        if self.method not in {"delivery", "pick_up"}:
            raise WrongDocument(f"{self.name}: “{self.method[:20]}” is no way of shipping; delivery or pick_up is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAnnounced(_Numbered):
    """The buyer wants to send goods worth `minor` back; until they have come nobody reminds him of them."""

    KIND = Kind.RETURN_ANNOUNCED

    minor: int
    announced_on: date
    invoice: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        self._check_names(needs_order=False, invoice=self.invoice)
        _positive(self, self.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(_Numbered):
    """Goods worth `minor` have come back; `fee_minor` of it the buyer owes for the return. No credit note yet."""

    KIND = Kind.RETURN_RECEIVED

    minor: int
    received_on: date
    invoice: str = ""
    announced: str = ""  # the number of the announcement
    fee_minor: int = 0
    reason: str = ""
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        self._check_names(needs_order=False, invoice=self.invoice)
        _positive(self, self.minor)
        if not 0 <= self.fee_minor <= self.minor:
            raise WrongDocument(f"{self.name}: a return fee lies between nothing and what is returned.")
        _adds_up(self, self.minor, self.lines, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteDocument(_Numbered):
    """The buyer owes `minor` less of `invoice`. `reason` is return, goodwill, price_correction or free text."""

    KIND = Kind.CREDIT_NOTE

    minor: int
    credited_on: date
    invoice: str = ""
    reason: str = ""
    lines: tuple[Line, ...] = ()
    taxes: tuple[TaxShare, ...] = ()

    def __post_init__(self) -> None:
        self._check_names(needs_order=False, invoice=self.invoice)
        _positive(self, self.minor)
        _adds_up(self, self.minor, self.lines, self.taxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(_Numbered):
    """What is not billed yet will not come: `minor` of it, or all that remains when it is None."""

    KIND = Kind.CANCELLATION

    cancelled_on: date
    minor: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        self._check_names(needs_order=True)
        if self.minor is not None:
            _positive(self, self.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectPayment(_Numbered):
    """The buyer has paid `minor` to the merchant himself."""

    KIND = Kind.DIRECT_PAYMENT

    minor: int
    paid_on: date
    invoice: str = ""
    bank_reference: str = ""

    def __post_init__(self) -> None:
        self._check_names(needs_order=False, invoice=self.invoice)
        _positive(self, self.minor)


Document = (
    InvoiceDocument
    | ShipmentDocument
    | ReturnAnnounced
    | ReturnReceived
    | CreditNoteDocument
    | Cancellation
    | DirectPayment
)

#: Kind → the class of its documents.
DOCUMENTS: dict[Kind, type[Document]] = {
    Kind.INVOICE: InvoiceDocument,
    Kind.SHIPMENT: ShipmentDocument,
    Kind.RETURN_ANNOUNCED: ReturnAnnounced,
    Kind.RETURN_RECEIVED: ReturnReceived,
    Kind.CREDIT_NOTE: CreditNoteDocument,
    Kind.CANCELLATION: Cancellation,
    Kind.DIRECT_PAYMENT: DirectPayment,
}
_WORDS = {kind: kind.value.replace("_", " ") for kind in Kind}


def as_plain(document: object) -> dict[str, Any]:
    """A document, or a part of one, as plain data: days as 2026-11-22, rates as text, amounts in minor units."""
    return {field.name: _plain(getattr(document, field.name)) for field in fields(document)}  # type: ignore[arg-type] # every dataclass has fields


def from_plain(kind: str, plain: dict[str, Any]) -> Document:
    """The document of what `as_plain` has made, as it is kept.

    Raises:
        WrongDocument: it contradicts itself.
    """
    of = DOCUMENTS[Kind(kind)]
    told = {name: _READERS.get(name, _same)(value) for name, value in plain.items() if value is not None}
    return of(**told)


def _plain(told: object) -> Any:
    match told:
        case Decimal():
            return f"{told.normalize():f}"
        case date():
            return told.isoformat()
        case tuple():
            return [as_plain(one) for one in told]
        case _:
            return told


def _same(told: Any) -> Any:
    return told


def _lines(told: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(one["name"], one["minor"], Decimal(one["quantity"]), one["article"], _rate(one["tax_percent"]))
        for one in told
    )


def _taxes(told: Iterable[Mapping[str, Any]]) -> tuple[TaxShare, ...]:
    return tuple(TaxShare(Decimal(one["percent"]), one["net_minor"], one["tax_minor"]) for one in told)


def _rate(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)


_DAYS = ("invoiced_on", "due_on", "shipped_on", "announced_on", "received_on", "credited_on", "cancelled_on", "paid_on")
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_DAYS, date.fromisoformat),
    "lines": _lines,
    "taxes": _taxes,
}


def _positive(document: _Numbered, minor: int) -> None:
    if not 0 < minor <= MOST_MINOR:
        told = minor_text(minor, document.currency)
        raise WrongDocument(f"{document.name}: {told} {document.currency} is no amount above zero.")


def _adds_up(document: _Numbered, minor: int, lines: tuple[Line, ...], taxes: tuple[TaxShare, ...]) -> None:
    """Lines, and tax shares, where there are any, make the whole amount."""
    for what, parts in (
        ("lines", [line.minor for line in lines]),
        ("tax shares", [share.net_minor + share.tax_minor for share in taxes]),
    ):
        if parts and sum(parts) != minor:
            added, whole = (Amount(one, document.currency) for one in (sum(parts), minor))
            raise WrongDocument(f"{document.name}: its {what} add up to {added}, and it says {whole}.")
