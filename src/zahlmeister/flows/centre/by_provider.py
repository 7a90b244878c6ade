"""Money that a customer of the centre paid at a provider: it tops a balance up, and leaves it when it is charged back.

Only what the provider itself shows is entered, never what a browser brings back. Each move is kept once by its caller,
inside whose transaction and turn all of this happens.
"""

from datetime import datetime

from django.db.models import Sum
from django.utils.timezone import localdate

from zahlmeister.flows.centre.stays import give_up, refund_behind
from zahlmeister.flows.centre.stop_charging import Because, stop_charging
from zahlmeister.flows.centre.tell import tell_of_deposit
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, ProviderMove, ProviderRefund
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    Legs,
    provider_charged_back,
    provider_did_not_refund,
    provider_refunded,
    provider_took,
)
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move as move_refund
from zahlmeister.refunds.states import RefundState


def came_in(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """Credit what came; the customer gets a confirmation."""
    tell_of_deposit(_enter(intent, EntryKind.PROVIDER, f"{move.pk}", minor, at), at=at)


def credit_surplus(intent: PaymentIntent, account: Account, minor: int, item_id: int, at: datetime) -> None:
    """What a payment had paid an order too much goes onto the customer's balance after all."""
    PaymentIntent.objects.filter(pk=intent.pk, account=None).update(account=account.pk)
    intent.account = intent.account or account.pk
    times = Entry.objects.filter(account=intent.account, kind=EntryKind.PROVIDER).count()
    tell_of_deposit(_enter(intent, EntryKind.PROVIDER, f"surplus:{item_id}:{times}", minor, at), at=at)


def charged_back(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """The credit goes, whatever was spent of it; a balance below zero blocks by itself, and is never charged."""
    entry = _enter(intent, EntryKind.PROVIDER_UNDONE, f"{move.pk}", minor, at)
    stop_charging(entry.account, Because.CHARGED_BACK, key=f"entry:{entry.pk}", at=at)


def refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """The provider has sent it: a balance that was promised back, or what somebody has sent there himself."""
    if not is_paid_back(intent, back, at):
        went_back(intent, back, back.amount_minor, at)


def not_refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """What was sent back at the provider did not arrive: it is balance again, as far as it had left it."""
    if (refund := refund_behind(back)) is not None:
        if refund.state == RefundState.PAID:
            _post_refund(intent, back, refund, provider_did_not_refund(intent.connection_id), at)
        if refund.state != RefundState.CANCELLED:
            give_up(refund, by=intent.connection.name, at=at, reason=back.error[:200])
        return
    left = Entry.objects.filter(merchant_id=intent.merchant_id, source=_source(intent, f"back:{back.pk}")).first()
    if left is not None:
        _enter(intent, EntryKind.PROVIDER, f"back:{back.pk}:failed", -left.paid_minor, at)
        _book(intent, back, provider_took(intent.connection_id), -left.paid_minor, "failed", at)


def is_paid_back(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> bool:
    """Book that a balance which was promised back has left; False where this is for something else."""
    refund = refund_behind(back)
    if refund is None:
        return False
    move_refund(refund, RefundState.PAID, paid_on=localdate(at))
    _post_refund(intent, back, refund, provider_refunded(intent.connection_id), at)
    record(intent.merchant_id, [Happened("refund", refund.pk, "paid", intent.connection.name)], at=at)
    return True


def went_back(intent: PaymentIntent, back: ProviderRefund, minor: int, at: datetime) -> None:
    """So much of what the provider has sent back leaves the balance, whatever was spent of it."""
    entry = _enter(intent, EntryKind.PROVIDER_UNDONE, f"back:{back.pk}", minor, at)
    stop_charging(entry.account, Because.GOES_BACK, key=f"entry:{entry.pk}", at=at)
    _book(intent, back, provider_charged_back(intent.connection_id), minor, "sent", at)


def credited(intent: PaymentIntent) -> int:
    """What a payment has put onto a balance and nobody has taken back; some of it may be spent by now."""
    rows = Entry.objects.filter(account=intent.account, source__startswith=_source(intent, ""))
    return (rows.aggregate(sum=Sum("paid_minor"))["sum"] or 0) if intent.account is not None else 0


def _post_refund(intent: PaymentIntent, back: ProviderRefund, refund: Refund, legs: Legs, at: datetime) -> None:
    source = f"refund:{refund.pk}:{legs.text}:{back.pk}"
    post(intent.merchant_id, [Booking(legs, refund.amount, source, localdate(at))], at=at)


def _enter(intent: PaymentIntent, kind: EntryKind, key: str, minor: int, at: datetime) -> Entry:
    rows = Account.objects.select_related("customer", "merchant")
    account = rows.get(merchant_id=intent.merchant_id, pk=intent.account or 0)
    change = Change(kind, Balance(paid=minor), _source(intent, key), f"{intent.connection.name} {intent.reference}")
    return enter(account, change, by=intent.connection.name, at=at)


def _source(intent: PaymentIntent, key: str) -> str:
    return f"intent:{intent.pk}:{key}"


def _book(intent: PaymentIntent, back: ProviderRefund, legs: Legs, minor: int, what: str, at: datetime) -> None:
    """The provider's clearing book, which the move itself does not touch when money is sent back there."""
    source = f"intent:{intent.pk}:{back.pk}:{what}"
    post(intent.merchant_id, [Booking(legs, Amount(minor, intent.currency), source, localdate(at))], at=at)
