"""Once a week guarantor and merchant settle, by one transfer and a report whose lines add up to it.

The lines are what buyers have paid and what is guaranteed, less fees and what was credited. A week without anything has
a report, too.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.timezone import localdate

from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.check_nightly import check_today, require_good_books
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.payout_account import take_over
from zahlmeister.flows.purchase.agree_terms import agreed_for, bring_into_force
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.flows.purchase.confirm import paid_to
from zahlmeister.flows.purchase.follow_claims import FOLLOW, news
from zahlmeister.flows.purchase.pay_guarantee import PAY, due
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import sellers_paid
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.trouble import awake, take_first
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note_capture, note_settlement
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Settlement
from zahlmeister.purchase.moves import move_guarantee
from zahlmeister.purchase.rules import Carried, carry, settlement_after, week_of
from zahlmeister.purchase.states import EventKind, GuaranteeState, SettlementState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: So long terms whose settlement was refused are left alone.
AGAIN = timedelta(hours=1)
#: So many merchants whose day has come are looked at in one turn.
_AT_ONCE = 100
#: The names of the turns.
AGREE, SETTLE = "purchase.agree", "purchase.settle"


def settle_next(*, clock: Clock) -> GuaranteeTerms | None:
    """A worker's turn: settle the week of one merchant whose day has come; None when there is none.

    What was agreed for this settlement counts before it is made: that is a turn of its own.
    """
    now = clock()
    ready = GuaranteeTerms.objects.filter(Q(look_at=None) | Q(look_at__lte=now), due_on__lte=localdate(now))
    rows = ready.select_related("guarantor__merchant", "merchant", "shop").order_by("due_on", "pk")
    agreed = Exists(agreed_for(OuterRef("merchant"), OuterRef("guarantor"), localdate(now)))
    terms = take_first(AGREE, rows.filter(agreed), lambda each: bring_into_force(each, at=now), at=now)
    if terms is not None:
        return terms
    rows = rows.exclude(agreed)
    known = [one.pk for one in awake(SETTLE, rows, at=now)[:_AT_ONCE] if _is_up_to_date(one, now)]
    return take_first(SETTLE, rows.filter(pk__in=known), lambda terms: _take_turn(terms, now), at=now)


def _take_turn(terms: GuaranteeTerms, at: datetime) -> None:
    try:
        settle(terms, terms.due_on or localdate(at), at=at, by=BY)
    except Refused as refusal:
        rows = GuaranteeTerms.objects.filter(pk=terms.pk, due_on=terms.due_on)
        rows.update(stopped_by=str(refusal), look_at=at + AGAIN)


def settle(terms: GuaranteeTerms, day: date, *, at: datetime, by: str) -> Settlement:
    """Settle the week of a day, once.

    Args:
        terms: of the merchant.
        day: that is settled.
        at: now.
        by: the person, or the name of what in the house does it.

    Returns:
        The settlement, also when it was made before.

    Raises:
        Refused: the guarantor's books were not found in order today, either side is not verified, or nobody knows where
            to pay to.
    """
    if not BooksCheck.objects.filter(merchant=terms.guarantor.merchant, on=localdate(at)).exists():
        check_today(terms.guarantor.merchant, at=at)
    with transaction.atomic(durable=True):
        lock_both(terms)
        terms.refresh_from_db()
        period = week_of(day)
        known = Settlement.objects.filter(merchant_id=terms.merchant_id, terms=terms, period=period).first()
        if known is None:
            known = _settle(terms, period, by, at)
        _go_on(terms, day, at)
    return known


def _is_up_to_date(terms: GuaranteeTerms, at: datetime) -> bool:
    """What buyers have paid by now, and guarantees whose day has come, belong to this week: their turns come first.

    One at which the work breaks off rests like everywhere, keeps no week waiting, and comes with a later one.
    """
    mine = queries.every_capture().filter(authorisation__terms=terms)
    followed = awake(FOLLOW, news(mine, today=localdate(at)), at=at)
    return not followed.exists() and not awake(PAY, due(mine, at=at), at=at).exists()


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
    """Captures whose whole price is settled are being paid out; what was netted against nothing is so at once.

    Among them are those of an earlier settlement whose transfer was not made: what it was sent for is a line of this
    one, and none of theirs waits for another.
    """
    settled = Capture.objects.filter(authorisation__terms=made.terms, guarantee=GuaranteeState.PAYABLE)
    state = GuaranteeState.IN_PAYOUT if made.order_id else GuaranteeState.PAID_OUT
    rows = list(settled.select_related("authorisation").order_by("pk"))
    anew = Q(settlement=made) | Q(settlement__state=SettlementState.NOT_MADE)
    for row in rows:
        move_guarantee(row, state, as_read={"guarantee": row.guarantee}, settled_by=made)
        sums = _sum(row.dues.filter(anew))
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
    after = settlement_after(terms.weekday, due, localdate(at))
    rows = GuaranteeTerms.objects.filter(pk=terms.pk, due_on=due)
    rows.update(due_on=after, stopped_by="", look_at=None)
