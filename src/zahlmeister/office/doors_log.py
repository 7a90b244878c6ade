"""A line in the log for each signing in, and for each that failed: who, by which factors, from where."""

import logging

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from zahlmeister.merchants.models import Person

_log = logging.getLogger("zahlmeister.doors")


def came_in(request: HttpRequest, person: Person) -> None:
    """Somebody is in, by what they have shown."""
    shown = [str(each.get("type") or each.get("method")) for each in get_authentication_records(request, person)]
    by = ", ".join(dict.fromkeys(shown)) or "nothing"
    _log.info("Person %s is signed in by %s.", person.pk, by, extra={"request": request})


def went_out(request: HttpRequest, person: Person) -> None:
    """Somebody has signed out."""
    _log.info("Person %s is signed out.", person.pk, extra={"request": request})


def wrong_password(request: HttpRequest | None, email: str) -> None:
    """A password was wrong. What was typed as an address is not written down: people type passwords there."""
    known = Person.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()
    whom = f"person {known}" if known else "an address that nobody has"
    _log.warning("A wrong password of %s.", whom, extra={"request": request})


def wrong_code(request: HttpRequest, person: Person) -> None:
    """The password was right, and the code of the second factor was not."""
    _log.warning("A wrong code of person %s.", person.pk, extra={"request": request})
