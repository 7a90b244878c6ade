"""Coming in by a password and a code: neither alone is enough, and guessing ends after a few tries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from zahlmeister.flows.centre.tell import tell_customer
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.centre import CentreKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.prepaid.models import Customer
from zahlmeister.prepaid.queries import centre_of
from zahlmeister.prepaid.second_factor import step_of
from zahlmeister.refusals import Refused

BY = "customer"
#: After so many wrong tries by one way nobody comes in by it for so long; the other ways stay open.
MOST_TRIES, REST = 5, timedelta(minutes=15)


class Way(StrEnum):
    """How somebody shows who they are. Each value begins the names of the columns that count its wrong tries."""

    PASSWORD = ""
    LINK = "link_"
    CHANGE = "change_"


def forgotten(*ways: Way) -> dict[str, Any]:
    """What a customer's row says when no wrong try by these ways counts any more."""
    return {column: value for way in ways for column, value in ((f"{way}failures", 0), (f"{way}locked_until", None))}


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows to prove that the access is theirs: the password and a code of the app."""

    password: str
    code: str


def set_password(
    customer: Customer, password: str, secret: str, code: str, *, at: datetime, shown: Shown | None = None
) -> Customer:
    """Keep a password with its second factor; every other session ends, and the customer is told by mail.

    Who has a password already shows it with a code of the app of now; who has lost them asks the merchant. That code
    is used up only when what is new has been found good.

    Raises:
        Refused: the password is weak, the code is none of this secret, or what was shown is wrong.
    """
    try:
        validate_password(password)
    except ValidationError as weak:
        raise Refused("Choose a longer password that is not among the usual ones.") from weak
    step = step_of(secret, code, at=at, after=0)
    if step is None:
        raise Refused("This code does not fit; enter the one that the app shows now.")
    if customer.has_second_factor and not _is_shown(customer, shown, at):
        raise Refused("The password and the code of now do not fit together.")
    with transaction.atomic(durable=True):
        lock(customer.merchant_id)
        standing = Customer.objects.get(pk=customer.pk)
        standing.password = make_password(password)
        standing.sealed = seal({"secret": secret}, _purpose(customer))
        standing.has_second_factor, standing.last_step = True, step
        standing.session += 1
        standing.save()
        Customer.objects.filter(pk=customer.pk).update(**forgotten(*Way))
        record(customer.merchant_id, [Happened("customer", customer.pk, "password_set", BY)], at=at)
        key = f"access:{customer.pk}:{standing.session}"
        tell_customer(standing, CentreKind.ACCESS_CHANGED, key, at=at)
    return standing


def enter_by_password(merchant: Merchant, email: str, password: str, code: str, *, at: datetime) -> Customer | None:
    """Sign in; None when anything of it is wrong, and nobody is told what. A code is good once."""
    rows = Customer.objects.filter(merchant=merchant, email=email.strip().lower(), is_blocked=False)
    customer = rows.filter(has_second_factor=True).first() if centre_of(merchant.pk).is_on else None
    is_right = check_password(password, customer.password if customer else _nobody())
    with transaction.atomic(durable=True):
        lock(merchant.pk)  # whoever it is, so that nobody is told by the clock
        if customer is None or not _proves(customer, code, Way.PASSWORD, at, is_right=is_right):
            return None
        Customer.objects.filter(pk=customer.pk).update(signed_in_at=at)
        record(merchant.pk, [Happened("customer", customer.pk, "signed_in", BY, "password")], at=at)
    customer.refresh_from_db()
    return customer


def show_code(customer: Customer, code: str, *, at: datetime) -> bool:
    """Whether this is a code of the customer's app, which is used up by it; for who comes by a mailed link."""
    with transaction.atomic(durable=True):
        lock(customer.merchant_id)
        return _proves(customer, code, Way.LINK, at)


def _is_shown(customer: Customer, shown: Shown | None, at: datetime) -> bool:
    if shown is None:
        return False
    is_right = check_password(shown.password, customer.password)
    with transaction.atomic(durable=True):
        lock(customer.merchant_id)
        return _proves(customer, shown.code, Way.CHANGE, at, is_right=is_right)


def _proves(customer: Customer, code: str, way: Way, at: datetime, *, is_right: bool = True) -> bool:
    """Under the merchant's lock: use up a code, or count a wrong try; while a way rests nothing is looked at."""
    standing = Customer.objects.filter(pk=customer.pk, session=customer.session, is_blocked=False).first()
    if standing is None or not standing.has_second_factor:
        return False
    until = getattr(standing, f"{way}locked_until")
    if until is not None and at < until:
        return False
    step = _step(standing, code, at) if is_right else None
    if step is None:
        _note_failure(standing, way, at)
        return False
    Customer.objects.filter(pk=standing.pk).update(last_step=step, **forgotten(way))
    return True


def _step(customer: Customer, code: str, at: datetime) -> int | None:
    secret = opened(bytes(customer.sealed), _purpose(customer))["secret"]
    return step_of(secret, code, at=at, after=customer.last_step)


@cache
def _nobody() -> str:
    """A hash that no password is behind, made once: an unknown address takes as long as a known one."""
    return make_password("nobody")


def _note_failure(standing: Customer, way: Way, at: datetime) -> None:
    failures = getattr(standing, f"{way}failures") + 1
    if failures < MOST_TRIES:
        Customer.objects.filter(pk=standing.pk).update(**{f"{way}failures": failures})
        return
    Customer.objects.filter(pk=standing.pk).update(**{f"{way}failures": 0, f"{way}locked_until": at + REST})
    record(standing.merchant_id, [Happened("customer", standing.pk, "locked", BY)], at=at)


def _purpose(customer: Customer) -> str:
    return f"centre:{customer.pk}"
