"""The accounts that payouts go to: which one is used, and the link that confirms a new one."""

from datetime import date

from zahlmeister.merchants.marks import is_mark, mark
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.payouts.states import NEXT_ACCOUNT, WANTED, AccountState
from zahlmeister.refusals import Refused

_PURPOSE = "zahlmeister.payouts.account"
_SIGNS = 40  # hexadecimal: 160 bits that nobody guesses


def active_account(merchant_id: int, currency: str) -> PayoutAccount | None:
    """The account in use."""
    rows = PayoutAccount.objects.filter(merchant_id=merchant_id, currency=currency, state=AccountState.ACTIVE)
    return rows.first()


def wanted_account(merchant_id: int, currency: str) -> PayoutAccount | None:
    """The account that is on its way to being used."""
    return PayoutAccount.objects.filter(merchant_id=merchant_id, currency=currency, state__in=WANTED).first()


def move_account(account: PayoutAccount, state: AccountState, **changes: object) -> None:
    """Bring an account into its next state, with the columns that change beside it.

    Raises:
        Refused: no way leads there, or somebody else was quicker.
    """
    if state not in NEXT_ACCOUNT[AccountState(account.state)]:
        raise Refused(f"A payout account that is “{account.get_state_display()}” cannot become “{state.label}”.")
    if not PayoutAccount.objects.filter(pk=account.pk, state=account.state).update(state=state, **changes):
        raise Refused("Somebody else has just changed this payout account; look again.")
    account.refresh_from_db()


def is_over(account: PayoutAccount, today: date) -> bool:
    """Whether an approved account's waiting period has ended."""
    return account.state == AccountState.APPROVED and account.usable_from is not None and account.usable_from <= today


def token(account: PayoutAccount) -> str:
    """What the link in the mail ends in: it is for this account and for the person who asked for it."""
    return mark(_PURPOSE, _said(account), _SIGNS)


def is_token(account: PayoutAccount, text: str) -> bool:
    """Whether a token is that of this account; takes the same time for any wrong one."""
    return is_mark(_PURPOSE, _said(account), text, _SIGNS)


def _said(account: PayoutAccount) -> str:
    return f"{account.pk}:{account.asked_by_id}:{account.number}"
