"""What can be done to many rows of a list at once: its words, and what each chosen row says in the preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zahlmeister.correspondence.queries import items_of, sent_letters
from zahlmeister.dunning.queries import pauses
from zahlmeister.flows.centre.stays import waits_for_release
from zahlmeister.flows.hold_refund import HOLDABLE
from zahlmeister.flows.send_payment_information import SENT_AGAIN, check_sendable
from zahlmeister.money.amount import Amount
from zahlmeister.office import refund_words
from zahlmeister.office.letter_words import kind_name
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED, items_by_id, payments_by_id
from zahlmeister.receivables.states import UNDECIDED, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import refunds
from zahlmeister.refunds.states import EDITABLE
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Line:
    """A chosen row in the preview: its name, its money, and why nothing will become of it, where that is known."""

    id: int
    words: str
    amount: Amount | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done to the rows of one list.

    `name` is how its address is called and `undo` that of taking it back; where nothing takes it back, `no_undo` says
    why. `chosen` stands on the button below the list, `button` on the one below the preview.
    """

    title: Promise
    chosen: Promise
    button: Promise
    effect: Promise
    page: str  # the list
    name: str
    lines: Callable[[int, Sequence[int]], list[Line]]
    done: Callable[[int], str]
    undo: str = ""
    no_undo: Promise | str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a list: its words, and where it sends the chosen rows."""

    words: str
    address: str


def buttons(page: str) -> list[Button]:
    """What can be done to many rows of this list."""
    return [Button(str(act.chosen), reverse(f"office:{act.name}")) for act in ACTS.values() if act.page == page]


def _payments(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = payments_by_id(merchant_id, chosen).select_related("transaction__account")
    return [
        Line(
            row.pk,
            row.transaction.counterparty or _("Unknown payer"),
            row.amount,
            "" if PaymentState(row.state) in UNDECIDED else _("It is %(state)s.") % {"state": row.get_state_display()},
        )
        for row in found
    ]


def _orders(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = items_by_id(merchant_id, chosen)
    return [
        Line(
            row.pk,
            _("Order %(number)s") % {"number": row.order.number},
            row.open,
            "" if row.state in OWED else _("It is %(state)s.") % {"state": row.get_state_display()},
        )
        for row in found.values()
    ]


def _refunds(can: Callable[[Refund], bool]) -> Callable[[int, Sequence[int]], list[Line]]:
    def lines(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
        return [
            Line(
                row.pk,
                f"{refund_words.of_what(row)} · {row.name}" if row.name else refund_words.of_what(row),
                Amount(row.amount_minor, row.currency),
                "" if can(row) else _("It is %(state)s.") % {"state": row.get_state_display()},
            )
            for row in refunds(merchant_id).filter(pk__in=chosen)
        ]

    return lines


def _reminders(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    paused = pauses(merchant_id, chosen)
    return [
        replace(line, why_not=_("It is paused already.")) if line.id in paused and not line.why_not else line
        for line in _orders(merchant_id, chosen)
    ]


def _letters(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = list(sent_letters(merchant_id).filter(pk__in=chosen))
    items = items_of(merchant_id, found)
    lines, told = list[Line](), set[int]()
    for row in found:
        item = items.get(row.order_id or 0)
        why_not = _not_again(row.kind, item)
        if item is not None and not why_not and item.pk in told:
            why_not = _("Another chosen letter about this order is sent again.")
        elif item is not None and not why_not:
            told.add(item.pk)
        lines.append(Line(row.pk, f"{kind_name(row.kind)} · {row.reader}", item.open if item else None, why_not))
    return lines


def _not_again(kind: str, item: OpenItem | None) -> str:
    if item is None or kind not in SENT_AGAIN:
        return _("Only what tells a buyer how to pay is sent again; everything else said what was so at the time.")
    try:
        check_sendable(item)
    except Refused as why:
        return in_words(why)
    return ""


ACTS: Mapping[str, Act] = {
    "payments-ignore": Act(
        title=gettext_lazy("Ignore payments"),
        chosen=gettext_lazy("Ignore the chosen ones"),
        button=gettext_lazy("Ignore them"),
        effect=gettext_lazy(
            "They are for no order: nobody is asked about them any more, and their money is booked as such."
        ),
        page="payments",
        name="payment-ignore-many",
        lines=_payments,
        done=lambda count: ngettext("%(count)s payment is ignored.", "%(count)s payments are ignored.", count),
        undo="payment-ignore-many-undo",
    ),
    "orders-pause": Act(
        title=gettext_lazy("Pause reminders"),
        chosen=gettext_lazy("Pause reminders of the chosen ones"),
        button=gettext_lazy("Pause them"),
        effect=gettext_lazy("Nobody is asked to pay them until you resume."),
        page="orders",
        name="order-pause-many",
        lines=_orders,
        done=lambda count: ngettext(
            "Reminders of %(count)s order are paused.", "Reminders of %(count)s orders are paused.", count
        ),
        undo="order-pause-many-undo",
    ),
    "reminders-pause": Act(
        title=gettext_lazy("Pause reminders"),
        chosen=gettext_lazy("Pause reminders of the chosen ones"),
        button=gettext_lazy("Pause them"),
        effect=gettext_lazy("Nobody is asked to pay them until you resume."),
        page="reminders",
        name="reminders-pause-many",
        lines=_reminders,
        done=lambda count: ngettext(
            "Reminders of %(count)s order are paused.", "Reminders of %(count)s orders are paused.", count
        ),
        undo="reminders-pause-many-undo",
    ),
    "letters-again": Act(
        title=gettext_lazy("Send letters again"),
        chosen=gettext_lazy("Send the chosen ones again"),
        button=gettext_lazy("Send them again"),
        effect=gettext_lazy("Each buyer is told anew how to pay, with what is open now; once for an order."),
        page="letters",
        name="letter-again-many",
        lines=_letters,
        done=lambda count: ngettext(
            "%(count)s letter is on its way again.", "%(count)s letters are on their way again.", count
        ),
        no_undo=gettext_lazy("It cannot be taken back: a letter leaves at once."),
    ),
    "refunds-hold": Act(
        title=gettext_lazy("Hold refunds"),
        chosen=gettext_lazy("Hold the chosen ones"),
        button=gettext_lazy("Hold them"),
        effect=gettext_lazy("They stay promised and do not leave until somebody lets each go on."),
        page="refunds",
        name="refund-hold-many",
        lines=_refunds(lambda row: row.state in HOLDABLE and not row.by_provider),
        done=lambda count: ngettext("%(count)s refund is held.", "%(count)s refunds are held.", count),
        undo="refund-hold-many-undo",
    ),
    "refunds-release": Act(
        title=gettext_lazy("Release refunds"),
        chosen=gettext_lazy("Release the chosen ones"),
        button=gettext_lazy("Release them"),
        effect=gettext_lazy("Customers want their balances back, and get them."),
        page="refunds",
        name="refund-release-many",
        lines=_refunds(waits_for_release),
        done=lambda count: ngettext("%(count)s refund is released.", "%(count)s refunds are released.", count),
        no_undo=gettext_lazy("It cannot be taken back; until a refund leaves it can be held or withdrawn."),
    ),
    "refunds-withdraw": Act(
        title=gettext_lazy("Withdraw refunds"),
        chosen=gettext_lazy("Withdraw the chosen ones"),
        button=gettext_lazy("Withdraw them"),
        effect=gettext_lazy("Nothing goes back; the books are as if it had never been promised."),
        page="refunds",
        name="refund-withdraw-many",
        lines=_refunds(lambda row: row.state in EDITABLE),
        done=lambda count: ngettext("%(count)s refund is withdrawn.", "%(count)s refunds are withdrawn.", count),
        no_undo=gettext_lazy("It cannot be taken back; what is to go back after all is promised anew."),
    ),
}
