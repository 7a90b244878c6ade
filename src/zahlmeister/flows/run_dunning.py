"""The run of a day: whoever has not paid in time is asked, and in the end waiting ends.

One run per merchant and day, in short transactions of a few hundred items each: the notice, where the item stands, the
message and the history are written together, so a run that is killed goes on behind the last item and asks nobody
twice. What keeps an item back is kept with it and said in the office.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime

from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.dunning.claims import Claims, added, claims_of, is_order_paid
from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.forecast import BATCH, Coming, Standing, coming, standings
from zahlmeister.dunning.holds import Circumstances, Hold, holds
from zahlmeister.dunning.models import DunningCase, DunningRun, Notice
from zahlmeister.dunning.plan import What
from zahlmeister.dunning.policies import Policies
from zahlmeister.dunning.runs import advance, claim_run
from zahlmeister.dunning.states import RunState
from zahlmeister.flows.tell_of_money import overdue
from zahlmeister.flows.tell_shop import tell_overdue
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.models import Order
from zahlmeister.orders.states import Presence
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.allocate import cancel
from zahlmeister.receivables.costs import Costs, ask_costs
from zahlmeister.receivables.desk import take_out
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.states import PaymentState

Clock = Callable[[], datetime]
#: Nobody is asked in the middle of the night; the hour of the merchant's country.
FIRST_HOUR = 8
#: A waiting payment keeps an item back when it is suggested for it with at least this confidence, in millionths.
LIKELY = 200_000


def run_next(*, clock: Clock) -> DunningRun | None:
    """A worker's turn: do the run of today for one merchant; None when there is none to do."""
    now = localtime(clock())
    if now.hour < FIRST_HOUR:
        return None
    run = claim_run(now.date(), now)
    if run is not None:
        run_dunning(run, clock=clock)
    return run


def run_dunning(run: DunningRun, *, clock: Clock) -> None:
    """Go on with a claimed run until its end.

    Raises:
        RunLost: another worker has taken it over.
    """
    policies, likely = Policies(run.merchant_id), _likely_paid(run.merchant_id)
    bank_read_at = _bank_read_at(run.merchant_id)
    after: int | None = run.after
    while after is not None:
        with transaction.atomic(durable=True):
            lock(run.merchant_id)
            rows = standings(run.merchant_id, policies, after)
            batch = _Batch(run, policies, likely, bank_read_at, clock())
            batch.do(rows)
            after = rows[-1].item if len(rows) == BATCH else None
            ending = {} if after else {"state": RunState.DONE, "finished_at": batch.at}
            progress = {"after": after} if after else ending
            advance(run, batch.at, counts=batch.counts, **progress)


