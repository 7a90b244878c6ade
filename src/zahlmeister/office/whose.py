"""Is this your account? Asked once of every account that only a statement has named."""

from collections.abc import Sequence

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking import queries
from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.confirm_account import confirm_account, deny_account, movements_left_out
from zahlmeister.money.accounts import is_iban
from zahlmeister.money.banks import bank_of
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.refusals import Refused


def page(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """What files say of an account that is none of the known ones, and the question."""
    account = _named(request, account_id)
    if account.same_as_id:
        return redirect("office:account", account.same_as_id)
    others = _others(request, account)
    return render(
        request,
        "office/account_asked.html",
        {
            "account": account,
            "bank": bank_of(account.number),
            "files": queries.files_of_left_out(account),
            "movements": movements_left_out(account),
            "others": others,
            "likely": likely(account, others),
        },
    )


@signed_in
@require_POST
def answer(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """Yes or no; with `same_as` it is another name of that account."""
    account = _named(request, account_id)
    by, at = request.user.email, timezone.now()
    chosen = request.POST.get("same_as", "")
    known = next((each for each in _others(request, account) if str(each.pk) == chosen), None)
    try:
        if request.POST.get("answer") == "no":
            deny_account(account, by=by, at=at)
            told(request, _("Nothing of this account is read. You can change your mind on this page."))
        elif chosen and known is None:
            refused(request, _("Choose one of your accounts."))
        else:
            confirm_account(account, by=by, at=at, same_as=known)
            told(request, _("What the files say of this account is being read; it takes some seconds."))
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:account", account_id)


def likely(account: BankAccount, others: Sequence[BankAccount]) -> int | None:
    """The only account at the bank whose name stands where the number should be; None where that is not clear."""
    known = [each.pk for each in others if _is_at(account.number, each.number) or _is_at(each.number, account.number)]
    return known[0] if len(known) == 1 else None


def _is_at(name: str, number: str) -> bool:
    """Whether an account is at a bank of that name, written without blanks."""
    bank = bank_of(number)
    return bank is not None and name != "-" and name in bank.name.replace(" ", "").upper()


def _named(request: OfficeRequest, account_id: int) -> BankAccount:
    account = queries.named_accounts(request.merchant.pk).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def _others(request: OfficeRequest, account: BankAccount) -> list[BankAccount]:
    """The accounts that the named one can be: of its currency, and not both by an IBAN."""
    return [
        each
        for each in queries.accounts(request.merchant.pk)
        if each.currency == account.currency and not (is_iban(each.number) and is_iban(account.number))
    ]
