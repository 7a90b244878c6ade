"""The facts of an order, in the words that letters name them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.pages import office_page, payment_page
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters import blocks
from zahlmeister.letters.compose import Block
from zahlmeister.letters.figures import day, money, spoken
from zahlmeister.letters.texts.read import module
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order, PaymentKind
from zahlmeister.receivables.models import OpenItem

Values = Mapping[str, str | Block]


@dataclass(frozen=True, slots=True)
class RefundSaid:
    """What a letter says of a refund. `account` is as much of it as its holder recognises; empty when none is known."""

    amount: Amount
    number: str
    on: date
    account: str
    address: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter is about. `claims` are amounts asked for besides the open one, by the name of their sentence."""

    item: OpenItem
    sender: Sender
    asked: Asked | None = None
    paid: Amount | None = None
    payable_until: date | None = None
    claims: Sequence[tuple[str, Amount]] = ()
    refund: RefundSaid | None = None


def values_of(facts: Facts, language: str) -> Values:
    """Every placeholder of letters about an order; one that has nothing to say is empty."""
    order = facts.item.order
    return {
        **_order(order, facts.sender, language),
        **_money(facts, language),
        **(_refund(facts.refund, language) if facts.refund else {}),
        "payable_until": day(facts.payable_until, language) if facts.payable_until else "",
        "due_on": day(facts.item.due_on, language) if facts.item.due_on else "",
        "default_notice": _default_notice(order, language),
        "payment_page": blocks.payment_page(payment_page(facts.item.pk), language),
        "office_page": blocks.office_page(office_page(f"/orders/{order.pk}/"), language),
    }


def _order(order: Order, sender: Sender, language: str) -> Mapping[str, str]:
    name = order.name or order.company
    return {
        "merchant": sender.name,
        "shop": sender.name,
        "order_number": order.number,
        "order_date": day(order.ordered_on, language) if order.ordered_on else "",
        "invoice_number": order.invoice_number,
        "reference": order.reference or order.number,
        "name": name,
        "greeting": blocks.greeting(name, language),
        "tracking_number": order.tracking_numbers,
    }


def _money(facts: Facts, language: str) -> Values:
    item, asked = facts.item, facts.asked
    claims = _claims(facts)
    return {
        "amount": money(item.total, language),
        "open_amount": money(item.open, language),
        "paid_amount": money(facts.paid, language) if facts.paid is not None else "",
        "difference": money(item.surplus, language) if item.surplus_minor else "",
        "claimed_amount": money(asked.amount, language) if asked else money(item.open, language),
        "payment_details": blocks.payment_details(asked, language) if asked else "",
        "claim": blocks.claim([(module(name, language), amount) for name, amount in claims], language)
        if claims
        else "",
    }


def _claims(facts: Facts) -> Sequence[tuple[str, Amount]]:
    """What the sum asked for is made of; none where nothing is asked besides, or where part of that was paid."""
    besides = sum(amount.minor for _, amount in facts.claims)
    if facts.asked is None or not 0 < besides <= facts.asked.amount.minor:
        return ()
    principal = Amount(facts.asked.amount.minor - besides, facts.item.currency)
    return [("principal", principal), *facts.claims] if principal else facts.claims


def _refund(refund: RefundSaid, language: str) -> Values:
    return {
        "refund_amount": money(refund.amount, language),
        "refund_number": refund.number,
        "refund_on": day(refund.on, language),
        "refund_account": refund.account,
        "refund_page": blocks.refund_page(refund.address, language),
    }


def _default_notice(order: Order, language: str) -> str:
    """A German consumer is in default after 30 days only if this was said with the invoice (§ 286 Abs. 3 BGB)."""
    is_german_invoice = order.payment_kind == PaymentKind.INVOICE and order.country.upper() in {"DE", ""}
    return module("default_notice", language) if is_german_invoice and spoken(language) in {"de", "en"} else ""
