"""Money that nobody can place goes back to who sent it: on pooled accounts within a term, on others when a person says.

What is held on a pooled account belongs to the payer until it is known for what it was paid, so that it must not stay
there. No law names the number of days; the merchant's contract with the bank does.
"""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from zahlmeister.banking.models import AccountKind, BankTransaction
from zahlmeister.banking.payer_account import Origin
from zahlmeister.history.record import Happened
from zahlmeister.ledger.post import Booking
from zahlmeister.ledger.rules import PAYMENT_GOES_BACK, PAYMENT_STAYS
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refused

#: No unclear money stays longer than this.
LONGEST_STAY = 365
#: Days before the term ends from which on a payment stands on Today.
NEAR = 3
#: What stands with a payment whose term is over and that nobody can send back without asking.
ASK_ACCOUNT = "ask_account"
#: What stands with one that was to go back and could not for another reason: a person looks at it.
CANNOT_GO_BACK = "cannot_go_back"
#: They wait for a person; nobody tries again by himself.
NOT_BY_ITSELF = (ASK_ACCOUNT, CANNOT_GO_BACK)


def return_by(payment: Payment, days: int) -> date | None:
    """The last day on which a waiting payment may stay; None on an account of the merchant's own."""
    if payment.transaction.account.kind != AccountKind.POOLED or payment.state not in NEEDS_A_PERSON:
        return None
    return payment.booked_on + timedelta(days=days)


def to_go_back(merchant: Merchant, until: date) -> QuerySet[Payment]:
    """Payments on pooled accounts whose term ends until that day, the one that ends first at the top."""
    rows = Payment.objects.filter(
        merchant=merchant,
        state__in=NEEDS_A_PERSON,
        transaction__account__kind=AccountKind.POOLED,
        booked_on__lte=until - timedelta(days=merchant.return_after_days),
    )
    return rows.select_related("transaction__account").order_by("booked_on", "id")


def all_to_go_back(today: date) -> QuerySet[Payment]:
    """The same of every merchant whose term is over today: one question, however many merchants there are."""
    terms = Merchant.objects.order_by("return_after_days").values_list("return_after_days", flat=True).distinct()
    over = Q(pk=None)
    for days in terms:
        over |= Q(merchant__return_after_days=days, booked_on__lte=today - timedelta(days=days))
    pooled = Payment.objects.filter(state__in=NEEDS_A_PERSON, transaction__account__kind=AccountKind.POOLED)
    return pooled.filter(over).order_by("booked_on", "id")


def origin_of(said: BankTransaction) -> Origin:
    """Where a payment came from, as the rules about sending back want it."""
    return Origin(
        number=said.counterparty_number,
        name=said.counterparty,
        bank_code=said.bank_code,
        booking_text=said.booking_text,
        remittance=said.remittance,
        own_number=said.account.number,
    )


def go_back(payment: Payment, source: str, *, by: str, at: datetime) -> tuple[Booking, Happened]:
    """Nobody waits for this payment's order any more; inside the caller's transaction and turn.

    Of one that is assigned in part, what is left goes back, and the assigned part stays where it is.

    Raises:
        Refused: nothing of it is left, a carrier has kept a part of it, or somebody else has just decided.
    """
    if not payment.open_minor:
        raise Refused("Nothing of this payment is left that could go back.")
    if payment.kept_minor:
        raise Refused("A carrier has kept a part of this payment, so that what is left was never paid in full.")
    before, back = payment.state, payment.open
    rows = Payment.objects.filter(pk=payment.pk, state=before, open_minor=back.minor)
    if _is_assigned_in_part(payment):
        become(payment, PaymentState.ASSIGNED)
        hit = rows.update(state=payment.state, open_minor=0, reason="")  # whoever has assigned the other part stays
    else:
        become(payment, PaymentState.GOING_BACK)
        hit = rows.update(state=payment.state, decided_by=by, decided_at=at, reason="")
    if not hit:
        raise Refused("Somebody else has just decided on this payment.")
    return Booking(PAYMENT_GOES_BACK, back, source, payment.booked_on), Happened(
        "payment", payment.pk, "going_back", by
    )


def stay(
    payment: Payment, back: Amount, source: str, *, by: str, on: date, reason: str = ""
) -> tuple[Booking, Happened]:
    """What was to bring a payment back did not: it waits for a person again; inside the caller's transaction and turn.

    Args:
        payment: as it stands.
        back: what was to go back of it, or all of it.
        source: says for what this is posted, once.
        by: who says so.
        on: the day it is booked on.
        reason: a word that says why it waits.

    Raises:
        Refused: somebody else has just decided.
    """
    before = payment.state, payment.open_minor
    is_on_its_way = payment.state == PaymentState.GOING_BACK  # then what is open is what goes back
    left = back.minor if is_on_its_way else payment.open_minor + back.minor
    state = PaymentState.PART_ASSIGNED if _is_assigned_in_part(payment) else PaymentState.UNCLEAR
    if state != payment.state:
        become(payment, state)
    rows = Payment.objects.filter(pk=payment.pk, state=before[0], open_minor=before[1])
    if not rows.update(state=payment.state, open_minor=left, reason=reason):
        raise Refused("Somebody else has just decided on this payment.")
    booking = Booking(PAYMENT_STAYS, back, f"{source}:stays", on)
    return booking, Happened("payment", payment.pk, "stays", by)


def _is_assigned_in_part(payment: Payment) -> bool:
    rows = Allocation.objects.filter(merchant_id=payment.merchant_id, payment=payment, reverses=None, reversal=None)
    return rows.exists()
