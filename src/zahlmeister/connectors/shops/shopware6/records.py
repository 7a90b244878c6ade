"""An order of Shopware 6 as we keep it: which payment and delivery count, what is owed, who ordered."""

from datetime import date
from functools import partial
from typing import Any

from zahlmeister.connectors.shops import facets, told
from zahlmeister.connectors.shops.contract import Address, Credit, ShopOrder
from zahlmeister.connectors.shops.told import at, text


def states_of(order: Any) -> dict[str, str]:
    """The states of an order by facet; empty where it has none."""
    return {
        "payment": text(payment_of(order), "stateMachineState", "technicalName"),
        "order": text(order, "stateMachineState", "technicalName"),
        "delivery": text(delivery_of(order), "stateMachineState", "technicalName"),
    }


def payment_of(order: Any) -> Any:
    """The payment that counts: the primary one, else the newest; older ways to pay stay there, cancelled."""
    primary = text(order, "primaryOrderTransactionId")
    for one in told.rows(order, "transactions"):
        if primary and text(one, "id") == primary:
            return one
    return max(told.rows(order, "transactions"), key=lambda one: text(one, "createdAt"), default=None)


def delivery_of(order: Any) -> Any:
    """The first delivery; discounts on shipping are further ones with a negative price."""
    return max(
        told.rows(order, "deliveries"), key=lambda one: at(one, "shippingCosts", "totalPrice") or 0, default=None
    )


def order_of(order: Any) -> ShopOrder:
    """An order in full; the total is what Shopware computed, credit positions taken off."""
    currency = told.currency(order, "currency", "isoCode")
    money = partial(told.money, order, currency=currency)
    transaction, delivery, states = payment_of(order), delivery_of(order), states_of(order)
    customer, invoices = at(order, "orderCustomer"), invoices_of(order)
    billing = at(order, "billingAddress") or next(
        (one for one in told.rows(order, "addresses") if text(one, "id") == text(order, "billingAddressId")), None
    )
    return ShopOrder(
        key=told.needed(order, "id"),
        number=told.needed(order, "orderNumber"),
        amount=money("amountTotal"),
        ordered_on=told.day(text(order, "orderDateTime")),
        status=facets.joined(states),
        status_name=text(transaction, "stateMachineState", "name") or states["payment"],
        payment_method=text(transaction, "paymentMethod", "technicalName") or text(transaction, "paymentMethodId"),
        payment_method_name=name_of(at(transaction, "paymentMethod")),
        subshop=text(order, "salesChannelId"),
        language=text(order, "language", "locale", "code"),
        email=text(customer, "email"),
        customer_number=text(customer, "customerNumber"),
        customer_group=name_of(at(customer, "customer", "group")),
        billing=_address(billing),
        delivery=_address(at(delivery, "shippingOrderAddress")),
        invoice_numbers=tuple(filter(None, map(number_of, invoices))),
        invoiced_on=max(filter(None, (_dated(one) for one in invoices)), default=None),
        tracking_numbers=tuple(
            str(code) for one in told.rows(order, "deliveries") for code in told.rows(one, "trackingCodes")
        ),
        items=tuple(filter(None, (text(item, "payload", "productNumber") for item in told.rows(order, "lineItems")))),
        shipping=money("shippingTotal") if text(order, "shippingTotal") else None,
        changed_at=told.instant(text(order, "updatedAt") or text(order, "createdAt")),
    )


def _address(address: Any) -> Address:
    return Address(
        first_name=text(address, "firstName"),
        last_name=text(address, "lastName"),
        company=text(address, "company"),
        street=text(address, "street"),
        postcode=text(address, "zipcode"),
        city=text(address, "city"),
        country=text(address, "country", "iso"),
        phone=text(address, "phoneNumber"),
    )


def invoices_of(order: Any) -> list[Any]:
    """The invoices among the documents of an order."""
    documents = told.rows(order, "documents")
    return [one for one in documents if text(one, "documentType", "technicalName") == "invoice"]


def number_of(document: Any) -> str:
    """The number of a document; older versions keep it in its configuration."""
    return text(document, "documentNumber") or text(document, "config", "documentNumber")


def _dated(document: Any) -> date | None:
    return told.day(text(document, "config", "documentDate") or text(document, "createdAt"))


def credit_of(item: Any) -> Credit:
    """A position's price is without tax in orders of companies that are shown net prices."""
    currency = told.currency(item, "order", "currency", "isoCode")
    total = told.money(item, "price", "totalPrice", currency=currency)
    if text(item, "order", "taxStatus") == "net":
        for tax in told.rows(item, "price", "calculatedTaxes"):
            total += told.money(tax, "tax", currency=currency)
    return Credit(
        key=told.needed(item, "id"),
        order_number=told.needed(item, "order", "orderNumber"),
        amount=-total,
        told=str(-total),
        on=told.day(text(item, "createdAt")),
    )


def name_of(entity: Any) -> str:
    """The name of something in the language of the shop."""
    return text(entity, "translated", "name") or text(entity, "name")
