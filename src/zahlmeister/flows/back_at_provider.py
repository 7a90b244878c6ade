"""Money of a payment is to go back at its provider: the row that a worker sends by, inside the caller's turn.

Above the merchant's limits a second person has to look before it leaves, as with transfers.
"""

from datetime import datetime

from django.db.models import Q
from django.utils.timezone import localdate

from zahlmeister.banking.eyes import Look
from zahlmeister.banking.velocity import Caps, within
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.queries import refundable_minor
from zahlmeister.intents.states import GoesBack
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused


def order_back(
    intent: PaymentIntent, amount: Amount, *, key: str, by: str, at: datetime, person_id: int | None = None
) -> ProviderRefund:
    """Have money of a payment sent back at the provider; inside the caller's turn, which has promised it to the buyer.

    Args:
        intent: the payment, read inside this turn.
        amount: how much.
        key: what makes it this refund and no other of the payment.
        by: who wants it.
        at: now.
        person_id: the person who wants it, whatever their address will be; None where it is no person.

    Raises:
        Refused: more is asked for than is left of the payment.
    """
    left = Amount(refundable_minor(intent), intent.currency)
    if amount.currency != intent.currency or not 0 < amount.minor <= left.minor:
        raise Refused(f"Of this payment at most {left} can go back by the way it was paid.")
    number, needs_second = new_id(), _needs_second(intent, amount, at, None)
    back = ProviderRefund.objects.create(
        id=number,
        merchant_id=intent.merchant_id,
        intent=intent,
        key=key_at_provider(intent, key),
        subject=f"refund_of:{number}",
        amount_minor=amount.minor,
        look_at=None if needs_second else at,
        needs_second=needs_second,
        by=by,
        person_id=person_id,
        created_at=at,
    )
    facts = {"minor": amount.minor, "key": back.key}
    record(intent.merchant_id, [Happened("intent", intent.pk, "refund_asked", by, "", facts)], at=at)
    return back


def release(back: ProviderRefund, *, by: str, person_id: int | None, at: datetime) -> None:
    """Let go what was promised and kept back, inside the caller's turn; whether two have to look is asked of today."""
    amount = Amount(back.amount_minor, back.intent.currency)
    changes: dict[str, object] = {"released_at": at}
    if back.needs_second or _needs_second(back.intent, amount, at, back):
        changes |= {"needs_second": True, "by": by, "person_id": person_id}  # somebody else looks a second time
    else:
        changes["look_at"] = at
    ProviderRefund.objects.filter(pk=back.pk, state=GoesBack.ASKED).update(**changes)


def _needs_second(intent: PaymentIntent, amount: Amount, at: datetime, besides: ProviderRefund | None) -> bool:
    """Whether so much, with what the same buyer and all buyers got back today, is above a limit of the merchant's."""
    merchant = Merchant.objects.get(pk=intent.merchant_id)
    rows = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent__currency=intent.currency)
    day = localdate(at)
    leaves = Q(released_at__date=day) | Q(released_at=None, created_at__date=day)
    others = rows.exclude(pk=besides.pk) if besides else rows
    today = others.filter(leaves).exclude(state=GoesBack.FAILED).select_related("intent")
    gone = [(_buyer(row.intent), row.amount_minor) for row in today]
    beside = sum(minor for buyer, minor in gone if buyer == _buyer(intent))
    look = Look(amount.minor, merchant.four_eyes_above_minor, None, (), beside_minor=beside)
    caps = Caps(merchant.day_cap_minor, merchant.recipient_cap_minor)
    return look.pairs_needed > 1 or not all(within([(_buyer(intent), amount.minor)], gone, caps))


def _buyer(intent: PaymentIntent) -> str:
    return intent.email.lower() or intent.reference


def key_at_provider(intent: PaymentIntent, key: str) -> str:
    """What the provider knows it by: at most 80 signs, and no other payment's."""
    return f"{intent.reference}-{key}"[:80]
