"""Switches of letters: payment information of each shop, letters on paper, and who is told of what."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zahlmeister.correspondence.models import Enclosing, ReferenceBy
from zahlmeister.correspondence.tidings import LETTERS as TIDINGS
from zahlmeister.flows.settings.switch import Form, Store, Switch
from zahlmeister.merchants.models import Event
from zahlmeister.orders.models import PaymentKind


def _information(kind: PaymentKind, title: Promise) -> Iterator[Switch]:
    """When the buyers of one kind of payment are told how to pay; each shop has its own."""
    yield _of_shop(
        kind, "is_on", title,
        _("Whether buyers get a mail with amount, account, reference and a code to scan."),
        _("Off: your shop tells them. Somebody has to be set up as sender before."),
    )  # fmt: skip
    yield _of_shop(
        kind, "since",
        _("Only orders since"),
        _("Orders of earlier days are never written to."),
        _("So that a shop that is newly connected does not write to a year of buyers."),
        form=Form.DAY, may_be_empty=True,
    )  # fmt: skip
    yield _of_shop(
        kind, "waits_for_invoice",
        _("Only when the invoice number exists"),
        _("Whether the information waits for the number of the invoice."),
        _("Off: it is sent when the order comes in."),
    )  # fmt: skip
    yield _of_shop(
        kind, "again_after_days",
        _("Once more after"),
        _("After how many days who has not paid gets the information a second time."),
        _("Empty: once is enough."),
        form=Form.COUNT, least=1, most=365, unit=_("days"), may_be_empty=True,
    )  # fmt: skip
    yield _of_shop(
        kind, "payable_days",
        _("Payable until, days after the mail"),
        _("Which day the letter names; it is counted from the day of the mail."),
        _("Shown in the letter only. Empty: no day is named."),
        form=Form.COUNT, least=1, most=365, unit=_("days"), may_be_empty=True,
    )  # fmt: skip
    yield _of_shop(
        kind, "reference_by",
        _("What the buyer writes on the transfer"),
        _("Our own short reference, the order number or the invoice number."),
        _("The guarantee needs our own reference."),
        form=Form.CHOICE, choices=tuple(ReferenceBy.choices),
    )  # fmt: skip
    yield _of_shop(
        kind, "encloses_invoice",
        _("The invoice goes along"),
        _("With which letters the invoice is enclosed as PDF, where there is one."),
        _("A letter waits for it for a day at most."),
        form=Form.CHOICE, choices=tuple(Enclosing.choices),
    )  # fmt: skip


def _of_shop(kind: PaymentKind, column: str, title: Promise, meaning: Promise, effect: Promise, **more: Any) -> Switch:
    told = {"form": Form.SWITCH, "store": Store.INFORMATION, "column": column, **more}
    return Switch(
        key=f"letters.{kind.value}.{column}",
        group="letters",
        name=title,
        meaning=meaning,
        effect=effect,
        page="letter-rule",
        of=kind.value,
        **told,
    )


def _notices() -> Iterator[Switch]:
    for event, (to_buyer, to_merchant) in TIDINGS.items():
        if to_buyer is not None:
            yield _notice(event, "to_buyer", _TO_BUYER[event])
        if to_merchant is not None:
            yield _notice(event, "to_merchant", _TO_MERCHANT[event])


def _notice(event: Event, column: str, title: Promise) -> Switch:
    return Switch(
        key=f"notices.{event.value}.{column}",
        group="notices",
        name=title,
        meaning=_("Whether a mail tells what has become of an order's money."),
        effect=_("It is sent ten minutes later, so that nobody hears of what you take back at once."),
        form=Form.SWITCH,
        store=Store.NOTICES,
        column=column,
        page="notices",
        of=event.value,
    )


_TO_BUYER = {
    Event.PAID: _("Tell the buyer: paid"),
    Event.UNDERPAID: _("Tell the buyer: paid in part"),
    Event.OVERPAID: _("Tell the buyer: paid too much"),
    Event.PAID_LATE: _("Tell the buyer: paid after it was cancelled"),
    Event.CANCELLED: _("Tell the buyer: cancelled"),
}
_TO_MERCHANT = {
    Event.PAID: _("Tell me: paid"),
    Event.UNDERPAID: _("Tell me: paid in part"),
    Event.OVERPAID: _("Tell me: paid too much"),
    Event.PAID_LATE: _("Tell me: paid after it was cancelled"),
    Event.OVERDUE: _("Tell me: overdue to the end"),
}
LETTERS = (
    *_information(PaymentKind.PREPAYMENT, _("Send payment information for prepayment")),
    *_information(PaymentKind.INVOICE, _("Send payment information for invoices")),
    Switch(
        key="letters.paper_when_bounced",
        group="letters",
        name=_("A mail that comes back is sent on paper"),
        meaning=_("Whether a letter goes by post when the mail could not be delivered."),
        effect=_("It needs somebody who prints, and an order with a whole postal address."),
        form=Form.SWITCH,
        store=Store.MERCHANT,
        column="posts_what_bounced",
        page="letter-print",
    ),
    *_notices(),
)
