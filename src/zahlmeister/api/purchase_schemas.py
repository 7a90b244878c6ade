"""What ERPs and shops may say about purchases on invoice. Days are 2026-11-22, amounts numbers or texts with a dot."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from zahlmeister.connectors.erps.documents import DOCUMENTS, Document, Kind, Line, TaxShare
from zahlmeister.credit.rules import Application, Article, Earlier, Method, Mode, Place, Receiving
from zahlmeister.money.amount import exponent
from zahlmeister.refusals import Unreadable

_MOST = Decimal(10) ** 11


def _is_an_amount(told: Decimal) -> Decimal:
    if not told.is_finite() or abs(told) > _MOST:
        raise ValueError("this is no amount")
    return told


def _text(told: Any) -> Any:
    """Programs send numbers where texts are meant, and null where they mean nothing."""
    return "" if told is None else str(told) if isinstance(told, int) and not isinstance(told, bool) else told


Day = date
Money = Annotated[Decimal, AfterValidator(_is_an_amount)]
Text = Annotated[str, BeforeValidator(_text), Field(max_length=1000)]
Number = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=64)]
Reference = Annotated[str, BeforeValidator(_text), Field(max_length=64)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Camel(Schema):
    """Names in camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class PlaceIn(Camel):
    """An address."""

    street: Text
    house_number: Text = ""
    post_code: Text
    city: Text
    country_code: Annotated[str, Field(min_length=2, max_length=2)]
    name: Text = ""
    receiving: Receiving = Receiving.ADDRESS

    def place(self) -> Place:
        return Place(
            self.street, self.post_code, self.city, self.country_code, self.house_number, self.name, self.receiving
        )


class ArticleIn(Camel):
    """A line of the basket, tax included."""

    name: Text
    amount: Money
    quantity: int = 1
    number: Text = ""
    category: Text = ""


class EarlierIn(Camel):
    """An earlier order of the buyer."""

    ordered_on: date
    amount: Money
    method: Text = ""
    is_paid: bool = True


_EXAMPLE: dict[str, Any] = {
    "order": "B-1001",
    "amount": "99.00",
    "currency": "EUR",
    "firstName": "Anna",
    "lastName": "Weber",
    "bornOn": "1985-04-12",
    "email": "anna@post.example",
    "phone": "+49 30 901820",
    "billing": {"street": "Lindenweg", "houseNumber": "5", "postCode": "10115", "city": "Berlin", "countryCode": "DE"},
    "articles": [{"name": "Wolle", "amount": "99.00", "quantity": 2, "category": "wool"}],
    "wasTold": True,
}


