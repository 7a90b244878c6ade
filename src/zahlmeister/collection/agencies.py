"""Agencies: which one gets a claim, which is to be listened to now, and what became of talking to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from zahlmeister.collection.models import Agency
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.money.amount import Amount

LEASE = timedelta(minutes=5)
#: How often an agency is asked for news, and how long it is left alone after so many failures at the most.
EVERY = timedelta(minutes=30)
LONGEST = timedelta(hours=6)


class Chooser:
    """Chooses the agency for a claim; the merchant's agencies are read once."""

    def __init__(self, merchant_id: int) -> None:
        rows = Agency.objects.filter(merchant_id=merchant_id, is_on=True).order_by("position", "id")
        self._agencies = list(rows)

    def of(self, country: str, principal: Amount) -> Agency | None:
        """The first that takes claims of this country, currency and amount; None when nobody does."""
        return next((agency for agency in self._agencies if _takes(agency, country, principal)), None)


def _takes(agency: Agency, country: str, principal: Amount) -> bool:
    fits = agency.least_minor <= principal.minor <= (agency.most_minor or principal.minor)
    return fits and principal.currency == agency.currency and country in agency.countries


def secrets_of(agency: Agency) -> dict[str, str]:
    """The keys that the merchant was given by the agency."""
    return opened(bytes(agency.sealed), _purpose(agency))


def keep_secrets(agency: Agency, secrets: Mapping[str, str]) -> None:
    """Seal its keys; the caller saves the row."""
    agency.sealed = seal(dict(secrets), _purpose(agency))


def claim_agency(at: datetime) -> Agency | None:
    """Take the agency that has been due the longest and that nobody listens to; None when there is none."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    for candidate in Agency.objects.filter(free, due_at__lte=at).order_by("due_at", "id")[:5]:
        token = new_id()
        mine = Agency.objects.filter(pk=candidate.pk, token=candidate.token)
        if mine.update(token=token, lease_until=at + LEASE):
            candidate.refresh_from_db()
            return candidate
    return None


def answered(agency: Agency, at: datetime, after: str) -> bool:
    """It was listened to up to a place in its news. False when somebody else holds it by now."""
    return _release(agency, due_at=at + EVERY, after=after, failures=0, error="", answered_at=at)


def failed(agency: Agency, at: datetime, sentence: str) -> bool:
    """It did not answer: later again, each time a little later."""
    wait = min(EVERY * 2 ** min(agency.failures, 10), LONGEST)
    return _release(agency, due_at=at + wait, failures=agency.failures + 1, error=sentence)


def listen_now(agency: Agency, at: datetime) -> None:
    """Put an agency first in line."""
    Agency.objects.filter(pk=agency.pk).update(due_at=at)


def _release(agency: Agency, **changes: object) -> bool:
    mine = Agency.objects.filter(pk=agency.pk, token=agency.token)
    return bool(mine.update(lease_until=None, **changes))


def _purpose(agency: Agency) -> str:
    return f"agency:{agency.pk}"
