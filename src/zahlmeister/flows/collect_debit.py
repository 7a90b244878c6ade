"""Money is collected by direct debit: a mandate is kept, a collection drafted, told, approved, or cancelled."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.debit_models import Debit, Mandate, SchemeChoice
from zahlmeister.banking.debit_rules import day_after_notice
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.debits import check_mandate, move_debit
from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.make_debit_file import file_of
from zahlmeister.formats.payments.checks import LONGEST_NAME, check_bic, check_creditor_id, check_iban, check_id
from zahlmeister.formats.payments.letters import Letters, Speller
from zahlmeister.formats.payments.mandates import NOTICE_DAYS, Sequence
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.rights import may_approve
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.refunds.moves import note_news_of_debit
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Signed:
    """A mandate as its debtor has signed it."""

    creditor_id: str
    reference: str
    signed_on: date
    debtor_name: str
    debtor_number: str
    debtor_bic: str = ""
    scheme: SchemeChoice = SchemeChoice.CORE
    is_once: bool = False
    notice_days: int = NOTICE_DAYS


@dataclass(frozen=True, slots=True)
class Wanted:
    """A collection as somebody wants it; the same `source` again is the same one."""

    source: str
    amount: Amount
    collect_on: date
    text: str = ""
    is_last: bool = False


def keep_mandate(
    merchant: Merchant, signed: Signed, *, by: str, at: datetime, customer: Merchant | None = None
) -> Mandate:
    """Keep a signed mandate. The same again is the same one.

    Args:
        merchant: who may collect.
        signed: what the debtor has signed.
        by: who keeps it.
        at: now.
        customer: the debtor, where he is a merchant the operator works for.

    Raises:
        Refused: a bank would reject it, or another mandate has this reference.
    """
    wanted = {
        "signed_on": signed.signed_on,
        "debtor_name": " ".join(signed.debtor_name.split()),
        "debtor_number": tidy(signed.debtor_number),
        "debtor_bic": tidy(signed.debtor_bic),
        "scheme": signed.scheme,
        "is_once": signed.is_once,
        "notice_days": signed.notice_days,
    }
    creditor_id, reference = tidy(signed.creditor_id), signed.reference.strip().upper()
    _check_signed(signed, creditor_id, reference, timezone.localdate(at))
    told = {**wanted, "customer": customer, "created_by": by, "created_at": at}
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        mandate, is_new = Mandate.objects.get_or_create(
            merchant=merchant, creditor_id=creditor_id, reference=reference, defaults=told
        )
        if is_new:
            record(merchant.pk, [Happened("mandate", mandate.pk, "signed", by)], at=at)
    if any(getattr(mandate, name) != value for name, value in wanted.items()):
        raise Refused(f"There is another mandate {reference} already; a reference is used once.")
    return mandate


def revoke_mandate(mandate: Mandate, *, by: str, at: datetime, reason: str = "") -> None:
    """The debtor has taken the leave back: nothing is collected by it any more. Twice is once."""
    with transaction.atomic(durable=True):
        lock(mandate.merchant_id)
        revoke(mandate, by=by, at=at, reason=reason)
    mandate.refresh_from_db()


def revoke(mandate: Mandate, *, by: str, at: datetime, reason: str) -> None:
    """The same inside the caller's transaction and turn; collections that nobody has handed over are cancelled."""
    rows = Mandate.objects.filter(pk=mandate.pk, revoked_on=None)
    if not rows.update(revoked_on=timezone.localdate(at), revoked_for=reason[:80]):
        return
    steps = [Happened("mandate", mandate.pk, "revoked", by, reason)]
    for debit in mandate.debits.filter(state__in=(DebitState.DRAFTED, DebitState.APPROVED)):
        move_debit(debit, DebitState.CANCELLED)
        note_news_of_debit(debit.pk)
        steps.append(Happened("debit", debit.pk, "cancelled", by, reason))
    record(mandate.merchant_id, steps, at=at)


def draft_debit(mandate: Mandate, account: BankAccount, wanted: Wanted, *, by: str, at: datetime) -> Debit:
    """Draft a collection. It waits until the debtor is told and somebody approves.

    Raises:
        Refused: the mandate does not allow it, a bank would reject it, or the source was used for another one.
    """
    debit = _debit(mandate, account, wanted, by, at)
    if account.currency != "EUR" or wanted.amount.currency != "EUR":
        raise Refused("A SEPA direct debit collects euro to an account kept in euro.")
    file_of(account, {(mandate.creditor_id, mandate.scheme, Sequence.FIRST, debit.collect_on): [debit]}, "CHECK", at)
    with transaction.atomic(durable=True):
        lock(mandate.merchant_id)
        known = Debit.objects.filter(merchant_id=mandate.merchant_id, source=wanted.source).first()
        if known is None:
            debit.mandate.refresh_from_db()
            check_mandate(debit, debit.collect_on)
            debit.save(force_insert=True)
            record(mandate.merchant_id, [Happened("debit", debit.pk, "drafted", by)], at=at)
    if known is not None and (known.mandate_id, known.amount_minor) != (mandate.pk, wanted.amount.minor):
        raise Refused(f"For {wanted.source} another direct debit was drafted before; look at {known.end_to_end_id}.")
    return known or debit


