"""The operator's people look into a merchant's office: only while an owner has agreed, to read, and with a trace.

An owner agrees for some hours and says what for. Whoever visits reads everything and changes nothing, sees no more once
the consent has ended or was revoked, and leaves a step in the merchant's history with every page.
"""

from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.desk.models import Consent, Visit
from zahlmeister.desk.queries import consent, may_visit
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.refusals import Refused

LONGEST = 72


def give_consent(merchant: Merchant, person: Person, hours: int, why: str, *, at: datetime) -> Consent:
    """Let the operator's people look in for so many hours; a consent from before ends.

    Raises:
        Refused: the person is no owner, nobody runs the installation for others, or something is missing.
    """
    if not Membership.objects.filter(merchant=merchant, person=person, role=Role.OWNER).exists():
        raise Refused("Only an owner can let the operator look in.")
    if operator() is None or merchant.is_operator:
        raise Refused("Nobody runs this installation for others, so that nobody has to look in.")
    if not 1 <= hours <= LONGEST:
        raise Refused(f"Choose between one and {LONGEST} hours.")
    why = " ".join(why.split())[:200]
    if not why:
        raise Refused("Say in a few words what for.")
    with transaction.atomic(durable=True):
        _end(merchant, at)
        given = {"given_by": person, "given_at": at, "until": at + timedelta(hours=hours), "why": why}
        row = Consent.objects.create(merchant=merchant, **given)
        record(merchant.pk, [Happened("consent", row.pk, "given", person.email, why, {"hours": hours})], at=at)
    return row


def revoke_consent(merchant: Merchant, *, by: str, at: datetime) -> None:
    """Nobody of the operator's looks in any more, from now on; nothing happens without a consent."""
    with transaction.atomic(durable=True):
        ended = _end(merchant, at)
        record(merchant.pk, [Happened("consent", number, "revoked", by) for number in ended], at=at)


def begin_visit(person: Person, merchant_id: int, *, at: datetime) -> Visit:
    """Somebody of the operator's goes in; whoever is in already goes on.

    Raises:
        Refused: the merchant has not agreed, or the person does not work for the operator.
    """
    agreed = consent(merchant_id, at)
    if agreed is None or not may_visit(person.pk):
        raise Refused("The merchant has not agreed to this visit, or does no longer.")
    with transaction.atomic(durable=True):
        mine = Visit.objects.filter(merchant=merchant_id, person=person, ended_at=None)
        mine.exclude(consent=agreed).update(ended_at=at)  # of a consent that is over
        known = {"merchant_id": merchant_id, "person": person, "consent": agreed, "ended_at": None}
        row, is_new = Visit.objects.get_or_create(**known, defaults={"began_at": at})
        if is_new:
            record(merchant_id, [Happened("visit", row.pk, "began", person.email, agreed.why)], at=at)
    return row


def end_visit(visit: Visit, *, at: datetime) -> None:
    """The visitor leaves; done again, nothing happens."""
    with transaction.atomic(durable=True):
        if Visit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=at):
            record(visit.merchant_id, [Happened("visit", visit.pk, "ended", visit.person.email)], at=at)


def note_page(visit: Visit, address: str, *, at: datetime) -> None:
    """Keep what the visitor looks at: a step in the merchant's history, before the page is made."""
    with transaction.atomic(durable=True):
        record(visit.merchant_id, [Happened("visit", visit.pk, "looked", visit.person.email, address[:240])], at=at)


def _end(merchant: Merchant, at: datetime) -> list[int]:
    """End the consent that stands, whether its time is over or not."""
    standing = Consent.objects.filter(merchant=merchant, revoked_at=None)
    found = list(standing.values_list("pk", flat=True))
    standing.update(revoked_at=at)
    return found
