"""A merchant lets the operator collect from him: invoices, refunds of his own accounts, overdrawn pooled accounts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.debit_models import Mandate
from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.flows.collect_debit import Signed, keep_mandate, revoke_mandate
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import require_operator
from zahlmeister.money.accounts import shortened, tidy
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: So many days before each collection the merchant is told, as the mandate says; without such words it would be 14.
NOTICE_AGREED = 2


@dataclass(frozen=True, slots=True)
class Given:
    """An account that may be collected from; without a day since now, without a reference by the next one."""

    holder: str
    number: str
    signed_on: date | None = None
    reference: str = ""
    notice_days: int = NOTICE_AGREED


def give_mandate(merchant: Merchant, given: Given, *, by: Person, at: datetime) -> Mandate:
    """An owner gives the mandate in the office; every owner is told. The same account again is the same mandate.

    Raises:
        Refused: this person is no owner, the IBAN is none, or the operator cannot collect.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may give the operator a mandate, or take it back.")
    return keep_given_mandate(merchant, given, by=by.email, at=at)


def keep_given_mandate(merchant: Merchant, given: Given, *, by: str, at: datetime) -> Mandate:
    """The same, of a mandate that was signed on paper and that the operator keeps."""
    runs = require_operator()
    if runs.pk == merchant.pk:
        raise Refused("The operator collects from the merchants he works for, and not from himself.")
    if not runs.creditor_id:
        raise Refused("The operator has no creditor id yet, so that nothing can be collected.")
    known = mandate_from(merchant.pk)
    holder = " ".join(given.holder.split())
    if known is not None and (known.debtor_name, known.debtor_number) == (holder, tidy(given.number)):
        return known
    signed = Signed(
        runs.creditor_id,
        given.reference or _next_reference(merchant),
        given.signed_on or timezone.localdate(at),
        holder,
        given.number,
        notice_days=given.notice_days,
    )
    mandate = keep_mandate(runs, signed, by=by, at=at, customer=merchant)
    values: dict[str, Value] = {
        "person": by,
        "operator": runs.name,
        "merchant": merchant.name,
        "mandate": mandate.reference,
        "holder": mandate.debtor_name,
        "number": shortened(mandate.debtor_number),
        "creditor": mandate.creditor_id,
        "days": str(mandate.notice_days),
    }
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        key = f"mandate:{mandate.pk}:given"
        mails = [said(HouseKind.MANDATE_GIVEN, key, each, values, page="/plan/mandate") for each in owners(merchant.pk)]
        tell(merchant.pk, mails, at=at)
    return mandate


def take_mandate_back(merchant: Merchant, *, by: Person, at: datetime) -> None:
    """An owner takes every mandate back: what the bank does not have yet is not collected. Twice is once.

    Raises:
        Refused: this person is no owner.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may give the operator a mandate, or take it back.")
    for mandate in Mandate.objects.filter(customer=merchant, revoked_on=None):
        revoke_mandate(mandate, by=by.email, at=at, reason="taken back")


def _next_reference(merchant: Merchant) -> str:
    """The merchant's number and how many mandates he has given."""
    return f"ZM{merchant.pk}-{Mandate.objects.filter(customer=merchant).count() + 1}"
