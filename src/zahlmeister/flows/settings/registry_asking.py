"""Switches of asking: the rules of reminders for each kind of payment, and collection."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.plan import BaseDay, Ending
from zahlmeister.flows.settings.switch import Choices, Form, Store, Switch
from zahlmeister.orders.models import PaymentKind

_LONGEST = 365
_MOST = 100_000_000
_BASES: Choices = (
    (BaseDay.ORDERED.value, _("the day of the order")),
    (BaseDay.INVOICED.value, _("the day of the invoice; without one nobody is asked")),
    (BaseDay.DUE.value, _("the day on which it is due")),
)
_WAYS: Choices = (
    (SentBy.MAIL.value, _("by mail")),
    (SentBy.LETTER.value, _("by letter")),
    (SentBy.REGISTERED.value, _("by registered letter")),
)
_ENDINGS: Choices = (
    (Ending.NOTHING.value, _("nothing happens")),
    (Ending.CANCEL.value, _("the order is cancelled; late money still finds it")),
    (Ending.OVERDUE.value, _("the order is marked as overdue")),
)


def _asking(kind: PaymentKind) -> Iterator[Switch]:
    """The rule of one kind of payment."""
    is_shipped, is_invoice = kind is not PaymentKind.PREPAYMENT, kind is PaymentKind.INVOICE
    endings = tuple(one for one in _ENDINGS if not (is_shipped and one[0] == Ending.CANCEL))
    yield _one(
        kind, "is_on",
        _("Ask buyers who have not paid"),
        _("Whether reminders are sent at all, and whether waiting ends by itself."),
        _("While this is off, nobody is written to and nothing is cancelled."),
    )  # fmt: skip
    yield _one(
        kind, "since",
        _("Only orders since"),
        _("Orders of earlier days are for a person."),
        _("Empty: all orders are asked for."),
        form=Form.DAY, may_be_empty=True,
    )  # fmt: skip
    yield _one(
        kind, "base",
        _("The first one is counted from"),
        _("From which day the days of the first reminder count."),
        _("It moves every reminder of orders that nobody has asked for yet."),
        form=Form.CHOICE, choices=_BASES,
    )  # fmt: skip
    yield _one(
        kind, "term_days",
        _("Payable within"),
        _("How long a buyer has whose order comes without a due date."),
        _("It counts where the days count from the due date."),
        form=Form.COUNT, least=1, most=_LONGEST, unit=_("days"),
    )  # fmt: skip
    yield _one(
        kind, "days",
        _("Reminders, and the days between them"),
        _("One number for each reminder, five at most: the first after so many days, each after the one before."),
        _("6, 6 reminds twice. A new reminder is sent by mail, without a fee. Empty: nobody is reminded."),
        form=Form.COUNTS, column="levels", least=1, most=_LONGEST, unit=_("days"), may_be_empty=True,
    )  # fmt: skip
    yield _one(
        kind, "ways",
        _("How each reminder is sent"),
        _("By mail, by letter or by registered letter, one for each reminder."),
        _("Letters need somebody who prints them."),
        form=Form.CHOICES, column="levels", choices=_WAYS, may_be_empty=True,
    )  # fmt: skip
    if is_invoice:
        yield from _claims(kind)
    yield _one(
        kind, "ending",
        _("In the end"),
        _("What becomes of an order that is not paid after the last reminder."),
        _("Late money still finds the order, whatever has become of it."),
        form=Form.CHOICE, choices=endings,
    )  # fmt: skip
    yield _one(
        kind, "end_days",
        _("Waiting ends after"),
        _("So many days after the last reminder waiting ends."),
        _("Without a reminder the days count from the base day."),
        form=Form.COUNT, least=1, most=_LONGEST, unit=_("days"),
    )  # fmt: skip
    yield _one(
        kind, "on_working_days",
        _("On working days only"),
        _("Whether nobody is asked on a weekend or a holiday of the buyer's country."),
        _("What falls on such a day is done on the next working day."),
    )  # fmt: skip
    yield _one(
        kind, "minimum",
        _("Not below this amount"),
        _("Below it nobody is asked."),
        _("Smaller amounts stay open until they are paid or somebody cancels the order."),
        form=Form.AMOUNT, column="minimum_minor", most=_MOST,
    )  # fmt: skip
    yield _one(
        kind, "bank_hours",
        _("Only when the bank was read lately"),
        _("Nobody is asked while it is longer ago that the bank was read."),
        _("So that nobody is asked for money that has come. Empty: always."),
        form=Form.COUNT, least=1, most=_LONGEST * 24, unit=_("hours"), may_be_empty=True,
    )  # fmt: skip


def _claims(kind: PaymentKind) -> Iterator[Switch]:
    """What is asked for besides the debt."""
    yield _one(
        kind, "fees",
        _("Fee of each dunning notice"),
        _("What each notice adds, in your currency, one amount for each. Fees in others stand in the rule itself."),
        _("Where courts would not let a fee stand, the page of the rule says so."),
        form=Form.AMOUNTS, column="levels", most=_MOST, may_be_empty=True,
    )  # fmt: skip
    yield _one(
        kind, "claims_costs",
        _("Who pays without fees and interest has not paid"),
        _("Whether fees and interest are owed, or only asked for."),
        _("Off: the order's own amount is enough. On: who pays the order alone is asked for the rest."),
    )  # fmt: skip
    yield _one(
        kind, "with_interest",
        _("Ask for default interest"),
        _("By the law of the buyer's country, from the day on which the buyer is in default."),
        _("Each notice asks for the interest until its day."),
    )  # fmt: skip
    yield _one(
        kind, "with_flat_sum",
        _("Ask companies for the flat sum of 40 EUR"),
        _("Germany and Austria, once the company is in default; never consumers."),
        _("It is asked for once."),
    )  # fmt: skip


def _one(kind: PaymentKind, name: str, title: Promise, meaning: Promise, effect: Promise, **more: Any) -> Switch:
    told = {"form": Form.SWITCH, "store": Store.ASKING, "column": name, **more}
    return Switch(
        key=f"{kind.value}.{name}",
        group=kind.value,
        name=title,
        meaning=meaning,
        effect=effect,
        page=f"reminder-rule-{kind.value}",
        of=kind.value,
        **told,
    )


ASKING = tuple(
    switch for kind in (PaymentKind.PREPAYMENT, PaymentKind.INVOICE, PaymentKind.COD) for switch in _asking(kind)
)
COLLECTION = (
    Switch(
        key="collection.is_automatic",
        group="collection",
        name=_("Overdue orders go to collection by themselves"),
        meaning=_("Whether an invoice is handed to an agency after the last dunning notice."),
        effect=_("Off: each is handed over by hand. Who the creditor is has to be said before."),
        form=Form.SWITCH,
        store=Store.COLLECTION,
        column="is_automatic",
        page="collection-setup",
    ),
    Switch(
        key="collection.minimum",
        group="collection",
        name=_("Not to collection below"),
        meaning=_("Claims below this amount are not handed over."),
        effect=_("They stay overdue."),
        form=Form.AMOUNT,
        store=Store.COLLECTION,
        column="least_minor",
        page="collection-setup",
        most=_MOST,
    ),
)