def tell_debtor(debit: Debit, told_on: date, *, by: str, at: datetime) -> Debit:
    """The debtor was told of amount and day. Told later than agreed, the day moves.

    Raises:
        Refused: it is in a file already, or the day is not over yet.
    """
    if told_on > timezone.localdate(at):
        raise Refused(f"{told_on} has not come yet.")
    with transaction.atomic(durable=True):
        lock(debit.merchant_id)
        standing = _standing(debit)
        if standing.state not in {DebitState.DRAFTED, DebitState.APPROVED}:
            raise Refused(f"A direct debit that is “{standing.get_state_display()}” does not change any more.")
        day = day_after_notice(standing.collect_on, told_on, standing.mandate.notice_days)
        Debit.objects.filter(pk=debit.pk).update(told_on=told_on, collect_on=day)
        record(debit.merchant_id, [Happened("debit", debit.pk, "told", by, facts={"collect_on": str(day)})], at=at)
    return _standing(debit)


def approve_debit(debit: Debit, *, by: Person, at: datetime) -> Debit:
    """Approve a collection. Twice is once.

    Raises:
        Refused: this person may not, the mandate does not allow it, or it waits for no approval.
    """
    if not may_approve(debit.merchant_id, by.pk):
        raise Refused("You have no right to approve direct debits of this merchant.")
    with transaction.atomic(durable=True):
        lock(debit.merchant_id)
        standing = _standing(debit)
        if standing.approved_by:
            return standing
        check_mandate(standing, standing.collect_on)
        move_debit(standing, DebitState.APPROVED, approved_by=by.email)
        record(debit.merchant_id, [Happened("debit", debit.pk, "approved", by.email)], at=at)
    return standing


def cancel_debit(debit: Debit, *, by: Person, at: datetime) -> None:
    """Cancel a collection that is in no file. Twice is once."""
    with transaction.atomic(durable=True):
        lock(debit.merchant_id)
        standing = _standing(debit)
        if standing.state == DebitState.CANCELLED:
            return
        move_debit(standing, DebitState.CANCELLED)
        note_news_of_debit(standing.pk)
        record(debit.merchant_id, [Happened("debit", debit.pk, "cancelled", by.email)], at=at)


def settle_debit_doubt(debit: Debit, *, by: Person, at: datetime) -> None:
    """A person has looked at what was odd; the history keeps it. Twice is once."""
    with transaction.atomic(durable=True):
        lock(debit.merchant_id)
        standing = _standing(debit)
        if standing.doubt:
            Debit.objects.filter(pk=debit.pk).update(doubt="")
            record(debit.merchant_id, [Happened("debit", debit.pk, "looked_at", by.email, standing.doubt)], at=at)


def _check_signed(signed: Signed, creditor_id: str, reference: str, today: date) -> None:
    check_creditor_id(creditor_id, f"mandate {reference}")
    check_id(reference, "mandate id")
    check_iban(tidy(signed.debtor_number), f"mandate {reference}")
    check_bic(tidy(signed.debtor_bic) or None, tidy(signed.debtor_number), f"mandate {reference}")
    Speller(Letters.GERMAN)(" ".join(signed.debtor_name.split()), f"debtor of {reference}", LONGEST_NAME)
    if signed.signed_on > today:
        raise Refused(f"Mandate {reference} is signed in the future.")
    if not 1 <= signed.notice_days <= 60:
        raise Refused("The debtor is told between 1 and 60 days before.")


def _debit(mandate: Mandate, account: BankAccount, wanted: Wanted, by: str, at: datetime) -> Debit:
    number, today = new_id(), timezone.localdate(at)
    return Debit(
        id=number,
        merchant_id=mandate.merchant_id,
        mandate=mandate,
        account=account,
        source=wanted.source,
        end_to_end_id=f"ZM-{number}",
        amount_minor=wanted.amount.minor,
        text=" ".join(wanted.text.split()),
        collect_on=day_after_notice(wanted.collect_on, today, mandate.notice_days),  # nobody was told before today
        is_last=wanted.is_last,
        created_by=by,
        created_at=at,
    )


def _standing(debit: Debit) -> Debit:
    return Debit.objects.select_related("mandate").get(pk=debit.pk)
