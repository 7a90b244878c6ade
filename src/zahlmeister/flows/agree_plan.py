"""Plans are priced, agreed with merchants, and the VAT id of a merchant is asked of the authority."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from zahlmeister.connectors.vat.contract import Authority
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import require_operator
from zahlmeister.plans.models import Billing, PlanVersion, Subscription
from zahlmeister.plans.rules import Prices
from zahlmeister.refusals import Refused


def price_plan(name: str, since: date, prices: Prices, *, by: str, at: datetime) -> PlanVersion:
    """Keep the prices of a plan from a month on. The same again is the same version.

    Raises:
        Refused: there is no operator, or this month has other prices already.
    """
    runs, first = require_operator(), since.replace(day=1)
    wanted = {**asdict(prices), "pooled_monthly": dict(prices.pooled_monthly)}
    with transaction.atomic(durable=True):
        lock(runs.pk)
        row, is_new = PlanVersion.objects.get_or_create(
            merchant=runs, name=name, since=first, defaults={**wanted, "currency": runs.currency, "created_by": by}
        )
        if not is_new and row.prices != prices:
            raise Refused(f"The plan “{name}” has other prices from {first} on; choose a later month.")
        if is_new:
            record(runs.pk, [Happened("plan", row.pk, "priced", by, facts=wanted)], at=at)
    return row


def agree_plan(merchant: Merchant, name: str, since: date, *, by: str, at: datetime) -> Subscription:
    """Agree a plan with a merchant from a month on. The same again is the same agreement.

    Raises:
        Refused: there is no such plan by then, or another one was agreed from this month on.
    """
    runs, first = require_operator(), since.replace(day=1)
    if not PlanVersion.objects.filter(merchant=runs, name=name, since__lte=first).exists():
        raise Refused(f"There is no plan “{name}” in {first:%Y-%m}.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        row, is_new = Subscription.objects.get_or_create(
            merchant=merchant, since=first, defaults={"plan": name, "agreed_by": by}
        )
        if row.plan != name:
            raise Refused(f"From {first:%Y-%m} on the plan “{row.plan}” is agreed already.")
        if is_new:
            record(merchant.pk, [Happened("merchant", merchant.pk, "plan_agreed", by, name)], at=at)
    return row


@dataclass(frozen=True, slots=True)
class Address:
    """How a merchant wants to stand on invoices."""

    company: str
    street: str
    postcode: str
    city: str
    country: str = "DE"
    email: str = ""
    phone: str = ""
    vat_id: str = ""


def keep_billing(merchant: Merchant, said: Address, *, by: str, at: datetime) -> Billing:
    """Keep how a merchant stands on invoices. Another VAT id counts only once it was found valid."""
    wanted = {**asdict(said), "vat_id": "".join(said.vat_id.split()).upper()}
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        before = Billing.objects.filter(merchant=merchant).first()
        is_same_id = before is not None and before.vat_id == wanted["vat_id"]
        doubt: Mapping[str, object] = (
            {} if is_same_id else {"vat_is_valid": False, "vat_asked_at": None, "vat_proof": ""}
        )
        row, _new = Billing.objects.update_or_create(merchant=merchant, defaults={**wanted, **doubt})
        record(merchant.pk, [Happened("merchant", merchant.pk, "billing_changed", by)], at=at)
    return row


def save_billing(merchant: Merchant, said: Address, *, by: Person, at: datetime) -> Billing:
    """The same, said by a person.

    Raises:
        Refused: they are no owner.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may change what stands on invoices.")
    return keep_billing(merchant, said, by=by.email, at=at)


def validate_vat_id(merchant: Merchant, authority: Authority, *, by: str, at: datetime) -> Billing:
    """Ask the authority whether the merchant's VAT id is valid, and keep its answer.

    Raises:
        Refused: there is none, or it is written like none.
        Unreachable: the authority does not answer now; what is known stays.
    """
    billing = Billing.objects.filter(merchant=merchant).first()
    if billing is None or not billing.vat_id:
        raise Refused("Enter a VAT id first.")
    answer = authority.ask(billing.vat_id)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Billing.objects.filter(pk=billing.pk, vat_id=billing.vat_id)
        rows.update(vat_is_valid=answer.is_valid, vat_asked_at=at, vat_asked_by=by, vat_proof=answer.proof)
        verb = "vat_id_valid" if answer.is_valid else "vat_id_invalid"
        step = Happened("merchant", merchant.pk, verb, by, f"{billing.vat_id} {answer.proof}".strip())
        record(merchant.pk, [step], at=at)
    billing.refresh_from_db()
    return billing
