"""What programs may say about an order, and in which form; unknown fields are passed over."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field, field_validator

from zahlmeister.connectors.shops.contract import Address, ShopOrder
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.orders.models import PaymentKind
from zahlmeister.refusals import Refused

#: No order is above this; a figure that long is a slip.
_MOST = Decimal(10) ** 11
_KINDS = {
    "INVOICE": PaymentKind.INVOICE,
    "PREPAYMENT": PaymentKind.PREPAYMENT,
    "COD": PaymentKind.COD,
    "OTHER": PaymentKind.OTHER,
}


def _day(told: Any) -> Any:
    """`22-11-2026`."""
    if not isinstance(told, str):
        return told
    try:
        return datetime.strptime(told.strip(), "%d-%m-%Y").date()  # noqa: DTZ007 - a day of the shop's calendar
    except ValueError:
        raise ValueError("a day is written as dd-MM-yyyy, such as 22-11-2026") from None


def _text(told: Any) -> Any:
    """Programs send numbers where texts are meant, and null where they mean nothing."""
    return "" if told is None else str(told) if isinstance(told, int) and not isinstance(told, bool) else told


def _several(told: Any) -> Any:
    return [] if told is None else told


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_text), Field(max_length=1000)]
Number = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=64)]
Texts = Annotated[list[Text], BeforeValidator(_several), Field(max_length=1000)]


class Item(Schema):
    """An article of an order."""

    number: Text = ""
    name: Text = ""


class Party(Schema):
    """Who gets the bill, or the parcel."""

    firstName: Text = ""  # noqa: N815 - the API's names, as its clients send them
    lastName: Text = ""  # noqa: N815 - likewise
    company: Text = ""
    street: Text = ""
    postCode: Text = ""  # noqa: N815 - likewise
    city: Text = ""
    countryCode: Text = ""  # noqa: N815 - likewise
    phone: Text = ""

    def address(self) -> Address:
        return Address(
            self.firstName,
            self.lastName,
            self.company,
            self.street,
            self.postCode,
            self.city,
            self.countryCode,
            self.phone,
        )


class OrderIn(Schema):
    """An order as a program hands it in."""

    number: Text = ""  # only in a list of orders; otherwise the address says it
    date: Day
    dueDate: Day | None = None  # noqa: N815 - likewise
    type: Literal["INVOICE", "PREPAYMENT", "COD", "OTHER"]
    amount: Decimal
    currency: str = Field(pattern="^[A-Z]{3}$")
    customerEmail: Text = ""  # noqa: N815 - likewise
    customerNumber: Text = ""  # noqa: N815 - likewise
    marketplaceNumber: Text = ""  # noqa: N815 - likewise
    paymentMethod: Text = ""  # noqa: N815 - likewise
    paymentMethodDescription: Text = ""  # noqa: N815 - likewise
    statusDescription: Text = ""  # noqa: N815 - likewise
    language: Text = ""
    initialDunningLevel: int = Field(0, ge=0, le=5)  # noqa: N815 - likewise; counts only when the order is new
    items: Annotated[list[Item], BeforeValidator(_several), Field(max_length=1000)] = []
    itemNumbers: Texts = []  # noqa: N815 - what older clients send in place of items
    invoiceNumbers: Texts = []  # noqa: N815 - likewise
    shippingNumbers: Texts = []  # noqa: N815 - likewise
    billing: Party | None = None
    shipping: Party | None = None

    @field_validator("amount")
    @classmethod
    def _is_an_amount(cls, amount: Decimal) -> Decimal:
        if not amount.is_finite() or abs(amount) > _MOST:
            raise ValueError("this is no amount of an order")
        return amount

    def order(self, number: str) -> ShopOrder:
        """The order as every shop tells it."""
        minor = self.amount.scaleb(exponent(self.currency)).quantize(Decimal(1), ROUND_HALF_UP)
        names = [f"{item.number} {item.name}".strip() for item in self.items] or self.itemNumbers
        return ShopOrder(
            key=number,
            number=number,
            amount=Amount(int(minor), self.currency),
            ordered_on=self.date,
            due_on=self.dueDate,
            status_name=self.statusDescription,
            payment_method=self.paymentMethod,
            payment_method_name=self.paymentMethodDescription,
            kind=str(_KINDS[self.type].value),
            language=self.language,
            email=self.customerEmail,
            customer_number=self.customerNumber,
            billing=(self.billing or Party()).address(),
            delivery=(self.shipping or Party()).address(),
            invoice_numbers=tuple(self.invoiceNumbers),
            tracking_numbers=tuple(self.shippingNumbers),
            items=tuple(name for name in names if name),
            marketplace_number=self.marketplaceNumber,
            dunning_level=self.initialDunningLevel,
        )


class RefundIn(Schema):
    """A refund as a program asks for it. Without an account it goes where the money came from."""

    amount: Decimal
    currency: Text = ""
    externalReference: Annotated[str, BeforeValidator(_text), Field(max_length=64)] = ""  # noqa: N815 - likewise
    plannedDate: Day | None = None  # noqa: N815 - likewise
    accountHolder: Annotated[str, BeforeValidator(_text), Field(max_length=140)] = ""  # noqa: N815 - likewise
    iban: Annotated[str, BeforeValidator(_text), Field(max_length=42)] = ""

    @field_validator("amount")
    @classmethod
    def _is_an_amount(cls, amount: Decimal) -> Decimal:
        if not amount.is_finite() or abs(amount) > _MOST:
            raise ValueError("this is no amount of a refund")
        return amount

    def money(self, currency: str) -> Amount:
        """The amount, in the order's currency where none is named; what is less than a cent is refused."""
        named = self.currency or currency
        minor = self.amount.scaleb(exponent(named))
        if minor != minor.to_integral_value():
            raise Refused(f"{self.amount} has parts of a cent.")
        return Amount(int(minor), named)


class Flags(Schema):
    """What else is wanted of an order."""

    includePostings: bool = False  # noqa: N815 - likewise
    includeCollectionHistory: bool = False  # noqa: N815 - likewise
    includePaymentReminders: bool = False  # noqa: N815 - likewise
    includeRefunds: bool = False  # noqa: N815 - likewise


class OrdersWanted(Flags):
    """Which orders are wanted."""

    maxAge: int = Field(120, ge=0, le=3650)  # noqa: N815 - days
    paymentStatus: str = ""  # noqa: N815 - several parted by commas
    minPostingDate: Day | None = None  # noqa: N815 - likewise


class PostingsWanted(Schema):
    """Which incoming payments are wanted, by the day on which they came to us."""

    createdMin: Day | None = None  # noqa: N815 - likewise
    createdMax: Day | None = None  # noqa: N815 - this day itself is not meant
    includeOrders: bool = False  # noqa: N815 - likewise
    iban: str = ""
