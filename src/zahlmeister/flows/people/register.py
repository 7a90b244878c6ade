"""A business opens its own account: an address, a link in a mail, and behind it the name and the password.

Nothing is kept before the link was followed, and nothing that a stranger typed stands in the mail. The link holds the
address and is signed; it ends with the day, and when somebody has an access with this address or has opened one by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count

from django.conf import settings
from django.core.signing import BadSignature, dumps, loads
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from zahlmeister.flows.agree_texts import Version, agree_registering
from zahlmeister.flows.people.invite import check_password_of
from zahlmeister.flows.tell_people import said, spoken_in
from zahlmeister.history.models import Step
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.cells import is_taken
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: So long a link is good, and so often one is sent to an address at most.
LASTS, REST = timedelta(days=1), timedelta(minutes=5)
#: Where a business can sit, and in what its books are kept.
CURRENCY: Mapping[str, str] = {"DE": "EUR", "AT": "EUR", "CH": "CHF"}
_SALT = "zahlmeister.people.registration"
_OVER = "This link is used up or too old; ask for another one."


@dataclass(frozen=True, slots=True)
class Business:
    """Who opens an account. `country` is one of those in `CURRENCY`; `agrees` are texts of the operator's."""

    name: str
    country: str
    person: str
    password: str
    agrees: frozenset[Version] = frozenset()


def is_open() -> bool:
    """Whether strangers may register: the operator has said so, and there is one who looks after them."""
    return bool(settings.REGISTRATION) and operator() is not None


def send_registration_link(email: str, *, language: str, at: datetime) -> None:
    """Send a link, or to somebody who has an access already the way to it; inside the caller's transaction."""
    runs = operator()
    if runs is None or not is_open():
        return
    is_known = Person.objects.filter(email=email).exists()
    kind = HouseKind.REGISTERED_BEFORE if is_known else HouseKind.REGISTER
    page = "/sign-in/" if is_known else f"/register/{dumps({'email': email}, salt=_SALT)}"
    window = int(at.timestamp()) // int(REST.total_seconds())
    tell(runs.pk, [spoken_in(said(kind, f"{kind}:{window}", email, {}, page=page), language)], at=at)


def address_behind(text: str) -> str | None:
    """The address that a link proves; None when it is used up, too old, not ours, or registration is closed."""
    try:
        email = str(loads(text, salt=_SALT, max_age=LASTS)["email"])
    except BadSignature:
        return None
    is_used = Person.objects.filter(email=email).exists() or _has_registered(email)
    return email if is_open() and not is_used else None


def register(text: str, business: Business, *, at: datetime) -> Person:
    """Make the merchant and its owner. The same link twice makes one.

    Raises:
        Refused: the link is over, the password is too easy, the country is none where we work, or a text of the
            operator's was not agreed to.
    """
    email = address_behind(text)
    if email is None:
        raise Refused(_OVER)
    if business.country not in CURRENCY:
        raise Refused("Choose the country where your business sits.")
    check_password_of(Person(email=email, name=business.person), business.password)
    try:
        with transaction.atomic(durable=True):
            return _made(email, business, at)
    except IntegrityError as error:  # somebody was quicker
        raise Refused(_OVER) from error


def _has_registered(email: str) -> bool:
    """Whether somebody did with a link that could still be good, whatever their address is by now."""
    young = Merchant.objects.filter(created_at__gt=timezone.now() - LASTS).values_list("pk", flat=True)
    steps = Step.objects.filter(merchant__in=list(young), subject="merchant", verb="registered", actor=email)
    return steps.exists()


def _made(email: str, business: Business, at: datetime) -> Person:
    person = Person.objects.create_user(email, business.password, name=business.person)
    merchant = Merchant.objects.create(
        name=business.name,
        slug=_free_slug(business.name),
        country=business.country,
        currency=CURRENCY[business.country],
        is_guided=True,
    )
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    facts = {"email": email, "country": business.country}
    record(merchant.pk, [Happened("merchant", merchant.pk, "registered", email, facts=facts)], at=at)
    agree_registering(merchant, business.agrees, person, at)
    return person


def _free_slug(name: str) -> str:
    """A short name that no other merchant has: whoever registers does not learn who is here already."""
    begin = slugify(name)[:44] or "merchant"
    return next(slug for slug in chain([begin], (f"{begin}-{number}" for number in count(2))) if not is_taken(slug))
