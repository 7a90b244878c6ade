"""Coming in by a password and a code: neither alone is enough, and guessing ends after a few tries."""

from datetime import datetime, timedelta
from functools import cache

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
#: After so many wrong tries nobody comes in by a password for so long; the link by mail still works.
MOST_TRIES, REST = 5, timedelta(minutes=15)


def set_password(customer: Customer, password: str, secret: str, code: str, *, at: datetime) -> Customer:
    """Keep a password with its second factor; every other session ends, and the customer is told by mail.

    Raises:
        Refused: the password is weak, or the code is none of this secret.
    """
    try:
        validate_password(password)
    except ValidationError as weak:
        raise Refused("Choose a longer password that is not among the usual ones.") from weak
    step = step_of(secret, code, at=at, after=0)
    if step is None:
        raise Refused("This code does not fit; enter the one that the app shows now.")
    with transaction.atomic(durable=True):
        lock(customer.merchant_id)
        standing = Customer.objects.get(pk=customer.pk)
        standing.password = make_password(password)
        standing.sealed = seal({"secret": secret}, _purpose(customer))
        standing.has_second_factor, standing.last_step = True, step
        standing.session, standing.failures, standing.locked_until = standing.session + 1, 0, None
        standing.save()
        record(customer.merchant_id, [Happened("customer", customer.pk, "password_set", BY)], at=at)
        key = f"access:{customer.pk}:{standing.session}"
        tell_customer(standing, CentreKind.ACCESS_CHANGED, key, at=at)
    return standing


def enter_by_password(merchant: Merchant, email: str, password: str, code: str, *, at: datetime) -> Customer | None:
    """Sign in; None when anything of it is wrong, and nobody is told what. A code is good once."""
    rows = Customer.objects.filter(merchant=merchant, email=email.strip().lower(), is_blocked=False)
    customer = rows.filter(has_second_factor=True).first() if centre_of(merchant.pk).is_on else None
    is_right = check_password(password, customer.password if customer else _nobody())
    if customer is None or (customer.locked_until is not None and at < customer.locked_until):
        return None
    secret = opened(bytes(customer.sealed), _purpose(customer))["secret"]
    step = step_of(secret, code, at=at, after=customer.last_step) if is_right else None
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if step is None:
            _note_failure(customer, at)
            return None
        mine = Customer.objects.filter(pk=customer.pk, last_step=customer.last_step, session=customer.session)
        if not mine.update(last_step=step, failures=0, locked_until=None, signed_in_at=at):
            return None
        record(merchant.pk, [Happened("customer", customer.pk, "signed_in", BY, "password")], at=at)
    customer.refresh_from_db()
    return customer


@cache
def _nobody() -> str:
    """A hash that no password is behind, made once: an unknown address takes as long as a known one."""
    return make_password("nobody")


def _note_failure(customer: Customer, at: datetime) -> None:
    standing = Customer.objects.get(pk=customer.pk)
    failures = standing.failures + 1
    is_over = failures >= MOST_TRIES
    Customer.objects.filter(pk=customer.pk).update(
        failures=0 if is_over else failures, locked_until=at + REST if is_over else standing.locked_until
    )
    if is_over:
        record(customer.merchant_id, [Happened("customer", customer.pk, "locked", BY)], at=at)


def _purpose(customer: Customer) -> str:
    return f"centre:{customer.pk}"
