"""What programs say of purchases on invoice: who wants to buy, and what was billed, shipped, returned or credited."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from ninja import Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Day, Line, Mail, MoneyIn
from zahlmeister.connectors.erps import documents as erp
from zahlmeister.credit.rules import Application, Article, Earlier, Method, Mode, Place, Receiving
from zahlmeister.money.amount import Amount

#: The ERP's own number of a document, or of an order: without blanks.
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S+$")]
NumberOrNone = Annotated[str, Field(max_length=64, pattern=r"^\S*$")]
#: An amount that may be below zero, as that of a discount.
Signed = Annotated[str, Field(pattern=r"^-?[0-9]{1,12}([.][0-9]{1,3})?$", examples=["49.90"])]
Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,9}([.][0-9]{1,4})?$", examples=["1"])]
Percent = Annotated[str, Field(pattern=r"^[0-9]{1,2}([.][0-9]{1,3})?$", examples=["19"])]


class PlaceIn(Schema):
    """An address. `name` is who receives there, empty for the buyer."""

    street: Line = Field(examples=["Lindenweg"])
    house_number: Line = Field(default="", examples=["5"])
    postcode: Line = Field(examples=["10115"])
    city: Line = Field(examples=["Berlin"])
    country: str = Field(pattern="^[A-Z]{2}$", examples=["DE"])
    name: Line = Field(default="", examples=[""])
    receiving: Receiving = Field(default=Receiving.ADDRESS, examples=["address"])

    def place(self) -> Place:
        """The address as credit is decided on."""
        return Place(self.street, self.postcode, self.city, self.country, self.house_number, self.name, self.receiving)


class ArticleIn(Schema):
    """A line of the basket, tax included."""

    name: Line = Field(examples=["Wolle"])
    amount: Signed
    quantity: int = Field(default=1, ge=1, le=1_000_000, examples=[2])
    number: Line = Field(default="", examples=["W-1"])
    category: Line = Field(default="", examples=["wool"])


class EarlierIn(Schema):
    """An earlier order of the buyer."""

    ordered_on: Day
    amount: MoneyIn
    method: Line = Field(default="", examples=["invoice"])
    is_paid: bool = Field(default=True, examples=[True])


class PurchaseIn(Schema):
    """Somebody wants to buy on invoice. `was_told`: that his data are used for a decision, he was told beforehand."""

    order_number: Number = Field(examples=["B-1001"])
    amount: MoneyIn
    currency: Currency
    billing: PlaceIn
    delivery: PlaceIn | None = Field(default=None, description="Null: the billing address.")
    first_name: Line = Field(default="", examples=["Anna"])
    last_name: Line = Field(default="", examples=["Weber"])
    company: Line = Field(default="", examples=[""])
    vat_id: Line = Field(default="", max_length=20, examples=[""])
    born_on: date | None = Field(default=None, examples=["1985-04-12"])
    email: Mail = Field(default="")
    phone: Line = Field(default="", max_length=40, examples=["+49 30 901820"])
    iban: str = Field(default="", max_length=42, pattern="^[A-Za-z0-9 ]*$", examples=[""])
    ip: str = Field(default="", max_length=45, pattern="^[0-9A-Fa-f.:]*$", examples=[""])
    device: Line = Field(default="", examples=[""])
    language: str = Field(default="de", pattern="^[a-z]{2}(-[A-Z]{2})?$", examples=["de"])
    method: Method = Field(default=Method.INVOICE, examples=["invoice"])
    others: list[Method] = Field(default=[], max_length=5, description="Ways to be decided in the same breath.")
    customer_number: NumberOrNone = Field(default="", examples=["4711"])
    registered_on: date | None = Field(default=None, description="Null: a guest.", examples=["2025-01-31"])
    customer_history: list[EarlierIn] = Field(default=[], max_length=200)
    articles: list[ArticleIn] = Field(default=[], max_length=1000)
    is_express: bool = Field(default=False, examples=[False])
    was_told: bool = Field(default=False, examples=[True])

    def application(self) -> Application:
        """As credit is decided on; what is not named here is called the same there.

        Raises:
            Unreadable: an amount has more places than its currency.
        """
        same = {name: getattr(self, name) for name in _SAME}
        return Application(
            **same,
            order=self.order_number,
            minor=_minor(self.amount, self.currency),
            billing=self.billing.place(),
            delivery=self.delivery.place() if self.delivery else None,
            others=tuple(self.others),
            customer_history=tuple(
                Earlier(one.ordered_on, _minor(one.amount, self.currency), one.method, one.is_paid)
                for one in self.customer_history
            ),
            articles=tuple(
                Article(one.name, _minor(one.amount, self.currency), one.quantity, one.number, one.category)
                for one in self.articles
            ),
        )


_SAME = (
    "currency", "first_name", "last_name", "company", "vat_id", "born_on", "email", "phone", "iban", "ip", "device",
    "language", "method", "customer_number", "registered_on", "is_express", "was_told",
)  # fmt: skip


class CheckIn(PurchaseIn):
    """A question that promises nothing: are the data complete, or what would be decided?"""

    mode: Literal[Mode.VALIDATE, Mode.PRECHECK] = Field(default=Mode.VALIDATE, examples=["precheck"])


class LineIn(Schema):
    """A line of a document, tax included; a discount is below zero."""

    name: Line = Field(examples=["Wolle"])
    amount: Signed
    quantity: Quantity = "1"
    article: Line = Field(default="", examples=["W-1"])
    tax_percent: Percent | None = None


class TaxIn(Schema):
    """What of a document is taxed at one rate."""

    percent: Percent
    net: Signed = Field(examples=["41.93"])
    tax: Signed = Field(examples=["7.97"])


class ReportIn(Schema):
    """What every document has: its own number, which makes it once."""

    OF: ClassVar[type[erp.Document]]

    number: Number = Field(examples=["R-1"])

    def document(self, order: str, currency: str) -> erp.Document:
        """The document as every way hands it in.

        Raises:
            Unreadable: it contradicts itself.
        """
        told: dict[str, Any] = {"order": order, "currency": currency}
        for name in type(self).model_fields:
            there, read = _PARTS.get(name, (name, _same))
            told[there] = read(getattr(self, name), currency)
        return self.OF(**told)


class InvoiceIn(ReportIn):
    """The purchase, or a part of it, is billed. Its lines and taxes add up to `amount`."""

    OF: ClassVar[type[erp.Document]] = erp.InvoiceDocument

    amount: MoneyIn
    invoiced_on: Day
    due_on: Day | None = Field(default=None, description="Null: by the agreed term.")
    lines: list[LineIn] = Field(min_length=1, max_length=2000)
    taxes: list[TaxIn] = Field(default=[], max_length=50)


class ShipmentIn(ReportIn):
    """Goods of an invoice have left. `invoice` may be empty while there is only one."""

    OF: ClassVar[type[erp.Document]] = erp.ShipmentDocument

    shipped_on: Day
    invoice: NumberOrNone = Field(default="", examples=["R-1"])
    carrier: Line = Field(default="", examples=["DHL"])
    tracking: Line = Field(default="", examples=["00340434161094042557"])
    method: Literal["delivery", "pick_up"] = Field(default="delivery", examples=["delivery"])


class AnnouncedReturnIn(ReportIn):
    """The buyer wants to send goods back; nobody reminds him of them until they have come or have not."""

    OF: ClassVar[type[erp.Document]] = erp.ReturnAnnounced

    amount: MoneyIn
    announced_on: Day
    invoice: NumberOrNone = Field(default="", examples=["R-1"])
    reason: Line = Field(default="", examples=["too small"])


class ReturnIn(ReportIn):
    """Goods have come back; `fee` of their price the buyer owes for the return. A credit note follows."""

    OF: ClassVar[type[erp.Document]] = erp.ReturnReceived

    amount: MoneyIn
    received_on: Day
    invoice: NumberOrNone = Field(default="", examples=["R-1"])
    announced: NumberOrNone = Field(default="", description="The number of the announcement.", examples=[""])
    fee: MoneyIn = Field(default="0", examples=["0.00"])
    reason: Line = Field(default="", examples=["too small"])
    lines: list[LineIn] = Field(default=[], max_length=2000)


class CreditNoteIn(ReportIn):
    """The buyer owes so much less of an invoice."""

    OF: ClassVar[type[erp.Document]] = erp.CreditNoteDocument

    amount: MoneyIn
    credited_on: Day
    invoice: NumberOrNone = Field(default="", examples=["R-1"])
    reason: Line = Field(default="", description="return, goodwill, price_correction or words.", examples=["return"])
    lines: list[LineIn] = Field(default=[], max_length=2000)
    taxes: list[TaxIn] = Field(default=[], max_length=50)


class DirectPaymentIn(ReportIn):
    """The buyer has paid the merchant himself."""

    OF: ClassVar[type[erp.Document]] = erp.DirectPayment

    amount: MoneyIn
    paid_on: Day
    invoice: NumberOrNone = Field(default="", examples=["R-1"])
    bank_reference: Line = Field(default="", max_length=140, examples=[""])


def _minor(told: str, currency: str) -> int:
    return Amount.parse(told, currency).minor


def _lines(told: list[LineIn], currency: str) -> tuple[erp.Line, ...]:
    return tuple(
        erp.Line(one.name, _minor(one.amount, currency), Decimal(one.quantity), one.article, _percent(one.tax_percent))
        for one in told
    )


def _taxes(told: list[TaxIn], currency: str) -> tuple[erp.TaxShare, ...]:
    return tuple(
        erp.TaxShare(Decimal(one.percent), _minor(one.net, currency), _minor(one.tax, currency)) for one in told
    )


def _same(told: Any, _currency: str) -> Any:
    return told


def _percent(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)


#: Field → what a document calls it, and how it is read there.
_PARTS: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "amount": ("minor", _minor),
    "fee": ("fee_minor", _minor),
    "lines": ("lines", _lines),
    "taxes": ("taxes", _taxes),
}
