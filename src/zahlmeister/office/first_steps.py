"""What a new merchant does first, each looked at anew: how far it is, and what is missing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zahlmeister.banking import queries as banking
from zahlmeister.banking.models import Connection, StatementImport
from zahlmeister.banking.states import ConnectionState, ImportState
from zahlmeister.flows.people.prove import missing_proofs
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.states import Verification
from zahlmeister.office.access import OfficeRequest, may_open, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.templatetags.office import exact_day
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.shop_queries import connections as shops
from zahlmeister.orders.states import ShopState
from zahlmeister.receivables import queries as receivables
from zahlmeister.receivables.beginning import Reach, reach


class How(StrEnum):
    """How far a step is, as the list draws it."""

    DONE = "good"
    WAITS = "wait"  # for others, or for another step
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `ways` are the buttons: the word, the name of the page, and the number in its address."""

    title: str
    how: How
    says: str
    ways: tuple[tuple[str, str, int | None], ...] = ()

    @property
    def word(self) -> str:
        return {How.DONE: _("done"), How.WAITS: _("waits"), How.OPEN: _("to do")}[self.how]

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Word and address of each way on."""
        for word, page, number in self.ways:
            yield word, reverse(f"office:{page}", args=[] if number is None else [number])


@dataclass(frozen=True, slots=True)
class Guide:
    """The steps; with the first payment assigned they stand folded behind what needs somebody."""

    steps: list[Step]
    is_at_work: bool

    @property
    def left(self) -> int:
        """How many are not done."""
        return sum(step.how is not How.DONE for step in self.steps)


def first_steps(request: OfficeRequest) -> Guide | None:
    """The steps as they stand now, without ways that this person may not go; None when all of them are done."""
    merchant = request.merchant
    reached = reach(merchant.pk)
    steps = [look(merchant, reached) for look in LOOKS]
    if all(step.how is How.DONE for step in steps):
        return None
    open_to = [
        Step(step.title, step.how, step.says, tuple(way for way in step.ways if may_open(request.rights, way[1])))
        for step in steps
    ]
    return Guide(open_to, is_at_work=bool(reached.assigned))


@signed_in
@require_POST
def put_away(request: OfficeRequest) -> HttpResponseBase:
    """Show the list no more, to nobody of this merchant."""
    Merchant.objects.filter(pk=request.merchant.pk).update(is_guided=False)
    told(request, _("The first steps are put away; everything in them stays in the menu."))
    return redirect("office:today")


def _proof(merchant: Merchant, reached: Reach) -> Step:
    del reached
    title = _("Prove who you are")
    way = ((_("Hand in documents"), "verification", None),)
    match Verification(merchant.verification):
        case Verification.VERIFIED:
            return Step(title, How.DONE, _("You are verified; payouts, refunds and cases for collection leave."))
        case Verification.SUBMITTED:
            return Step(title, How.WAITS, _("Your documents are being looked at; you get a mail."))
        case Verification.FAILED:
            return Step(title, How.OPEN, _("The verification has failed; the page says why."), way)
        case Verification.MISSING:
            return Step(title, *_asked_for(merchant), way)


def _asked_for(merchant: Merchant) -> tuple[How, str]:
    missing = missing_proofs(merchant)
    if operator() is None:
        return How.WAITS, _("Whoever runs this installation says so with `zahlmeister verify-merchant`.")
    if missing is None:
        return How.OPEN, _("Say what your business is. Payments come in before; no money leaves.")
    if not missing:
        return How.OPEN, _("Everything is there; ask to have it looked at.")
    names = ", ".join(str(proof.label) for proof in missing)
    return How.OPEN, _("Missing: %(documents)s.") % {"documents": names}


def _bank(merchant: Merchant, reached: Reach) -> Step:
    title = _("Connect the bank, or hand in a statement")
    troubled = Connection.objects.filter(merchant=merchant).exclude(error="", state=ConnectionState.CONNECTED)
    for row in troubled.exclude(state=ConnectionState.PAUSED)[:1]:
        says = f"{row.name}: {in_words(row.error) if row.error else row.get_state_display()}"
        return Step(title, How.OPEN, says, ((_("Look at it"), "connection", row.pk),))
    answered = Connection.objects.filter(merchant=merchant, state=ConnectionState.CONNECTED)
    ways = (
        ("FinTS", "connect-fints", None),
        (_("Open banking"), "connect-open-banking", None),
        (_("Hand in a statement"), "statements", None),
    )
    if reached.first_booking:
        day = exact_day(reached.first_booking)
        if answered.exists():
            return Step(title, How.DONE, _("Your bank answers; bookings are here from %(day)s on.") % {"day": day})
        says = _("Bookings are here from %(day)s on. With a connection they come by themselves.") % {"day": day}
        return Step(title, How.DONE, says, ways[:2])
    return (
        _first_file(merchant, title)
        or _not_asked(answered.first(), title)
        or Step(title, How.OPEN, _("FinTS, open banking, an SFTP server, or the file that your bank offers."), ways)
    )


def _first_file(merchant: Merchant, title: str) -> Step | None:
    """How far the newest file is, as long as nothing of any is there."""
    row: StatementImport | None = banking.imports(merchant.pk).exclude(state=ImportState.DISCARDED).first()
    if row is None:
        return None
    way = ((_("Look at it"), "statement", row.pk),)
    if row.state == ImportState.BROKEN:
        return Step(title, How.OPEN, f"{row.name}: {in_words(row.error)}", way)
    if row.state == ImportState.DONE:
        return Step(title, How.OPEN, _("%(file)s was read, and no booking was in it.") % {"file": row.name}, way)
    return Step(title, How.WAITS, _("%(file)s is being read.") % {"file": row.name}, way)


def _not_asked(row: Connection | None, title: str) -> Step | None:
    if row is None:
        return None
    way = ((_("Look at it"), "connection", row.pk),)
    if row.looked_at is None:
        return Step(title, How.WAITS, _("%(name)s is being asked for the first time.") % {"name": row.name}, way)
    return Step(title, How.WAITS, _("%(name)s answers, and has had no booking yet.") % {"name": row.name}, way)


def _shop(merchant: Merchant, reached: Reach) -> Step:
    title = _("Connect the shop, or hand in orders")
    row = shops(merchant.pk).exclude(state=ShopState.DEREGISTERED).first()
    ways = ((_("Connect the shop"), "shop-choose", None), (_("Hand in orders"), "order-files", None))
    if row is not None and (step := _shop_in_need(row, title)):
        return step
    if reached.orders:
        says = ngettext("%(count)s order is here.", "%(count)s orders are here.", reached.orders)
        return Step(title, How.DONE, says % {"count": reached.orders}, () if row else ways[:1])
    if row is not None:
        return Step(title, How.WAITS, _("%(name)s has answered and has no open order.") % {"name": row.shop.name})
    return Step(title, How.OPEN, _("Your shop system, or the file of orders that it exports."), ways)


def _shop_in_need(row: ShopConnection, title: str) -> Step | None:
    name = {"name": row.shop.name}
    if row.error:
        return Step(
            title, How.OPEN, f"{row.shop.name}: {in_words(row.error)}", ((_("Look at it"), "shop", row.shop_id),)
        )
    if row.read_at is None and row.state == ShopState.PAUSED:
        way = ((_("Say what its words mean"), "shop-mapping", row.shop_id),)
        return Step(title, How.OPEN, _("%(name)s has answered; its words wait to be understood.") % name, way)
    if row.read_at is None:
        return Step(title, How.WAITS, _("%(name)s is being read for the first time.") % name)
    return None


def _history(merchant: Merchant, reached: Reach) -> Step:
    del merchant
    title = _("Bring what was before")
    if not reached.first_booking or not reached.oldest_order:
        return Step(title, How.WAITS, _("When bookings and orders are here, it is seen whether they reach back alike."))
    days = {"first": exact_day(reached.first_booking), "oldest": exact_day(reached.oldest_order)}
    if reached.first_booking <= reached.oldest_order:
        says = _("Bookings reach back to %(first)s, the oldest open order is of %(oldest)s: nothing is missing.")
        return Step(title, How.DONE, says % days)
    says = _("The oldest open order is of %(oldest)s, bookings begin on %(first)s: what was paid between is not known.")
    return Step(title, How.OPEN, says % days, ((_("Hand in older statements"), "statements", None),))


def _match(merchant: Merchant, reached: Reach) -> Step:
    title = _("See the first payment assigned")
    if reached.assigned:
        says = ngettext("%(count)s payment is assigned.", "%(count)s payments are assigned.", reached.assigned)
        return Step(title, How.DONE, says % {"count": reached.assigned}, ((_("Look at it"), "payments", None),))
    if not reached.first_booking or not reached.orders:
        return Step(title, How.WAITS, _("It happens by itself as soon as bookings and orders are here."))
    for account, count in receivables.only_recorded(merchant.pk, banking.accounts(merchant.pk)):
        says = ngettext("%(count)s payment is only recorded.", "%(count)s payments are only recorded.", count)
        return Step(title, How.OPEN, says % {"count": count}, ((_("Assign them"), "account", account.pk),))
    waiting = sum(receivables.payment_counts(merchant.pk).values())
    if waiting:
        says = ngettext("%(count)s payment waits for you.", "%(count)s payments wait for you.", waiting)
        return Step(title, How.OPEN, says % {"count": waiting}, ((_("Decide"), "payments", None),))
    return Step(title, How.WAITS, _("No payment that came in is for an order yet."))


LOOKS: tuple[Callable[[Merchant, Reach], Step], ...] = (_bank, _shop, _history, _match, _proof)
