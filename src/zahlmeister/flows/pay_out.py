"""A pooled account is settled: what is the merchant's leaves by one transfer, with a statement that adds up to it.

The amount is derived twice, from the balances of the books and from every single movement since the last payout. If
the two differ, or anything else is not in order, nothing leaves, and the plan says why.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.models import AccountKind, BankAccount, StatementImport
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.check_nightly import require_good_books
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.payout_account import take_over
from zahlmeister.flows.promised import promised
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import PAID_OUT
from zahlmeister.merchants.ids import new_id, new_ids
from zahlmeister.merchants.insert import insert_values
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.trouble import take_first
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.models import Payout, PayoutLine, PayoutPlan
from zahlmeister.payouts.rules import Rhythm, Standing, next_day, period, to_pay_out
from zahlmeister.payouts.standing import Line, last_payout, lines_since, standing_of
from zahlmeister.refusals import Refused

BY = "house"
#: So long a plan that was stopped is left alone before it is tried again.
AGAIN = timedelta(hours=1)

Clock = Callable[[], datetime]


def set_plan(account: BankAccount, said: PayoutPlan, *, by: Person, at: datetime) -> PayoutPlan:
    """Say when an account is paid out. The same again changes nothing.

    Args:
        account: pooled.
        said: rhythm, day, minimum, reserve and whether payouts are approved in advance; the rest is ignored.
        by: an owner.
        at: now; the first payout is on a later day.

    Raises:
        Refused: the person is no owner, the account is not pooled, or a figure makes no sense.
    """
    if not Membership.objects.filter(merchant=account.merchant_id, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may say when is paid out.")
    if account.kind != AccountKind.POOLED:
        raise Refused("Only what lies on a pooled account is paid out; this one is your own.")
    latest = 7 if said.rhythm == Rhythm.WEEKLY else 31
    if said.minimum_minor < 0 or said.reserve_minor < 0 or not 1 <= said.day <= latest:
        raise Refused("Amounts of zero or more are needed, and a weekday from 1 to 7 or a day of the month up to 31.")
    wanted = {name: getattr(said, name) for name in _SAID}
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        plan, is_new = PayoutPlan.objects.get_or_create(merchant_id=account.merchant_id, account=account)
        changed = {name: [getattr(plan, name), value] for name, value in wanted.items() if getattr(plan, name) != value}
        if changed or is_new:
            due_on = next_day(Rhythm(said.rhythm), said.day, timezone.localdate(at))
            rows = PayoutPlan.objects.filter(pk=plan.pk)
            rows.update(**wanted, due_on=due_on, set_by=by.email, stopped_by="", look_at=None)
            step = Happened("payout_plan", plan.pk, "changed", by.email, facts=changed)
            record(account.merchant_id, [step], at=at)
    plan.refresh_from_db()
    return plan


_SAID = ("rhythm", "day", "minimum_minor", "reserve_minor", "is_approved")


def pay_out_next(*, clock: Clock) -> PayoutPlan | None:
    """A worker's turn: settle one account whose day has come; None when there is none."""
    now = clock()
    due = PayoutPlan.objects.filter(due_on__lte=timezone.localdate(now), account__kind=AccountKind.POOLED)
    waiting = due.exclude(look_at__gt=now).select_related("account__merchant").order_by("due_on", "pk")
    return take_first("pay_out", waiting, lambda plan: _pay_out_or_say_why(plan, now), at=now)


def _pay_out_or_say_why(plan: PayoutPlan, now: datetime) -> None:
    assert plan.due_on is not None  # asked for by the caller
    try:
        pay_out(plan, plan.due_on, by=BY, at=now)
    except Refused as refusal:
        PayoutPlan.objects.filter(pk=plan.pk, due_on=plan.due_on).update(stopped_by=str(refusal), look_at=now + AGAIN)


def pay_out(plan: PayoutPlan, due: date, *, by: Person | str, at: datetime, is_by_hand: bool = False) -> Payout | None:
    """Settle an account for the period of a day, once.

    Args:
        plan: of the account.
        due: the day that is settled.
        by: the person, or the name of what in the house does it.
        at: now.
        is_by_hand: somebody does not want to wait for the plan's day.

    Returns:
        The payout, also when it was made before; None when there is less than the minimum.

    Raises:
        Refused: the merchant is not verified, the books were not found in order today, no account is known to pay to,
            a statement is being read, or the two ways of deriving the amount differ.
    """
    account = plan.account
    rhythm = Rhythm.BY_HAND if is_by_hand else Rhythm(plan.rhythm)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        plan.refresh_from_db()
        name = period(rhythm, due)
        known = Payout.objects.filter(merchant_id=account.merchant_id, account=account, period=name).first()
        if known is None:
            _check(account, at)
            known = _settle(plan, name, by, at)
        if not is_by_hand:
            _go_on(plan, due, at)
    return known


