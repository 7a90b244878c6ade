"""A person steers what is asked of whom: not this one, not now, not this customer, counted from another day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.forecast import coming, standing_of
from zahlmeister.dunning.models import CustomerBlock, DunningCase, DunningPolicy, Notice
from zahlmeister.dunning.plan import MOST_LEVELS, BaseDay, Ending, What
from zahlmeister.dunning.policies import Policies, plan_of
from zahlmeister.dunning.states import Pause
from zahlmeister.flows.kept_back import case_of
from zahlmeister.flows.run_dunning import reach
from zahlmeister.flows.settings.noted import noted
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Customer, Shop
from zahlmeister.receivables.costs import drop_costs
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

LONGEST_DAYS = 365


def pause(merchant: Merchant, item_id: int, why: Pause, until: date | None, *, by: str, at: datetime) -> None:
    """Nothing is asked for this order until the end of a day, or until somebody resumes."""
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        case.paused_for, case.paused_until = why, until
        case.save()
        _happened(case, "paused", by, at, why=why, until=until.isoformat() if until else "")


def resume(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """The order is asked for again, at the level where it stood."""
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        if not case.paused_for:
            raise Refused("Asking for this order is not paused; look again.")
        case.paused_for, case.paused_until, case.holds = "", None, []
        case.save()
        _happened(case, "resumed", by, at)


def skip_next(merchant: Merchant, item_id: int, level: int, *, by: str, at: datetime) -> None:
    """Leave out the next notice: its level counts as reached on the day on which it would have been sent.

    Args:
        merchant: whose order.
        item_id: which open item.
        level: the level that is meant, so that a click too late does not leave out the one behind it.
        by: the person's e-mail address.
        at: now.
    """
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        row = standing_of(merchant.pk, item_id)
        found = coming(row, Policies(merchant.pk), today=localdate(at)) if row else None
        step = found.step if found else None
        if step is None or step.level != level or step.what not in (What.REMIND, What.ASK):
            raise Refused("This notice is not the next one any more; look again.")
        Notice.objects.create(
            merchant=merchant,
            item=case.item,
            what=step.what,
            level=level,
            on=step.on,
            sent_by=SentBy.MAIL,
            open_minor=case.item.open_minor,
            facts={
                "from_level": case.level,
                "reached_on": case.reached_on.isoformat() if case.reached_on else "",
            },
            was_skipped=True,
            by=by,
            created_at=at,
        )
        reach(case, level, step.on)
        _happened(case, "left_out", by, at, level=level)


def ask_after_all(merchant: Merchant, item_id: int, level: int, *, by: str, at: datetime) -> None:
    """Take back that a notice was left out: it is the next one again, and late it goes out with the next run.

    Args:
        merchant: whose order.
        item_id: which open item.
        level: of the notice that was left out.
        by: the person's e-mail address.
        at: now.

    Raises:
        Refused: the order has gone on since.
    """
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        left_out = Notice.objects.filter(merchant=merchant, item_id=item_id, level=level, was_skipped=True).first()
        if left_out is None or case.ended or case.level != level or "from_level" not in left_out.facts:
            raise Refused("This notice is not the one that was left out last; look again.")
        reached_on = left_out.facts["reached_on"]
        reach(case, left_out.facts["from_level"], date.fromisoformat(reached_on) if reached_on else None)
        left_out.delete()
        _happened(case, "after_all", by, at, level=level)


def count_from(merchant: Merchant, item_id: int, day: date | None, *, by: str, at: datetime) -> None:
    """Count the first level from another day; None counts from the policy's own again."""
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        case.base_on = day
        case.save()
        _happened(case, "counted_from", by, at, day=day.isoformat() if day else "")


