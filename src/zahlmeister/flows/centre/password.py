"""Coming in by a password and a code: neither alone is enough, and guessing ends after a few tries."""

from dataclasses import dataclass
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
#: After so many wrong tries nobody comes in by a password for so long; the link by mail still works for who has none.
MOST_TRIES, REST = 5, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows to prove that the access is theirs: the password and a code of the app."""

    password: str
    code: str


def set_password(
    customer: Customer, password: str, secret: str, code: str, *, at: datetime, shown: Shown | None = None
) -> Customer:
    """Keep a password with its second factor; every other session ends, and the customer is told by mail.

    Who has a password already shows it with a code of the app of now; who has lost them asks the merchant.

    Raises:
        Refused: the password is weak, the code is none of this secret, or what was shown is wrong.
    """
    if customer.has_second_factor and not _is_shown(customer, shown, at):
        raise Refused("The password and the code of now do not fit together.")
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
    is_resting = customer is not None and customer.locked_until is not None and at < customer.locked_until
    step = _step(customer, code, at) if customer is not None and is_right and not is_resting else None
    with transaction.atomic(durable=True):
        lock(merchant.pk)  # whoever it is, so that nobody is told by the clock
        if customer is None or is_resting:
            return None
        if step is None:
            _note_failure(customer, at)
            return None
        mine = Customer.objects.filter(pk=customer.pk, last_step=customer.last_step, session=customer.session)
        if not mine.update(last_step=step, failures=0, locked_until=None, signed_in_at=at):
            return None
        record(merchant.pk, [Happened("customer", customer.pk, "signed_in", BY, "password")], at=at)
    customer.refresh_from_db()
    return customer


def show_code(customer: Customer, code: str, *, at: datetime) -> bool:
    """Whether this is a code of the customer's app, which is used up by it; wrong ones count as wrong passwords."""
    with transaction.atomic(durable=True):
        lock(customer.merchant_id)
        standing = Customer.objects.get(pk=customer.pk)
        if standing.locked_until is not None and at < standing.locked_until:
            return False
        step = _step(standing, code, at)
        if step is None:
            _note_failure(standing, at)
            return False
        Customer.objects.filter(pk=customer.pk).update(last_step=step)
    return True


def _is_shown(customer: Customer, shown: Shown | None, at: datetime) -> bool:
    if shown is None:
        return False
    return enter_by_password(customer.merchant, customer.email, shown.password, shown.code, at=at) is not None


def _step(customer: Customer, code: str, at: datetime) -> int | None:
    secret = opened(bytes(customer.sealed), _purpose(customer))["secret"]
    return step_of(secret, code, at=at, after=customer.last_step)


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
