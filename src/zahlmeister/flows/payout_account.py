"""Where payouts go to changes only with a mail's link, a second person and a waiting period; every owner is told."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.formats.payments.checks import check_iban
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.money.accounts import shortened, tidy
from zahlmeister.outbox.write import tell
from zahlmeister.payouts.accounts import active_account, is_over, is_token, move_account, token, wanted_account
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.payouts.states import AccountState
from zahlmeister.refusals import Refused

#: So many days another account is waited for after it was approved; the first one is used at once.
WAITING_DAYS = 7
_PAGE = "/payouts/account/"


def ask_account(
    merchant: Merchant, currency: str, *, name: str, number: str, by: Person, at: datetime
) -> PayoutAccount:
    """Ask for payouts to go to another account. The same again is the same asking.

    Raises:
        Refused: this person is no owner, the IBAN is none, or another account is being asked for.
    """
    _check_owner(merchant, by)
    name, number = " ".join(name.split()), tidy(number)
    check_iban(number, "payout account")
    if not name:
        raise Refused("Enter the account holder exactly as the bank knows it.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        wanted = wanted_account(merchant.pk, currency)
        if wanted is not None and (wanted.name, wanted.number) == (name, number):
            return wanted
        if wanted is not None:
            raise Refused("Another account is being asked for already; refuse it first.")
        made = PayoutAccount.objects.create(
            merchant=merchant, currency=currency, name=name, number=number, asked_by=by, asked_at=at
        )
        _record(made, "asked", by.email, at)
        values = {"person": by.email, "merchant": merchant.name, "holder": name, "number": shortened(number)}
        link = f"{_PAGE}{made.pk}/confirm/{token(made)}"
        mails = [said(HouseKind.CONFIRM_ACCOUNT, f"payout_account:{made.pk}:link", by.email, values, page=link)]
        mails += [
            said(HouseKind.ACCOUNT_ASKED, f"payout_account:{made.pk}:asked", each, values, page=_PAGE)
            for each in owners(merchant.pk)
            if each != by.email
        ]
        tell(merchant.pk, mails, at=at)
    return made


def confirm_account(account: PayoutAccount, text: str, *, by: Person, at: datetime) -> PayoutAccount:
    """The person who asked has followed the link in the mail. Twice is once.

    Raises:
        Refused: the link is not for this account or this person, or nothing is to be confirmed.
    """
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        account.refresh_from_db()
        if not is_token(account, text) or account.asked_by_id != by.pk:
            raise Refused("This link is not yours; only who entered the account can confirm it.")
        if account.confirmed_at is None:
            move_account(account, AccountState.CONFIRMED, confirmed_at=at)
            _record(account, "confirmed", by.email, at)
    return account


def approve_account(account: PayoutAccount, *, by: Person, at: datetime) -> PayoutAccount:
    """A second person approves: another owner, or an owner of the operator. Twice is once.

    Raises:
        Refused: it is the same person, no owner, or the account was not confirmed.
    """
    if not _may_approve(account.merchant, by):
        raise Refused("Only an owner, or the operator, may approve the account for payouts.")
    today = timezone.localdate(at)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        account.refresh_from_db()
        if account.asked_by_id == by.pk:
            raise Refused("Somebody else has to approve the account that you have entered.")
        if account.approved_by_id == by.pk:
            return account
        before = PayoutAccount.objects.filter(merchant_id=account.merchant_id, currency=account.currency)
        is_first = not before.exclude(usable_from=None).exists()  # also one that was refused in use makes the next wait
        usable_from = today if is_first else today + timedelta(days=WAITING_DAYS)
        move_account(account, AccountState.APPROVED, approved_by=by, usable_from=usable_from)
        _record(account, "approved", by.email, at)
        take_over(account.merchant_id, account.currency, at=at)
        values: dict[str, Value] = {
            "person": by.email,
            "merchant": account.merchant.name,
            "holder": account.name,
            "number": shortened(account.number),
            "day": usable_from,
        }
        key = f"payout_account:{account.pk}:approved"
        kind = HouseKind.ACCOUNT_APPROVED
        mails = [said(kind, key, each, values, page=_PAGE) for each in owners(account.merchant_id)]
        tell(account.merchant_id, mails, at=at)
    account.refresh_from_db()
    return account


def refuse_account(account: PayoutAccount, *, by: Person, at: datetime) -> None:
    """An owner refuses an account, also one in use: nothing is paid to it any more. Twice is once.

    Raises:
        Refused: this person is no owner, or it was replaced.
    """
    if not _may_approve(account.merchant, by):
        raise Refused("Only an owner, or the operator, may refuse the account for payouts.")
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        account.refresh_from_db()
        if account.state != AccountState.REFUSED:
            move_account(account, AccountState.REFUSED)
            _record(account, "refused", by.email, at)


def take_over(merchant_id: int, currency: str, *, at: datetime) -> PayoutAccount | None:
    """The account to use now, inside the caller's transaction and turn; None when there is none.

    An approved one whose waiting period is over replaces the one before it.
    """
    in_use = active_account(merchant_id, currency)
    wanted = wanted_account(merchant_id, currency)
    if wanted is None or not is_over(wanted, timezone.localdate(at)):
        return in_use
    if in_use is not None:
        move_account(in_use, AccountState.REPLACED)
        _record(in_use, "replaced", "house", at)
    move_account(wanted, AccountState.ACTIVE)
    _record(wanted, "active", "house", at)
    return wanted


def _check_owner(merchant: Merchant, person: Person) -> None:
    if not Membership.objects.filter(merchant=merchant, person=person, role=Role.OWNER).exists():
        raise Refused("Only an owner may change the account for payouts.")


def _may_approve(merchant: Merchant, person: Person) -> bool:
    runs = operator()
    of = [merchant.pk, *([runs.pk] if runs else [])]
    return Membership.objects.filter(merchant__in=of, person=person, role=Role.OWNER).exists()


def _record(account: PayoutAccount, verb: str, by: str, at: datetime) -> None:
    step = Happened("payout_account", account.pk, verb, by, facts={"number": account.number, "name": account.name})
    record(account.merchant_id, [step], at=at)