def standing_now(account: BankAccount, plan: PayoutPlan | None) -> Standing:
    """What an account holds for its merchant, with what is promised and what stays there."""
    return standing_of(account, promised=promised(account), reserve=plan.reserve_minor if plan else 0)


def _check(account: BankAccount, at: datetime) -> None:
    require_verified(Merchant(pk=account.merchant_id, name=account.merchant.name))
    require_good_books(account.merchant_id, timezone.localdate(at))
    reading = StatementImport.objects.filter(
        merchant_id=account.merchant_id, state__in=(ImportState.WAITING, ImportState.RUNNING)
    )
    if reading.exists():
        raise Refused("A statement is being read; what it brings is waited for.")


def _settle(plan: PayoutPlan, name: str, by: Person | str, at: datetime) -> Payout | None:
    account = plan.account
    standing = standing_now(account, plan)
    minor = to_pay_out(standing, plan.minimum_minor)
    last = last_payout(account)
    lines = lines_since(account, last)
    before = last.bank_minor if last else 0
    if before + sum(line.minor for line in lines) != standing.bank:
        raise Refused("The movements since the last payout do not make the balance of the books; nothing is paid out.")
    if not minor:
        return None
    order = _order(plan, name, Amount(minor, account.currency), by, at)
    payout = _kept(plan, name, order, standing, before)
    payout.through = max((line.posting for line in lines), default=last.through if last else 0)
    payout.created_by, payout.created_at = order.created_by, at
    keep_order(order, at=at)
    payout.save(force_insert=True)
    _keep_lines(payout, lines)
    source = f"payout:{payout.pk}"
    post(account.merchant_id, [Booking(PAID_OUT, payout.amount, source, timezone.localdate(at))], at=at)
    facts = {"amount": str(payout.amount), "transfer": order.end_to_end_id}
    record(account.merchant_id, [Happened("payout", payout.pk, "made", order.created_by, facts=facts)], at=at)
    if plan.is_approved and look_at(order).pairs_needed == 1:
        approve_by_policy(order, f"payout plan of {plan.set_by}", at=at)
    return payout


def _order(plan: PayoutPlan, name: str, amount: Amount, by: Person | str, at: datetime) -> PaymentOrder:
    account = plan.account
    target = take_over(account.merchant_id, account.currency, at=at)
    if target is None:
        raise Refused(f"No account is known to which {account.currency} is paid out; enter one.")
    text = f"Auszahlung {name} {account.merchant.name}"[:140]
    wanted = Wanted(
        f"payout:{account.pk}:{name}",
        Party(target.name),
        target.number,
        amount,
        timezone.localdate(at),
        text=text,
    )
    return make_order(account, wanted, by=by, at=at)


def _kept(plan: PayoutPlan, name: str, order: PaymentOrder, standing: Standing, before: int) -> Payout:
    return Payout(
        id=new_id(),
        merchant_id=plan.merchant_id,
        account=plan.account,
        period=name,
        order=order,
        amount_minor=order.amount_minor,
        currency=order.currency,
        before_minor=before,
        bank_minor=standing.bank,
        unclear_minor=standing.unclear,
        on_its_way_minor=standing.on_its_way,
        promised_minor=standing.promised,
        reserve_minor=standing.reserve,
    )


_COLUMNS = (
    "id", "merchant_id", "payout_id", "posting", "kind", "amount_minor", "booked_on", "transaction_id",
)  # fmt: skip


def _keep_lines(payout: Payout, lines: Sequence[Line]) -> None:
    rows = [
        (
            number,
            payout.merchant_id,
            payout.pk,
            line.posting,
            line.kind.value,
            line.minor,
            line.booked_on,
            line.transaction,
        )
        for number, line in zip(new_ids(len(lines)), lines, strict=True)
    ]
    insert_values(PayoutLine, _COLUMNS, rows)


def _go_on(plan: PayoutPlan, due: date, at: datetime) -> None:
    """The plan's next day: after today, so that days that were missed are settled by one payout."""
    after = next_day(Rhythm(plan.rhythm), plan.day, max(due, timezone.localdate(at)))
    PayoutPlan.objects.filter(pk=plan.pk, due_on=due).update(due_on=after, stopped_by="", look_at=None)
