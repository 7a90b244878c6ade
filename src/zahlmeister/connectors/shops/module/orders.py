"""An order as a module writes it, read into the record that all shops share."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from zahlmeister.connectors.shops.contract import Address, Credit, ShopOrder
from zahlmeister.connectors.shops.module.profiles import Oddity, Profile
from zahlmeister.connectors.shops.module.wire import fields
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.refusals import Unreadable

_KINDS = {"PREPAYMENT": "prepayment", "INVOICE": "invoice", "COD": "cod"}
_ADDRESS = ("firstname", "lastname", "company", "street", "postcode", "city", "countrycode", "phone")
_DAYS = ("%d.%m.%Y", "%Y-%m-%d")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_order(line: str, profile: Profile) -> ShopOrder:
    """One line of the reply. Only number, amount and currency must be there; what is unknown is left out.

    Raises:
        Unreadable: which order, which field and why.
    """
    told = _Told(fields(line), profile)
    number = told.text("number")
    if not number:
        raise Unreadable(f"An order without a number came from the shop: “{line[:60]}”.")
    currency = told.text("currency_code")
    order = ShopOrder(
        key=number,
        number=number,
        amount=told.amount("amount", currency),
        ordered_on=told.day("date"),
        status=told.text("status"),
        status_name=told.text("status_name"),
        payment_method=told.text("payment_method"),
        payment_method_name=told.text("payment_name"),
        kind=_KINDS.get(told.text("type"), ""),
        subshop=told.text("store_id"),
        language=told.text("language_code").strip("-"),
        email=told.text("email"),
        customer_number=told.text("customer_number"),
        billing=told.address("billing"),
        delivery=told.address("delivery"),
        invoice_numbers=told.texts("invoice_number"),
        invoiced_on=told.day("invoice_date"),
        tracking_numbers=told.texts("shipping_number"),
        items=told.texts("products"),
        marketplace_number=told.text("marketplace_number"),
        paid=told.amount("amount_paid", currency) if told.text("amount_paid") else None,
    )
    return _countries_in_place(order) if Oddity.COUNTRIES_SWAPPED in profile.odd else order


def read_credit(line: str, profile: Profile) -> Credit:
    """A credit note: the module puts its number where an order has the customer's, and names no currency.

    Raises:
        Unreadable: the number of the credit note or of its order is missing, or the date is none.
    """
    told = _Told(fields(line), profile)
    key, number = told.text("customer_number"), told.text("number")
    if not key or not number:
        raise Unreadable(f"A credit note without its number or its order's came from the shop: “{line[:60]}”.")
    currency = told.text("currency_code")
    amount = told.amount("amount", currency) if currency else None
    return Credit(key, number, amount, told=told.text("amount"), on=told.day("date"))


class _Told:
    """The fields of one line, each read as what it is."""

    def __init__(self, values: dict[str, str | tuple[str, ...]], profile: Profile) -> None:
        self._values = values
        self._unescape: Callable[[str], str] = html.unescape if Oddity.HTML in profile.odd else str
        self._twice = Oddity.UTF8_TWICE in profile.odd

    def text(self, name: str) -> str:
        value = self._values.get(name, "")
        return self._unescape(value).strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name, ())
        several = (value,) if isinstance(value, str) else value
        return tuple(text for one in several if (text := self._unescape(one).strip()))

    def amount(self, name: str, currency: str) -> Amount:
        """Shops write two to six decimal places; what they compute beyond the cent is rounded half up."""
        told = self.text(name)
        if not _AMOUNT.fullmatch(told):
            raise Unreadable(f"The amount “{told[:30]}” of order {self.text('number')} is no number.")
        if not _CURRENCY.fullmatch(currency):
            raise Unreadable(f"The currency “{currency[:10]}” of order {self.text('number')} is none.")
        return Amount(int(Decimal(told).scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP)), currency)

    def day(self, name: str) -> date | None:
        told = self.text(name)[:10]
        if not told or told.startswith(("0000", "00.00")):
            return None
        for form in _DAYS:
            try:
                return datetime.strptime(told, form).date()  # noqa: DTZ007 - a day of the shop's calendar
            except ValueError:
                continue
        raise Unreadable(f"The {name.replace('_', ' ')} “{told}” of order {self.text('number')} is no date.")

    def address(self, whose: str) -> Address:
        return Address(*(self._once(self.text(f"{whose}_{part}")) for part in _ADDRESS))

    def _once(self, value: str) -> str:
        """`JÃ¼rgen` is `Jürgen`, encoded once too often; what is right already stays."""
        if not self._twice:
            return value
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value


def _countries_in_place(order: ShopOrder) -> ShopOrder:
    """OXID's module exchanges the two; without a delivery address there is only the billing one, in the wrong place."""
    return replace(
        order,
        billing=replace(order.billing, country=order.delivery.country),
        delivery=replace(order.delivery, country=order.billing.country),
    )
