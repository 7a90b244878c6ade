"""A second person looks at money that is to go back at a provider: it leaves, or it stays."""

from datetime import datetime

from django.db import transaction

from zahlmeister.flows.centre.stays import refund_behind, waits_for_release
from zahlmeister.flows.spend_on_items import stop_back
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import ProviderRefund
from zahlmeister.intents.states import GoesBack
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.rights import may_approve
from zahlmeister.refusals import Refused

#: Why a refund stopped, for the history and the refund's own page.
NOT_APPROVED = "not_approved"


def approve_back(merchant: Merchant, back_id: int, *, by: Person, at: datetime) -> ProviderRefund:
    """Let it leave. Twice is once.

    Raises:
        Refused: there is none, this person may not approve or has asked for it, or it waits for its release first.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        back = _standing(merchant, back_id, by)
        if not back.needs_second:
            return back
        if by.email == back.by or by.pk == back.person_id:
            raise Refused("You have asked for this yourself; somebody else has to approve it.")
        _check_waits(back)
        changes = {"needs_second": False, "approved_by": by.email, "look_at": at}
        ProviderRefund.objects.filter(pk=back.pk, needs_second=True, state=GoesBack.ASKED).update(**changes)
        step = Happened("intent", back.intent_id, "refund_approved", by.email, "", {"minor": back.amount_minor})
        record(merchant.pk, [step], at=at)
    back.refresh_from_db()
    return back


def refuse_back(merchant: Merchant, back_id: int, *, by: Person, at: datetime) -> ProviderRefund:
    """Let it stay: what was for orders stops until a person has looked, what was of a balance is balance again.

    Raises:
        Refused: there is none, this person may not approve, or it was approved meanwhile.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        back = _standing(merchant, back_id, by)
        if back.state == GoesBack.FAILED:
            return back
        _check_waits(back)
        stop_back(back, "A second person has not approved it.", NOT_APPROVED, by=by.email, at=at)
        ProviderRefund.objects.filter(pk=back.pk).update(needs_second=False)
    back.refresh_from_db()
    return back


def _standing(merchant: Merchant, back_id: int, by: Person) -> ProviderRefund:
    if not may_approve(merchant.pk, by.pk):
        raise Refused("You have no right to approve refunds of this merchant.")
    back = ProviderRefund.objects.select_related("intent__connection").filter(merchant=merchant, pk=back_id).first()
    if back is None:
        raise Refused("There is no such refund at a provider; look again.")
    return back


def _check_waits(back: ProviderRefund) -> None:
    if not back.needs_second or back.state != GoesBack.ASKED:
        raise Refused("This waits for no second person any more; look again.")
    refund = refund_behind(back)
    if refund is not None and waits_for_release(refund):
        raise Refused("This balance has to be released first, on the page of the customers.")