class _Batch:
    """Some items of a run, on their way into the tables together."""

    def __init__(
        self, run: DunningRun, policies: Policies, likely: frozenset[int], bank_read_at: datetime | None, at: datetime
    ) -> None:
        self.at = at
        self.counts: Counter[str] = Counter()
        self._run, self._policies, self._likely, self._bank_read_at = run, policies, likely, bank_read_at
        self._steps: list[Happened] = []
        self._cancelled: list[int] = []
        self._overdue: list[Order] = []
        self._costs: list[Costs] = []

    def do(self, rows: Sequence[Standing]) -> None:
        due = {
            found.item: found
            for row in rows
            if (found := coming(row, self._policies, today=self._run.day)) is not None
            and found.step.on <= self._run.day
        }
        items = OpenItem.objects.select_related("order__customer__dunning_block", "dunning").in_bulk(list(due))
        for number in sorted(due):
            self._do_one(items[number], due[number])
        self._cancel()
        ask_costs(self._run.merchant_id, self._costs, by="dunning", on=self._run.day, at=self.at)
        tell_overdue(self._run.merchant_id, self._overdue, at=self.at)
        record(self._run.merchant_id, self._steps, at=self.at)

    def _do_one(self, item: OpenItem, step: Coming) -> None:
        case = case_of(item)
        kept_back = list(holds(self._circumstances(item, step, case), at=self.at, today=self._run.day))
        if kept_back:
            self._hold(case, kept_back)
        elif step.step.what in (What.REMIND, What.ASK):
            self._ask(item, step, case)
        else:
            self._end(case, step.step.what)

    def _hold(self, case: DunningCase, kept_back: Sequence[Hold]) -> None:
        self.counts["held"] += 1
        if case.holds != list(kept_back):
            case.holds, case.held_on = list(kept_back), self._run.day
            case.save()

    def _ask(self, item: OpenItem, step: Coming, case: DunningCase) -> None:
        notice = _notice(item, step, self._run.day, at=self.at)
        notice.save(force_insert=True)
        if more := added(notice, item):
            self._costs.append(Costs(item.pk, more, f"notice:{notice.pk}", step.in_force.row.claims_costs))
        reach(case, notice.level, self._run.day)
        tell(self._run.merchant_id, [message_of(notice, item)], at=self.at)
        facts = {"level": notice.level, "open": notice.open_minor, "fee": notice.fee_minor}
        self._steps.append(Happened("item", item.pk, "asked", "dunning", "", facts))
        self.counts["reminded"] += 1

    def _end(self, case: DunningCase, what: What) -> None:
        case.ended, case.reached_on, case.holds = what, self._run.day, []
        case.save()
        if what is What.CANCEL:
            self._cancelled.append(case.item_id)
        else:
            self._overdue.append(case.item.order)
            overdue(self._run.merchant_id, case.item_id, at=self.at)
            self._steps.append(Happened("item", case.item_id, "overdue", "dunning"))
        self.counts["ended"] += 1

    def _cancel(self) -> None:
        if self._cancelled:
            desk = take_out(self._run.merchant_id, item_ids=self._cancelled)
            for item in desk.items.values():
                cancel(desk, item, by="dunning", on=self._run.day, reason="not paid in time")
            desk.put_back(at=self.at)

    def _circumstances(self, item: OpenItem, step: Coming, case: DunningCase) -> Circumstances:
        row = step.in_force.row
        block = getattr(item.order.customer, "dunning_block", None)
        return Circumstances(
            open_minor=item.open_minor,
            minimum_minor=row.minimum_minor,
            bank_read_at=self._bank_read_at,
            bank_hours=row.bank_hours,
            has_waiting_payment=item.pk in self._likely,
            order_blocked_until=_until(case.paused_for, case.paused_until),
            customer_blocked_until=_until(block, block.until) if block else None,
            is_gone=item.order.presence != Presence.HERE,
            can_be_reached=step.step.what not in (What.REMIND, What.ASK) or bool(item.order.email),
        )


def reach(case: DunningCase, level: int, on: date) -> None:
    """Note that an item has reached a level."""
    case.level, case.reached_on, case.holds, case.held_on = level, on, [], None
    case.save()


def message_of(notice: Notice, item: OpenItem) -> Said:
    """What the buyer is written, on its way."""
    payload = {"notice": notice.pk, "item": item.pk, "what": notice.what, "level": notice.level}
    channel = "mail" if notice.sent_by == SentBy.MAIL else "letter"
    return Said(channel, f"order:{item.order_id}", f"notice:{notice.pk}", payload)


def case_of(item: OpenItem) -> DunningCase:
    """Where asking for the item stands; a new one, not saved, when nobody has asked yet."""
    try:
        found: DunningCase = item.dunning
    except DunningCase.DoesNotExist:
        return DunningCase(merchant_id=item.merchant_id, item=item)
    return found


def _notice(item: OpenItem, step: Coming, on: date, *, at: datetime) -> Notice:
    level = step.step.level
    claims = claims_of(item, step.in_force.row, today=on) if step.step.what is What.REMIND else Claims()
    return Notice(
        merchant_id=item.merchant_id,
        item=item,
        what=step.step.what,
        level=level,
        on=on,
        sent_by=step.in_force.sent_by(level),
        open_minor=item.open_minor,
        fee_minor=0 if is_order_paid(item) else step.in_force.fee_minor(level, item.currency),
        interest_minor=claims.interest_minor,
        flat_minor=claims.flat_minor,
        facts=claims.facts,
        by="dunning",
        created_at=at,
    )


def _until(is_blocked: object, until: date | None) -> date | None:
    """The last day of a block; one without an end lasts."""
    return (until or date.max) if is_blocked else None


def _bank_read_at(merchant_id: int) -> datetime | None:
    read = StatementImport.objects.filter(merchant_id=merchant_id, state=ImportState.DONE)
    found: datetime | None = read.aggregate(last=Max("finished_at"))["last"]
    return found


def _likely_paid(merchant_id: int) -> frozenset[int]:
    """Items that a payment waiting for a person is suggested for: asking for them may be asking twice."""
    waiting = Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.SUGGESTED)
    return frozenset(
        share["item"]
        for candidates in waiting.values_list("candidates", flat=True).iterator()
        for candidate in candidates[:1]
        if candidate["confidence_ppm"] >= LIKELY
        for share in candidate["shares"]
    )
