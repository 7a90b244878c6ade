"""The reminders that went out, and those left out: of which order, when, and whether it has been paid since."""

from django.db.models import F, Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from zahlmeister.dunning.models import Notice
from zahlmeister.dunning.queries import notices
from zahlmeister.money.amount import Amount
from zahlmeister.office import asking_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.receivables.states import ItemState

#: Orders that were paid on the day of the reminder or later.
_PAID = Q(item__state=ItemState.PAID, item__settled_on__gte=F("on"))


@signed_in
def sent(request: OfficeRequest) -> HttpResponseBase:
    """Every reminder, the newest first."""
    found = listed(request, notices(request.merchant.pk), _wants())
    shown = {"notices": [(row, what(row)) for row in found.rows]}
    return found.file or render(request, "office/reminders_sent.html", found.context | shown)


def what(row: Notice) -> str:
    """What was asked, as a list says it."""
    return asking_words.asking(row.what, row.item.order.payment_kind, row.level)


def _wants() -> Wants[Notice]:
    levels = [(str(level), _("of level %(level)s") % {"level": level}, Q(level=level)) for level in range(6)]
    done = [("sent", _("that went out"), Q(was_skipped=False)), ("left_out", _("left out"), Q(was_skipped=True))]
    after = [("paid", _("paid since"), _PAID), ("unpaid", _("not paid since"), ~_PAID)]
    return Wants(
        _("reminders"),
        [
            (_("Day"), lambda row: row.on),
            (_("Order number"), lambda row: row.item.order.number),
            (_("Customer"), lambda row: row.item.order.debtor),
            (_("What was asked"), what),
            (_("Level"), lambda row: row.level),
            (_("Left out"), lambda row: _("yes") if row.was_skipped else _("no")),
            (_("Currency"), lambda row: row.item.currency),
            (_("Open then"), lambda row: Amount(row.open_minor, row.item.currency)),
            (_("Fee"), lambda row: Amount(row.fee_minor, row.item.currency)),
            (_("Interest"), lambda row: Amount(row.interest_minor, row.item.currency)),
            (_("Settled on"), lambda row: row.item.settled_on),
            (_("by"), lambda row: words.actor(row.by)),
        ],
        [
            Narrowing("done", _("whether sent or left out"), done),
            Narrowing("level", _("of any level"), levels),
            Narrowing("after", _("whatever came of it"), after),
        ],
        ("item__order__number", "item__order__name", "item__order__company", "item__order__email"),
        "on",
    )
