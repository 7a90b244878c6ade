"""The merchant's side of the customer centre: how it is wanted, who has access, which accounts there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.flows.centre.let_in import let_in, open_account, open_accounts
from zahlmeister.flows.centre.password import Way, forgotten
from zahlmeister.flows.centre.tell import tell_customer
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.centre import CentreKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.prepaid.models import Account, CentreSettings, Customer
from zahlmeister.prepaid.queries import centre_of
from zahlmeister.refusals import Refused


def save_centre(merchant: Merchant, wanted: Mapping[str, Any], *, by: Person, at: datetime) -> CentreSettings:
    """Keep how a merchant wants the customer centre.

    Args:
        merchant: whose.
        wanted: columns of `CentreSettings` that are to change.
        by: an owner.
        at: now.

    Raises:
        Refused: the person is no owner, or the limits contradict each other.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may say how the customer centre is.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        row = centre_of(merchant.pk)
        changed = {name: str(value) for name, value in wanted.items() if getattr(row, name) != value}
        for name, value in wanted.items():
            setattr(row, name, value)
        _check_limits(row)
        row.save()
        if changed:
            step = Happened("merchant", merchant.pk, "centre_changed", by.email, "", changed)
            record(merchant.pk, [step], at=at)
    return row


def invite(merchant: Merchant, email: str, name: str, *, by: str, at: datetime) -> Customer:
    """Give somebody access and the accounts of the orders with this address.

    Raises:
        Refused: the address cannot be one.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = let_in(merchant, email, name.strip(), "de", by=by, at=at)
        open_accounts(customer, at=at)
    return customer


def block(merchant: Merchant, customer_id: int, *, is_blocked: bool, by: str, at: datetime) -> Customer:
    """Let a customer in no more, or again. All sessions end.

    Raises:
        Refused: there is no such customer.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = Customer.objects.filter(merchant=merchant, pk=customer_id).first()
        if customer is None:
            raise Refused("There is no such customer; look again.")
        if customer.is_blocked != is_blocked:
            customer.is_blocked, customer.session = is_blocked, customer.session + 1
            customer.save(update_fields=["is_blocked", "session"])
            verb = "blocked" if is_blocked else "unblocked"
            record(merchant.pk, [Happened("customer", customer.pk, verb, by)], at=at)
    return customer


def take_password(merchant: Merchant, customer_id: int, *, by: str, at: datetime) -> Customer:
    """Take the password and the second factor from a customer who has lost them; all sessions end, and he is told.

    Afterwards a link by mail is enough again. Whoever does this has made sure whom they speak to.

    Raises:
        Refused: there is no such customer.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = Customer.objects.select_related("merchant").filter(merchant=merchant, pk=customer_id).first()
        if customer is None:
            raise Refused("There is no such customer; look again.")
        if customer.has_second_factor:
            customer.has_second_factor, customer.password, customer.sealed = False, "", b""
            customer.session += 1
            customer.save()
            Customer.objects.filter(pk=customer.pk).update(**forgotten(*Way))
            record(merchant.pk, [Happened("customer", customer.pk, "password_taken", by)], at=at)
            key = f"access:{customer.pk}:{customer.session}"
            tell_customer(customer, CentreKind.ACCESS_CHANGED, key, at=at)
    return customer


def add_account(merchant: Merchant, customer_id: int, currency: str, name: str, *, by: str, at: datetime) -> Account:
    """Open one more account, which holds a balance and no invoices.

    Raises:
        Refused: there is no such customer, or it is no currency.
    """
    if len(currency) != 3 or not currency.isalpha():
        raise Refused("A currency is three capital letters such as EUR.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = Customer.objects.select_related("merchant").filter(merchant=merchant, pk=customer_id).first()
        if customer is None:
            raise Refused("There is no such customer; look again.")
        return open_account(customer, currency.upper(), name=name.strip(), by=by, at=at)


def _check_limits(row: CentreSettings) -> None:
    if row.maximum_minor and row.minimum_minor > row.maximum_minor:
        raise Refused("The least top-up is higher than the highest.")
    if row.most_minor and row.minimum_minor > row.most_minor:
        raise Refused("The least top-up is higher than the highest balance.")
