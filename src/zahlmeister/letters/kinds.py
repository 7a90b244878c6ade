"""The kinds of letters: who reads each, and which placeholders its text may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reader(StrEnum):
    """Who reads a letter."""

    BUYER = "buyer"
    MERCHANT = "merchant"


class Kind(StrEnum):
    """What a letter is for. Reminders are for prepayment and free; dunning notices are for invoices."""

    PAYMENT_INFORMATION = "payment_information"
    PAYMENT_INFORMATION_AGAIN = "payment_information_again"
    INVOICE_INFORMATION = "invoice_information"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    PAID_LATE = "paid_late"
    PAID = "paid"
    CANCELLED = "cancelled"
    COD_QUESTION = "cod_question"
    PAYMENT_REMINDER_1 = "payment_reminder_1"
    PAYMENT_REMINDER_2 = "payment_reminder_2"
    PAYMENT_REMINDER_3 = "payment_reminder_3"
    PAYMENT_REMINDER_4 = "payment_reminder_4"
    PAYMENT_REMINDER_5 = "payment_reminder_5"
    DUNNING_NOTICE_1 = "dunning_notice_1"
    DUNNING_NOTICE_2 = "dunning_notice_2"
    DUNNING_NOTICE_3 = "dunning_notice_3"
    DUNNING_NOTICE_4 = "dunning_notice_4"
    DUNNING_NOTICE_5 = "dunning_notice_5"
    REFUND_ANNOUNCED = "refund_announced"
    REFUND_ACCOUNT_ASKED = "refund_account_asked"
    REFUND_ACCOUNT_CHANGED = "refund_account_changed"
    REFUND_CAME_BACK = "refund_came_back"
    REFUND_SENT = "refund_sent"
    ORDER_PAID = "order_paid"
    ORDER_PAID_IN_PART = "order_paid_in_part"
    ORDER_OVERPAID = "order_overpaid"
    ORDER_PAID_LATE = "order_paid_late"
    OVERDUE_NOTICE = "overdue_notice"
    UNCLEAR_PAYMENTS = "unclear_payments"
    MAIL_UNDELIVERABLE = "mail_undeliverable"


#: Blocks stand alone in their paragraph: the payment's details with the code, what is claimed, the way to a page.
BLOCKS = frozenset({"payment_details", "claim", "payment_page", "office_page", "refund_page", "centre_page"})

_ORDER = frozenset({"merchant", "shop", "order_number", "order_date", "invoice_number", "amount"})
_BUYER = _ORDER | {"greeting", "name", "reference", "payment_page"}
_ASKING = _BUYER | {"open_amount", "paid_amount", "payable_until", "payment_details"}
_DUNNING = _ASKING | {"claim", "claimed_amount", "due_on", "last_letter_on", "default_notice"}
_REFUND = (_BUYER - {"payment_page"}) | {"refund_amount", "refund_account", "refund_on", "refund_number", "refund_page"}
_TO_MERCHANT = frozenset({"merchant", "office_page", "name"})


@dataclass(frozen=True, slots=True)
class About:
    """Who reads letters of a kind, and what its texts may name."""

    reader: Reader
    placeholders: frozenset[str]


def _buyer(names: frozenset[str]) -> About:
    return About(Reader.BUYER, names)


def _merchant(*names: str) -> About:
    return About(Reader.MERCHANT, _TO_MERCHANT | set(names))


_ABOUT_ORDER = ("shop", "order_number", "amount", "open_amount", "paid_amount", "difference", "reference")

ABOUT: Mapping[Kind, About] = {
    Kind.PAYMENT_INFORMATION: _buyer(_ASKING),
    Kind.PAYMENT_INFORMATION_AGAIN: _buyer(_ASKING),
    Kind.INVOICE_INFORMATION: _buyer(_ASKING | {"due_on", "default_notice"}),
    Kind.UNDERPAID: _buyer(_ASKING),
    Kind.OVERPAID: _buyer(_BUYER | {"paid_amount", "difference"}),
    Kind.PAID_LATE: _buyer(_BUYER | {"paid_amount"}),
    Kind.PAID: _buyer(_BUYER | {"paid_amount"}),
    Kind.CANCELLED: _buyer(_BUYER),
    Kind.COD_QUESTION: _buyer(_BUYER | {"open_amount", "tracking_number"}),
    **{kind: _buyer(_ASKING) for kind in Kind if kind.startswith("payment_reminder_")},
    **{kind: _buyer(_DUNNING) for kind in Kind if kind.startswith("dunning_notice_")},
    **{kind: _buyer(_REFUND) for kind in Kind if kind.startswith("refund_")},
    Kind.ORDER_PAID: _merchant(*_ABOUT_ORDER),
    Kind.ORDER_PAID_IN_PART: _merchant(*_ABOUT_ORDER),
    Kind.ORDER_OVERPAID: _merchant(*_ABOUT_ORDER),
    Kind.ORDER_PAID_LATE: _merchant(*_ABOUT_ORDER),
    Kind.OVERDUE_NOTICE: _merchant(*_ABOUT_ORDER, "due_on"),
    Kind.UNCLEAR_PAYMENTS: _merchant("count", "sum"),
    Kind.MAIL_UNDELIVERABLE: _merchant("order_number", "address", "reason"),
}
