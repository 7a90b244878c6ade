"""The operator says whether a merchant is verified, and who the operator is; both stand in the history."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.before_verified import release_held
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.formats.payments.checks import check_creditor_id
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.cells import who_is_away
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import move_verification
from zahlmeister.money.accounts import tidy
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: What the owners are written when their verification has got into a state.
MAILS = {
    Verification.SUBMITTED: HouseKind.VERIFICATION_RECEIVED,
    Verification.VERIFIED: HouseKind.VERIFICATION_ACCEPTED,
    Verification.MISSING: HouseKind.VERIFICATION_ASKED_AGAIN,
    Verification.FAILED: HouseKind.VERIFICATION_REJECTED,
}


def verify_merchant(merchant: Merchant, state: Verification, *, why: str, by: str, at: datetime) -> None:
    """Say how far the verification of a merchant is. Twice is once.

    Args:
        merchant: whose.
        state: what it is from now on.
        why: what was seen, such as “register extract of 3 November”; the history keeps it.
        by: who says so.
        at: now.

    Raises:
        Refused: no reason is given, or no way leads to that state.
    """
    if not why.strip():
        raise Refused("Say what the verification rests on, or why it failed.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if move_verification(merchant, state, on=timezone.localdate(at)):
            step = Happened("merchant", merchant.pk, f"verification_{state}", by, why.strip())
            record(merchant.pk, [step], at=at)
            tell_of_verification(merchant, state, why.strip(), at=at)
            if state == Verification.VERIFIED:
                release_held(merchant.pk, at=at)


def tell_of_verification(merchant: Merchant, state: Verification, why: str, *, at: datetime) -> None:
    """Write to the merchant's owners, and to the operator's who have to look; inside the caller's transaction.

    Where nobody runs the house for others nobody is written to: whoever decided stands at the machine.
    """
    runs = operator()
    if runs is None or runs == merchant:
        return
    key = f"verification:{state}:{merchant.pk}:{int(at.timestamp())}"
    values: dict[str, Value] = {"merchant": merchant.name, "why": why}
    mails = [said(MAILS[state], key, reader, values, page="/verification/") for reader in owners(merchant.pk)]
    tell(merchant.pk, mails, at=at)
    if state == Verification.SUBMITTED:
        page = f"/verifications/{merchant.pk}/"
        asked = [said(HouseKind.VERIFICATION_ASKED, key, reader, values, page=page) for reader in owners(runs.pk)]
        tell(runs.pk, asked, at=at)


def name_operator(merchant: Merchant, *, by: str, at: datetime, creditor_id: str = "") -> None:
    """Say that this merchant runs the installation. Twice is once.

    Args:
        merchant: who.
        by: who says so.
        at: now.
        creditor_id: what he collects under by direct debit; what was known stays when none is given.

    Raises:
        Refused: another one does, a merchant lives away from home, or the creditor id is none.
    """
    given = tidy(creditor_id)
    if given:
        check_creditor_id(given, "operator")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        known = operator()
        if known is not None and known != merchant:
            raise Refused(f"“{known.name}” runs this installation already; there is one operator.")
        if known is None and (away := who_is_away()):
            raise Refused(
                f"“{away}” lives in another database or is on the way, where an operator would neither bill nor verify "
                f"him; bring him home first: `zahlmeister move-merchant {away} home`."
            )
        named = Merchant.objects.filter(pk=merchant.pk, is_operator=False).update(is_operator=True)
        if given:
            named += Merchant.objects.filter(pk=merchant.pk).exclude(creditor_id=given).update(creditor_id=given)
        if named:
            step = Happened("merchant", merchant.pk, "named_operator", by, given)
            record(merchant.pk, [step], at=at)
    merchant.refresh_from_db()
