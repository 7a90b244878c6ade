"""The one table of all switches. Defaults stand in the models and nowhere else; `read.default` looks them up there."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zahlmeister.flows.settings.registry_asking import ASKING, COLLECTION
from zahlmeister.flows.settings.registry_letters import LETTERS
from zahlmeister.flows.settings.switch import Form, Store, Switch
from zahlmeister.merchants.rights import Area
from zahlmeister.receivables.going_back import LONGEST_STAY
from zahlmeister.refunds.rules import LONGEST_WAIT, Rhythm
from zahlmeister.refunds.states import Way
from zahlmeister.refusals import Refused

#: The groups in the order of the page.
GROUPS: Mapping[str, object] = {
    "matching": _("Assigning payments"),
    "prepayment": _("Reminders: prepayment"),
    "invoice": _("Reminders: invoice"),
    "cod": _("Reminders: cash on delivery"),
    "letters": _("Payment information and letters"),
    "notices": _("Who is told of what"),
    "refunds": _("Refunds"),
    "limits": _("Money that leaves"),
    "collection": _("Collection"),
    "connections": _("Shops and accounts"),
}
#: A billion of the currency's minor units is more than any merchant means.
_MOST = 100_000_000_000

MATCHING = (
    Switch(
        key="matching.tolerance",
        group="matching",
        name=_("Allowed deviation"),
        meaning=_("How much a payment may differ from its order, either way, and still count as exact."),
        effect=_("An order of 50.00 with 0.50 allowed is paid by 49.50; the rest is booked as a small difference."),
        form=Form.AMOUNT,
        store=Store.MERCHANT,
        column="tolerance_minor",
        page="settings",
        most=1_000_000,
    ),
    Switch(
        key="matching.claims_bank_fees",
        group="matching",
        name=_("Claim bank charges"),
        meaning=_("Whether the buyer still owes what a bank kept of his payment on its way."),
        effect=_(
            "Off: the order is paid, and the charge is booked. On: the order is paid in part, and the rest is open."
        ),
        form=Form.SWITCH,
        store=Store.MERCHANT,
        column="claims_charges",
        page="settings",
    ),
    Switch(
        key="matching.ignores_providers",
        group="matching",
        name=_("Ignore payouts of payment providers"),
        meaning=_("Whether payouts of known payment providers, wages and taxes are for no order."),
        effect=_("On: they wait for nobody, on your own accounts. Other words to be ignored are rules of their own."),
        form=Form.SWITCH,
        store=Store.MERCHANT,
        column="ignores_providers",
        page="learned",
        area=Area.ORDERS,
    ),
)

LIMITS = (
    Switch(
        key="limits.four_eyes_above",
        group="limits",
        name=_("Two people above"),
        meaning=_("Above this sum to one recipient on one day a second person approves."),
        effect=_("What goes to one recipient on one day counts together."),
        form=Form.AMOUNT,
        store=Store.MERCHANT,
        column="four_eyes_above_minor",
        page="limits",
        most=_MOST,
        in_place=False,
        owner=True,
        area=Area.MONEY_OUT,
    ),
    Switch(
        key="limits.day_cap",
        group="limits",
        name=_("At most a day, in all"),
        meaning=_("What transfers of one day may come to."),
        effect=_("Transfers beyond it wait for the next day. Empty: any amount."),
        form=Form.AMOUNT,
        store=Store.MERCHANT,
        column="day_cap_minor",
        page="limits",
        most=_MOST,
        may_be_empty=True,
        in_place=False,
        owner=True,
        area=Area.MONEY_OUT,
    ),
    Switch(
        key="limits.recipient_cap",
        group="limits",
        name=_("At most a day to one recipient"),
        meaning=_("What transfers of one day to the same recipient may come to."),
        effect=_("Transfers beyond it wait for the next day. Empty: any amount."),
        form=Form.AMOUNT,
        store=Store.MERCHANT,
        column="recipient_cap_minor",
        page="limits",
        most=_MOST,
        may_be_empty=True,
        in_place=False,
        owner=True,
        area=Area.MONEY_OUT,
    ),
    Switch(
        key="limits.return_after",
        group="limits",
        name=_("Unclear money goes back after"),
        meaning=_("How long unclear money may stay on a pooled account."),
        effect=_("Then it goes back to its payer; three days before it stands on Today."),
        form=Form.COUNT,
        store=Store.MERCHANT,
        column="return_after_days",
        page="limits",
        least=1,
        most=LONGEST_STAY,
        unit=_("days"),
        in_place=False,
        owner=True,
        area=Area.MONEY_OUT,
    ),
)


def _refund(column: str, name: Promise, meaning: Promise, effect: Promise, **more: Any) -> Switch:
    told = {"form": Form.SWITCH, "store": Store.REFUNDS, "page": "refund-settings", "owner": True, **more}
    return Switch(
        key=f"refunds.{column}", group="refunds", column=column, name=name, meaning=meaning, effect=effect, **told
    )


REFUNDS = (
    _refund(
        "waiting_days",
        _("Days until a refund leaves"),
        _("How long the buyer has to confirm or change the bank details."),
        _("A refund that the buyer confirms leaves at once; one that was promised keeps its day."),
        form=Form.COUNT,
        most=LONGEST_WAIT,
        unit=_("days"),
    ),
    _refund(
        "in_banking_days",
        _("Count banking days only"),
        _("Whether Saturdays, Sundays and holidays count towards the days a refund waits."),
        _("On: seven days are a week and two days or more."),
    ),
    _refund(
        "announces",
        _("Tell buyers of a coming refund"),
        _("Whether the buyer gets a mail with a link to confirm the bank details."),
        _("Off: the refund leaves after its days, and nobody is asked."),
    ),
    _refund(
        "tells_sent",
        _("Tell buyers when it was sent"),
        _("Whether the buyer gets a mail when the refund has left."),
        _("On: one mail for each refund, once the bank has it."),
    ),
    _refund(
        "asks_missing",
        _("Ask buyers for bank details that are missing"),
        _("Whether the buyer is asked where nobody knows an account to send the money to."),
        _("Off: such a refund waits for you."),
    ),
    _refund(
        "asks_again",
        _("Ask again when a refund came back"),
        _("Whether the buyer is asked for another account when the bank sends a refund back."),
        _("Off: such a refund waits for you; it never goes to that account again."),
    ),
    _refund(
        "from_shop",
        _("Refund what the shop credits"),
        _("Whether a credit note of the shop is a refund."),
        _("On: each credit note that the shop reports is refunded once."),
    ),
    _refund(
        "only_paid",
        _("From the shop at most what was paid"),
        _("Whether refunds of the shop end at what was paid."),
        _("Off: up to twice the order, as for refunds by hand."),
    ),
    _refund(
        "way",
        _("How refunds leave your own account"),
        _("By transfers that somebody approves, or by the operator, who collects the sum first."),
        _("The operator needs a mandate to collect by."),
        form=Form.CHOICE,
        choices=tuple(Way.choices),
    ),
    _refund(
        "rhythm",
        _("The operator collects"),
        _("How often the operator collects what refunds have come to."),
        _("More than once a week may cost a fee by your plan."),
        form=Form.CHOICE,
        choices=(
            (Rhythm.WEEKLY.value, _("once a week")),
            (Rhythm.TWICE.value, _("twice a week")),
            (Rhythm.EACH.value, _("each refund by itself")),
        ),
    ),
)

CONNECTIONS = (
    Switch(
        key="shop.is_read",
        group="connections",
        name=_("The shop is read and told"),
        meaning=_("Whether open orders are read from the shop, and it is told what was paid or cancelled."),
        effect=_("Off: the shop pauses; what it is to be told waits. Which statuses it is given is its mapping."),
        form=Form.SWITCH,
        store=Store.SHOP,
        column="state",
        page="shops",
        in_place=False,
    ),
    Switch(
        key="account.starts_on",
        group="connections",
        name=_("Account start date"),
        meaning=_("From which booking day on payments of a bank account are assigned."),
        effect=_("What was booked earlier is recorded only. Empty: from the beginning."),
        form=Form.DAY,
        store=Store.ACCOUNT,
        column="starts_on",
        page="statements",
        may_be_empty=True,
        in_place=False,
    ),
)
SWITCHES: tuple[Switch, ...] = (
    *MATCHING, *ASKING, *LETTERS, *REFUNDS, *LIMITS, *COLLECTION, *CONNECTIONS,
)  # fmt: skip


@cache
def switches() -> Mapping[str, Switch]:
    """Every switch by its key."""
    return {one.key: one for one in SWITCHES}


def switch(key: str) -> Switch:
    """The switch of a key.

    Raises:
        Refused: there is none.
    """
    found = switches().get(key)
    if found is None:
        raise Refused(f"There is no setting “{key[:80]}”.")
    return found