def leave_costs(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """Goodwill: the fees and interest that were asked for and have not been paid are asked for no more."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        drop_costs(merchant.pk, item_id, by=by, at=at)


def begin_again(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """Waiting for this order had ended and is open again: the next notice follows the last one."""
    with transaction.atomic(durable=True):
        case = _case(merchant, item_id)
        if not case.ended:
            raise Refused("Waiting for this order has not ended; look again.")
        case.ended = ""
        case.save()
        _happened(case, "asked_again", by, at)


def block_customer(
    merchant: Merchant, customer_id: int, until: date | None, reason: str, *, by: str, at: datetime
) -> None:
    """Nothing is asked of this customer until the end of a day; None: for good."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = Customer.objects.filter(merchant=merchant, pk=customer_id).first()
        if customer is None:
            raise Refused("This customer does not exist.")
        CustomerBlock.objects.update_or_create(
            customer=customer,
            defaults={"merchant": merchant, "until": until, "reason": reason[:200], "by": by, "created_at": at},
        )
        record(merchant.pk, [Happened("customer", customer_id, "blocked", by, reason)], at=at)


def unblock_customer(merchant: Merchant, customer_id: int, *, by: str, at: datetime) -> None:
    """The customer is asked again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if not CustomerBlock.objects.filter(merchant=merchant, customer_id=customer_id).delete()[0]:
            raise Refused("This customer is not blocked; look again.")
        record(merchant.pk, [Happened("customer", customer_id, "unblocked", by)], at=at)


@dataclass(frozen=True, slots=True)
class PolicyWanted:
    """A policy as a person wants it; see `dunning.models.DunningPolicy`."""

    payment_kind: str
    levels: list[dict[str, Any]]
    base: BaseDay
    ending: Ending
    end_days: int
    is_on: bool = False
    shop_id: int | None = None
    customer_group: str = ""
    since: date | None = None
    more: dict[str, Any] = field(
        default_factory=dict
    )  # asks_once, on_working_days, minimum_minor, bank_hours, term_days


def save_policy(merchant: Merchant, wanted: PolicyWanted, *, by: str, at: datetime) -> DunningPolicy:
    """Keep a policy; what it makes due is done in the next run.

    Raises:
        Refused: an interval or a level that no run could follow.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by, at=at):
            policy = put_policy(merchant, wanted)
        facts = {"kind": wanted.payment_kind, "is_on": wanted.is_on, "days": [one["days"] for one in wanted.levels]}
        record(merchant.pk, [Happened("policy", policy.pk, "changed", by, "", facts)], at=at)
    return policy


def put_policy(merchant: Merchant, wanted: PolicyWanted) -> DunningPolicy:
    """The same inside the caller's transaction and turn; nothing is noted."""
    policy, _ = DunningPolicy.objects.update_or_create(
        merchant=merchant,
        payment_kind=wanted.payment_kind,
        shop=_check(merchant, wanted),
        customer_group=wanted.customer_group,
        defaults={
            "is_on": wanted.is_on,
            "since": wanted.since,
            "base": wanted.base,
            "levels": wanted.levels,
            "ending": wanted.ending,
            "end_days": wanted.end_days,
            **wanted.more,
        },
    )
    plan_of(policy)
    return policy


def drop_policy(merchant: Merchant, kind: str, shop_id: int) -> None:
    """A shop's own rule for everybody is gone, so that it has the one for all shops; inside the caller's turn."""
    DunningPolicy.objects.filter(merchant=merchant, payment_kind=kind, shop_id=shop_id, customer_group="").delete()


def _check(merchant: Merchant, wanted: PolicyWanted) -> Shop | None:
    if len(wanted.levels) > MOST_LEVELS:
        raise Refused(f"{len(wanted.levels)} reminders are too many; five is the most.")
    days = [*(int(level["days"]) for level in wanted.levels), wanted.end_days]
    if any(not 1 <= one <= LONGEST_DAYS for one in days):
        raise Refused(f"Each interval is between one day and {LONGEST_DAYS} days.")
    if wanted.ending is Ending.CANCEL and wanted.payment_kind != "prepayment":
        raise Refused("Only prepaid orders can be cancelled by themselves: otherwise the goods are with the buyer.")
    if wanted.shop_id is None:
        return None
    shop = Shop.objects.filter(merchant=merchant, pk=wanted.shop_id).first()
    if shop is None:
        raise Refused("This shop does not exist.")
    return shop


def _case(merchant: Merchant, item_id: int) -> DunningCase:
    lock(merchant.pk)
    items = OpenItem.objects.filter(merchant=merchant, pk=item_id).select_related("order", "dunning")
    item = items.first()
    if item is None:
        raise Refused("This order does not exist.")
    return case_of(item)


def _happened(case: DunningCase, verb: str, by: str, at: datetime, **facts: Any) -> None:
    record(case.merchant_id, [Happened("item", case.item_id, f"asking_{verb}", by, "", facts)], at=at)
