"""Read an ERP's files: each document stands on its own, and one that nobody can read stops no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from zahlmeister.connectors.erps.as_file import Entry, Fields, read
from zahlmeister.connectors.erps.documents import DOCUMENTS, Document, Kind, Line, TaxShare, WrongDocument
from zahlmeister.connectors.erps.profile import Profile
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a place of a file: a document, or the sentence why it is none."""

    where: str
    kind: str
    number: str
    document: Document | None = None
    why: str = ""


def documents_of(content: bytes, profile: Profile, *, name: str = "") -> Iterator[Found]:
    """Everything that stands in a file.

    Args:
        content: of the file.
        profile: of the ERP that wrote it.
        name: of the file, which may say of which kind its documents are.

    Raises:
        Unreadable: it is no file of this profile.
    """
    of_file = profile.kind_of_file(name)
    for entry in read(content, profile):
        kind, number = entry.head["kind"] or of_file, entry.head["number"]
        try:
            document = _document(entry, of_file, profile)
        except Refusal as why:
            yield Found(entry.where, kind, number, why=f"{entry.where}: {why}")
        else:
            yield Found(entry.where, document.kind, number, document)


def _document(entry: Entry, of_file: str, profile: Profile) -> Document:
    if entry.wrong:
        raise WrongDocument(entry.wrong)
    kind, head = _kind(entry.head["kind"] or of_file, profile), entry.head
    currency = head["currency"] or profile.currency
    if not currency:
        raise WrongDocument("It does not say its currency, such as EUR.")
    told = _Told(head, currency, profile)
    parts: dict[str, Any] = {
        "lines": tuple(_line(line, currency, profile) for line in entry.lines),
        "taxes": tuple(_tax(tax, currency, profile) for tax in entry.taxes),
    }
    every: dict[str, Any] = {"number": head["number"], "order": head["order"], "currency": currency}
    of_kind = _OF_KIND[kind](told) | {name: parts[name] for name in _PARTS.get(kind, ())}
    return DOCUMENTS[kind](**every, **of_kind)


@dataclass(frozen=True, slots=True)
class _Told:
    """The fields of a document, read when they are asked for."""

    head: Fields
    currency: str
    profile: Profile

    def text(self, name: str) -> str:
        return self.head[name]

    def day(self, name: str = "date") -> date:
        found = self.day_or_none(name)
        if found is None:
            raise WrongDocument(f"It has no “{self.profile.column(name)}”.")
        return found

    def day_or_none(self, name: str) -> date | None:
        told = self.head[name]
        try:
            return datetime.strptime(told[:10], self.profile.days).date() if told else None  # noqa: DTZ007 - a day of the merchant's calendar
        except ValueError:
            column = self.profile.column(name)
            shown = date(2026, 11, 22).strftime(self.profile.days)
            raise WrongDocument(f"“{told}” in “{column}” is no day; write it such as {shown}.") from None

    def minor(self, name: str = "amount") -> int:
        if not self.head[name]:
            raise WrongDocument(f"It has no “{self.profile.column(name)}”.")
        return _minor(self.head[name], self.currency, self.profile)

    def minor_or_none(self, name: str) -> int | None:
        return self.minor(name) if self.head[name] else None


_OF_KIND: dict[Kind, Callable[[_Told], dict[str, Any]]] = {
    Kind.INVOICE: lambda told: {
        "minor": told.minor(),
        "invoiced_on": told.day(),
        "due_on": told.day_or_none("due"),
    },
    Kind.SHIPMENT: lambda told: {
        "shipped_on": told.day(),
        "invoice": told.text("invoice"),
        "carrier": told.text("carrier"),
        "tracking": told.text("tracking"),
        "method": told.text("method") or "delivery",
    },
    Kind.RETURN_ANNOUNCED: lambda told: {
        "minor": told.minor(),
        "announced_on": told.day(),
        "invoice": told.text("invoice"),
        "reason": told.text("reason"),
    },
    Kind.RETURN_RECEIVED: lambda told: {
        "minor": told.minor(),
        "received_on": told.day(),
        "invoice": told.text("invoice"),
        "announced": told.text("announced"),
        "fee_minor": told.minor_or_none("fee") or 0,
        "reason": told.text("reason"),
    },
    Kind.CREDIT_NOTE: lambda told: {
        "minor": told.minor(),
        "credited_on": told.day(),
        "invoice": told.text("invoice"),
        "reason": told.text("reason"),
    },
    Kind.CANCELLATION: lambda told: {
        "minor": told.minor_or_none("amount"),
        "cancelled_on": told.day(),
        "reason": told.text("reason"),
    },
    Kind.DIRECT_PAYMENT: lambda told: {
        "minor": told.minor(),
        "paid_on": told.day(),
        "invoice": told.text("invoice"),
        "bank_reference": told.text("bank_reference"),
    },
}
#: Which parts a kind has.
_PARTS = {
    Kind.INVOICE: ("lines", "taxes"),
    Kind.CREDIT_NOTE: ("lines", "taxes"),
    Kind.SHIPMENT: ("lines",),
    Kind.RETURN_RECEIVED: ("lines",),
}


def _kind(told: str, profile: Profile) -> Kind:
    try:
        return Kind(profile.kinds.get(told, told))
    except ValueError:
        known = ", ".join(profile.kinds or Kind)
        raise WrongDocument(f"“{told[:40]}” is no kind of document; one of {known} is.") from None


def _line(told: Fields, currency: str, profile: Profile) -> Line:
    return Line(
        name=told["line_name"],
        minor=_minor(told["line_amount"], currency, profile) if told["line_amount"] else 0,
        quantity=_number(told["line_quantity"]) if told["line_quantity"] else Decimal(1),
        article=told["line_article"],
        tax_percent=_number(told["line_tax_percent"]) if told["line_tax_percent"] else None,
    )


def _tax(told: Fields, currency: str, profile: Profile) -> TaxShare:
    net, tax = (_minor(told[name] or "0", currency, profile) for name in ("tax_net", "tax_amount"))
    return TaxShare(_number(told["tax_percent"] or "0"), net, tax)


def _minor(told: str, currency: str, profile: Profile) -> int:
    if profile.amounts == "decimal":
        return Amount.parse(told, currency).minor
    if not told.lstrip("-").isdecimal():
        raise WrongDocument(f"“{told[:40]}” is no amount in whole minor units, such as 1999 for 19.99.")
    return int(told)


def _number(told: str) -> Decimal:
    try:
        number = Decimal(told.rstrip("% ").replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise WrongDocument(f"“{told[:40]}” is no number.")
    return number
