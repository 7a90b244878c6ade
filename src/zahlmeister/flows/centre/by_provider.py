"""Money that a customer of the centre paid at a provider: it tops a balance up, and leaves it when it is charged back.

Only what the provider itself shows is entered, never what a browser brings back. Each move is kept once by its caller,
inside whose transaction and turn all of this happens.
"""

from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.flows.centre.tell import tell_of_deposit
from zahlmeister.intents.models import PaymentIntent, ProviderMove, ProviderRefund
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import provider_charged_back, provider_took
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind


def came_in(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """Credit what came; the customer gets a confirmation."""
    tell_of_deposit(_enter(intent, EntryKind.PROVIDER, f"{move.pk}", minor, at), at=at)


def charged_back(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """The credit goes, whatever was spent of it; a balance below zero blocks by itself."""
    _enter(intent, EntryKind.PROVIDER_UNDONE, f"{move.pk}", minor, at)


def refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """Somebody sent a top-up back at the provider itself: it is no balance any more."""
    _enter(intent, EntryKind.PROVIDER_UNDONE, f"back:{back.pk}", back.amount_minor, at)
    _book(intent, back, "sent", at)


def not_refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """What was sent back at the provider did not arrive: it is balance again, where it had left it."""
    if Entry.objects.filter(merchant_id=intent.merchant_id, source=_source(intent, f"back:{back.pk}")).exists():
        _enter(intent, EntryKind.PROVIDER, f"back:{back.pk}:failed", back.amount_minor, at)
        _book(intent, back, "failed", at)


def _enter(intent: PaymentIntent, kind: EntryKind, key: str, minor: int, at: datetime) -> Entry:
    rows = Account.objects.select_related("customer", "merchant")
    account = rows.get(merchant_id=intent.merchant_id, pk=intent.account or 0)
    change = Change(kind, Balance(paid=minor), _source(intent, key), f"{intent.connection.name} {intent.reference}")
    return enter(account, change, by=intent.connection.name, at=at)


def _source(intent: PaymentIntent, key: str) -> str:
    return f"intent:{intent.pk}:{key}"


def _book(intent: PaymentIntent, back: ProviderRefund, what: str, at: datetime) -> None:
    """The provider's clearing book, which the move itself does not touch when money is sent back there."""
    legs = (provider_charged_back if what == "sent" else provider_took)(intent.connection_id)
    source = f"intent:{intent.pk}:{back.pk}:{what}"
    amount = Amount(back.amount_minor, intent.currency)
    post(intent.merchant_id, [Booking(legs, amount, source, localdate(at))], at=at)