class ApplicationIn(Camel):
    """Somebody wants to buy on invoice."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    order: Number
    amount: Money
    currency: Currency
    billing: PlaceIn
    delivery: PlaceIn | None = None
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    vat_id: Text = ""
    born_on: date | None = None
    email: Text = ""
    phone: Text = ""
    iban: Text = ""
    ip: Text = ""
    device: Text = ""
    language: Text = "de"
    method: Method = Method.INVOICE
    others: list[Method] = []
    customer_number: Text = ""
    registered_on: date | None = None
    customer_history: Annotated[list[EarlierIn], Field(max_length=200)] = []
    articles: Annotated[list[ArticleIn], Field(max_length=1000)] = []
    is_express: bool = False
    was_told: bool = False

    def application(self) -> Application:
        """As credit is decided on; the texts and flags have the same names there."""
        same = (
            "order",
            "currency",
            "first_name",
            "last_name",
            "company",
            "vat_id",
            "born_on",
            "email",
            "phone",
            "iban",
        )
        more = ("ip", "device", "language", "method", "customer_number", "registered_on", "is_express", "was_told")
        told: dict[str, Any] = {name: getattr(self, name) for name in (*same, *more)}
        return Application(
            **told,
            minor=minor(self.amount, self.currency),
            billing=self.billing.place(),
            delivery=self.delivery.place() if self.delivery else None,
            others=tuple(self.others),
            customer_history=tuple(
                Earlier(one.ordered_on, minor(one.amount, self.currency), one.method, one.is_paid)
                for one in self.customer_history
            ),
            articles=tuple(
                Article(one.name, minor(one.amount, self.currency), one.quantity, one.number, one.category)
                for one in self.articles
            ),
        )


class CheckIn(ApplicationIn):
    """A question that keeps nothing: are the data complete, or what would be decided?"""

    mode: Literal[Mode.VALIDATE, Mode.PRECHECK] = Mode.VALIDATE


class ReleaseIn(Camel):
    """What of an order is not billed any more: so much, under a number of its own, or all that remains."""

    amount: Money | None = None
    number: Reference = ""


class CancelIn(Camel):
    """Why an order does not come about."""

    reason: Text = ""


class LineIn(Camel):
    """A line of a document, tax included."""

    name: Text
    amount: Money = Decimal(0)
    quantity: Decimal = Decimal(1)
    article: Text = ""
    tax_percent: Decimal | None = None


class TaxIn(Camel):
    """What of a document is taxed at one rate."""

    percent: Decimal
    net: Money
    tax: Money


_DOCUMENT: dict[str, Any] = {
    "kind": "invoice",
    "number": "R-1",
    "order": "B-1001",
    "currency": "EUR",
    "amount": "99.00",
    "date": "2026-11-22",
    "due": "2026-12-06",
    "lines": [{"name": "Wolle", "amount": "99.00", "quantity": 2, "taxPercent": 19}],
    "taxes": [{"percent": 19, "net": "83.19", "tax": "15.81"}],
}
#: Kind → what its day is called.
_DAYS = {
    Kind.INVOICE: "invoiced_on",
    Kind.SHIPMENT: "shipped_on",
    Kind.RETURN_ANNOUNCED: "announced_on",
    Kind.RETURN_RECEIVED: "received_on",
    Kind.CREDIT_NOTE: "credited_on",
    Kind.CANCELLATION: "cancelled_on",
    Kind.DIRECT_PAYMENT: "paid_on",
}


class DocumentIn(Camel):
    """A document of an ERP. Which fields a kind has stands in docs/reference/erp-interface.md; others are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, json_schema_extra={"examples": [_DOCUMENT]}
    )

    kind: Kind
    number: Number
    order: Reference = ""
    invoice: Reference = ""
    currency: Currency
    amount: Money | None = None
    date: Day
    due: Day | None = None
    reason: Text = ""
    carrier: Text = ""
    tracking: Text = ""
    method: Text = ""
    fee: Money | None = None
    announced: Reference = ""
    bank_reference: Text = ""
    lines: Annotated[list[LineIn], Field(max_length=2000)] = []
    taxes: Annotated[list[TaxIn], Field(max_length=50)] = []

    def document(self) -> Document:
        """As every way hands documents in.

        Raises:
            Unreadable: it contradicts itself, or says what its kind does not have.
        """
        told: dict[str, Any] = {
            "number": self.number,
            "order": self.order,
            "currency": self.currency,
            _DAYS[self.kind]: self.date,
        }
        more = {
            "minor": None if self.amount is None else minor(self.amount, self.currency),
            "fee_minor": None if self.fee is None else minor(self.fee, self.currency),
            "due_on": self.due,
            "lines": tuple(_line(line, self.currency) for line in self.lines),
            "taxes": tuple(
                TaxShare(one.percent, minor(one.net, self.currency), minor(one.tax, self.currency))
                for one in self.taxes
            ),
        }
        texts = ("invoice", "reason", "carrier", "tracking", "method", "announced", "bank_reference")
        more |= {name: getattr(self, name) for name in texts}
        told |= {name: value for name, value in more.items() if value not in (None, "", ())}
        of = DOCUMENTS[self.kind]
        strange = sorted(set(told) - set(of.__dataclass_fields__))
        if strange:
            raise Unreadable(f"A document of the kind {self.kind} has no “{strange[0].removesuffix('_minor')}”.")
        if "minor" in of.__dataclass_fields__ and "minor" not in told and self.kind is not Kind.CANCELLATION:
            raise Unreadable(f"A document of the kind {self.kind} needs its amount.")
        return of(**told)


def _answer(why: str, error: str) -> dict[str, Any]:
    return {"description": why, "content": {"application/json": {"example": {"error": error}}}}


_TAKEN = {"kind": "invoice", "number": "R-1", "status": 200, "isNew": True, "order": "B-1001", "state": "captured"}
#: The answers to a document, for the description of the API.
ANSWERS: dict[str, Any] = {
    "responses": {
        200: {"description": "taken, or taken before", "content": {"application/json": {"example": _TAKEN}}},
        404: _answer("nobody knows it", "credit note G-1 names invoice R-9, which was not reported."),
        409: _answer(
            "other content", "invoice R-1 was sent before with other content; give the new one another number."
        ),
        422: _answer("contradicts itself", "invoice R-1: its lines add up to 60.00 EUR, and it says 59.00 EUR."),
    }
}


class EventsWanted(Schema):
    """Which events are wanted: those behind one that was heard."""

    after: int = 0
    limit: int = Field(100, ge=1, le=500)


def minor(amount: Decimal, currency: str) -> int:
    """Whole minor units of an amount.

    Raises:
        Unreadable: it has parts of a cent.
    """
    found = amount.scaleb(exponent(currency))
    if found != found.to_integral_value():
        raise Unreadable(f"{amount} {currency} has parts of a cent.")
    return int(found)


def _line(told: LineIn, currency: str) -> Line:
    return Line(told.name, minor(told.amount, currency), told.quantity, told.article, told.tax_percent)
