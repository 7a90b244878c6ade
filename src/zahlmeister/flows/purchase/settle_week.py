"""Once a week guarantor and merchant settle, by one transfer and a report whose lines add up to it.

The lines are what buyers have paid and what is guaranteed, less fees and what was credited. A week without anything has
a report, too.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.timezone import localdate

from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.check_nightly import check_today, require_good_books
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.payout_account import take_over
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.flows.purchase.confirm import paid_to
from zahlmeister.flows.purchase.follow_claims import follow, news
from zahlmeister.flows.purchase.pay_guarantee import pay_guarantee
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import sellers_paid
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note_capture, note_settlement
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Settlement
from zahlmeister.purchase.rules import Carried, carry, next_settlement, week_of
from zahlmeister.purchase.states import EventKind, GuaranteeState, SettlementState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: So long terms whose settlement was refused are left alone.
AGAIN = timedelta(hours=1)


def settle_next(*, clock: Clock) -> GuaranteeTerms | None:
    """A worker's turn: settle the week of one merchant whose day has come; None when there is none."""
    now = clock()
    due = GuaranteeTerms.objects.filter(Q(look_at=None) | Q(look_at__lte=now), due_on__lte=localdate(now))
    terms = due.select_related("guarantor__merchant", "merchant", "shop").order_by("due_on", "pk").first()
    if terms is None or terms.due_on is None:
        return None
    try:
        settle(terms, terms.due_on, at=now, by=BY)
    except Refused as refusal:
        rows = GuaranteeTerms.objects.filter(pk=terms.pk, due_on=terms.due_on)
        rows.update(stopped_by=str(refusal), look_at=now + AGAIN)
    return terms


def settle(terms: GuaranteeTerms, due: date, *, at: datetime, by: str) -> Settlement:
    """Settle the week of a day, once.

    Args:
        terms: of the merchant.
        due: the day that is settled.
        at: now.
        by: the person, or the name of what in the house does it.

    Returns:
        The settlement, also when it was made before.

    Raises:
        Refused: the guarantor's books were not found in order today, either side is not verified, or nobody knows where
            to pay to.
    """
    _bring_up_to_date(terms, at)
    if not BooksCheck.objects.filter(merchant=terms.guarantor.merchant, on=localdate(at)).exists():
        check_today(terms.guarantor.merchant, at=at)
    with transaction.atomic(durable=True):
        lock_both(terms)
        terms.refresh_from_db()
        period = week_of(due)
        known = Settlement.objects.filter(merchant_id=terms.merchant_id, terms=terms, period=period).first()
        if known is None:
            known = _settle(terms, period, by, at)
        _go_on(terms, due, at)
    return known


def _bring_up_to_date(terms: GuaranteeTerms, at: datetime) -> None:
    """What buyers have paid by now, and guarantees whose day has come, belong to this week."""
    today = localdate(at)
    mine = queries.every_capture().filter(authorisation__terms=terms)
    for capture in news(mine, today=today):
        follow(capture, at=at)
    due = mine.filter(guarantee=GuaranteeState.PENDING, is_guaranteed=False, pays_on__lte=today)
    for capture in due.order_by("pays_on", "pk"):
        pay_guarantee(capture, at=at)


def _settle(terms: GuaranteeTerms, period: str, by: str, at: datetime) -> Settlement:
    require_verified(terms.guarantor.merchant)
    require_verified(terms.merchant)
    require_good_books(terms.guarantor.merchant_id, localdate(at))
    lines = Due.objects.filter(terms=terms, settlement=None)
    carried = carry(brought := _brought(terms), added := _sum(lines))
    number, order = new_id(), None
    if carried.transfer:
        order = _order(terms, number, period, Amount(carried.transfer, terms.currency), at)
        keep_order(order, at=at)
    made = Settlement.objects.create(
        id=number,
        merchant_id=terms.merchant_id,
        terms=terms,
        period=period,
        on=localdate(at),
        currency=terms.currency,
        brought_minor=brought,
        lines_minor=added,
        transfer_minor=carried.transfer,
        forward_minor=carried.forward,
        state=SettlementState.ORDERED if order else SettlementState.NOTHING,
        order=order,
        created_by=by,
        created_at=at,
    )
    lines.update(settlement=made)
    _move_captures(made, at)
    _tell(made, carried, by, at)
    if order is not None:
        _send(made, order, at)
    return made


def _send(made: Settlement, order: PaymentOrder, at: datetime) -> None:
    terms = made.terms
    booking = Booking(sellers_paid(terms.merchant_id), made.transfer, f"settlement:{made.pk}", made.on)
    post(order.merchant_id, [booking], at=at)
    if terms.is_approved and look_at(order).pairs_needed == 1:
        approve_by_policy(order, f"guarantee terms of {terms.set_by}", at=at)


def _move_captures(made: Settlement, at: datetime) -> None:
    """Captures whose whole price is settled are being paid out; what was netted against nothing is so at once."""
    settled = Capture.objects.filter(dues__settlement=made, guarantee=GuaranteeState.PAYABLE).distinct()
    state = GuaranteeState.IN_PAYOUT if made.order_id else GuaranteeState.PAID_OUT
    rows = list(settled.select_related("authorisation").order_by("pk"))
    Capture.objects.filter(pk__in=[row.pk for row in rows]).update(guarantee=state)
    for row in rows:
        sums = _sum(made.lines.filter(capture=row))
        note_capture(row, EventKind.PAYOUT, made.period, at=at, settlement=made.period, amount=sums)
    steps = [Happened("capture", row.pk, state.value, BY, facts={"settlement": made.period}) for row in rows]
    record(made.merchant_id, steps, at=at)


def _tell(made: Settlement, carried: Carried, by: str, at: datetime) -> None:
    facts = {"transfer": carried.transfer, "forward": carried.forward, "lines": made.lines_minor}
    record(made.merchant_id, [Happened("settlement", made.pk, "made", by, facts=facts)], at=at)
    body = {"period": made.period, "reference": made.reference, "amount": carried.transfer, "forward": carried.forward}
    note_settlement(made, EventKind.PAYOUT, at=at, **body)


def _order(terms: GuaranteeTerms, number: int, period: str, amount: Amount, at: datetime) -> PaymentOrder:
    target = take_over(terms.merchant_id, terms.currency, at=at)
    if target is None:
        raise Refused(f"No account is known to which {terms.currency} is paid out; the merchant enters one.")
    wanted = Wanted(
        f"settlement:{terms.pk}:{period}",
        Party(target.name),
        target.number,
        amount,
        localdate(at),
        text=f"ZG{number} Rechnungskauf {period}",
    )
    return make_order(paid_to(terms), wanted, by=BY, at=at)


def _brought(terms: GuaranteeTerms) -> int:
    last = Settlement.objects.filter(merchant_id=terms.merchant_id, terms=terms).order_by("-created_at", "-pk").first()
    return last.forward_minor if last else 0


def _sum(lines: QuerySet[Due]) -> int:
    return int(lines.aggregate(sum=Sum("minor", default=0))["sum"])


def _go_on(terms: GuaranteeTerms, due: date, at: datetime) -> None:
    """The next settlement: after today, so that weeks that were missed are settled by one."""
    after = next_settlement(terms.weekday, max(due, localdate(at)))
    rows = GuaranteeTerms.objects.filter(pk=terms.pk, due_on=due)
    rows.update(due_on=after, stopped_by="", look_at=None)
