"""The run of a day: whoever has not paid in time is asked, and in the end waiting ends.

One run per merchant and day, in short transactions of a few hundred items each: the notice, where the item stands, the
message and the history are written together, so a run that is killed goes on behind the last item and asks nobody
twice. What keeps an item back is kept with it and said in the office.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate, localtime

from zahlmeister.correspondence.queries import invoice_letter
from zahlmeister.dunning.claims import Claims, Told, added, claims_of, is_order_paid
from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.forecast import BATCH, Coming, Standing, coming, standings
from zahlmeister.dunning.holds import Hold
from zahlmeister.dunning.models import DunningCase, DunningRun, Notice
from zahlmeister.dunning.plan import What
from zahlmeister.dunning.policies import Policies
from zahlmeister.dunning.runs import advance, claim_run
from zahlmeister.dunning.states import RunState
from zahlmeister.flows.kept_back import MoneySeen, case_of, kept_back, money_seen
from zahlmeister.flows.tell_of_money import overdue
from zahlmeister.flows.tell_shop import tell_overdue
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.models import Order
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.allocate import cancel
from zahlmeister.receivables.costs import Costs, ask_costs
from zahlmeister.receivables.desk import take_out
from zahlmeister.receivables.models import OpenItem

Clock = Callable[[], datetime]
#: Nobody is asked in the middle of the night; the hour of the merchant's country.
FIRST_HOUR = 8


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
    policies, seen = Policies(run.merchant_id), money_seen(run.merchant_id)
    after: int | None = run.after
    while after is not None:
        with transaction.atomic(durable=True):
            lock(run.merchant_id)
            rows = standings(run.merchant_id, policies, after)
            batch = _Batch(run, policies, seen, clock())
            batch.do(rows)
            after = rows[-1].item if len(rows) == BATCH else None
            ending = {} if after else {"state": RunState.DONE, "finished_at": batch.at}
            progress = {"after": after} if after else ending
            advance(run, batch.at, counts=batch.counts, **progress)


class _Batch:
    """Some items of a run, on their way into the tables together."""

    def __init__(self, run: DunningRun, policies: Policies, seen: MoneySeen, at: datetime) -> None:
        self.at = at
        self.counts: Counter[str] = Counter()
        self._run, self._policies, self._seen = run, policies, seen
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
        if reasons := kept_back(item, step, self._seen, at=self.at, today=self._run.day):
            self._hold(case, reasons)
        elif step.step.what in (What.REMIND, What.ASK):
            self._ask(item, step, case)
        else:
            self._end(case, step.step.what)

    def _hold(self, case: DunningCase, reasons: Sequence[Hold]) -> None:
        self.counts["held"] += 1
        if case.holds != reasons:
            case.holds, case.held_on = list(reasons), self._run.day
            case.save()

    def _ask(self, item: OpenItem, step: Coming, case: DunningCase) -> None:
        notice = _notice(item, step, self._run.day, at=self.at)
        notice.save(force_insert=True)
        more, source = added(notice, item), f"notice:{notice.pk}"
        if more.minor:
            claims, fee = step.in_force.row.claims_costs, notice.fee_minor
            self._costs.append(Costs(item.pk, more.minor, source, claims, more.interest, fee))
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


def reach(case: DunningCase, level: int, on: date | None) -> None:
    """Note that an item has reached a level, and when; level 0 on no day is the beginning."""
    case.level, case.reached_on, case.holds, case.held_on = level, on, [], None
    case.save()


def message_of(notice: Notice, item: OpenItem) -> Said:
    """What the buyer is written, on its way."""
    payload = {"notice": notice.pk, "item": item.pk, "what": notice.what, "level": notice.level}
    channel = "mail" if notice.sent_by == SentBy.MAIL else "letter"
    return Said(channel, f"order:{item.order_id}", f"notice:{notice.pk}", payload)


def _notice(item: OpenItem, step: Coming, on: date, *, at: datetime) -> Notice:
    level = step.step.level
    claims = (
        claims_of(item, step.in_force.row, today=on, told=told_of(item)) if step.step.what is What.REMIND else Claims()
    )
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


def told_of(item: OpenItem) -> Told:
    """What its buyer was told with the invoice, as far as it left this house."""
    letter = invoice_letter(item)
    return Told(letter.sent_at and localdate(letter.sent_at), letter.tells_default) if letter else Told()
