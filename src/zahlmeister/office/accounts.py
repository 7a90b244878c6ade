"""Bank accounts: their movements, whether statements are missing, and what we call them."""

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from stdnum import bic as bic_rules
from stdnum.exceptions import ValidationError

from zahlmeister.banking import queries
from zahlmeister.banking.chain import Stretch
from zahlmeister.banking.models import AccountKind, BankTransaction
from zahlmeister.banking.queries import AccountStanding
from zahlmeister.correspondence.queries import senders_without_address
from zahlmeister.flows.change_account import Said, change_account
from zahlmeister.flows.start_account import start_account
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.office import whose
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.story import story
from zahlmeister.office.typed import day
from zahlmeister.receivables.queries import early_payments

#: Days of which no file tells anything are looked for this long before the newest movement.
LOOKED_BACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A bank account with its balance by the newest statement and by the books."""

    standing: AccountStanding
    booked: Amount

    @property
    def agrees(self) -> bool:
        return self.standing.balance == self.booked


class AccountForm(forms.Form):
    """What a person may say about an account."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=120, required=False)
    holder = forms.CharField(
        label=gettext_lazy("Account holder"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("Exactly as the bank knows it: payers' banks compare it before they transfer."),
    )
    bic = forms.CharField(label="BIC", max_length=11, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Whose account it is"),
        choices=AccountKind.choices,
        help_text=gettext_lazy("On a pooled account nothing is ignored, and unclear money goes back in time."),
    )
    is_exclusive = forms.BooleanField(
        label=gettext_lazy("Only for its orders"),
        required=False,
        help_text=gettext_lazy(
            "Money on this account pays by itself only orders that are paid to it; for others it is suggested."
        ),
    )

    def clean_kind(self) -> AccountKind:
        """Whose it is, as the flow wants it."""
        return AccountKind(self.cleaned_data["kind"])

    def clean_bic(self) -> str:
        """A BIC that could exist, in capitals."""
        typed = str(self.cleaned_data["bic"])
        try:
            return str(bic_rules.validate(typed)) if typed else ""
        except ValidationError:
            raise forms.ValidationError(_("This is no BIC; it has 8 or 11 letters and digits.")) from None


@signed_in
def account(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """The movements of one bank account, and what is odd about its statements; or whether it is the merchant's."""
    row = _known(request, account_id)
    if row is None:
        return whose.page(request, account_id)
    merchant = request.merchant.pk
    movements = queries.transactions(merchant, account_id)
    found = listed(request, movements, _wants(), lambda ids: queries.transactions_by_id(merchant, ids))
    return found.file or render(
        request,
        "office/account.html",
        found.context
        | {
            "row": row,
            "account": row.standing.account,
            "transactions": found.rows,
            "gaps": queries.gaps_of(row.standing.account),
            "silences": _silences(row.standing),
            "early": early_payments(request.merchant.pk, account_id),
            "doubtful": queries.doubtful(row.standing.account),
            "steps": story(request.merchant.pk, "account", account_id),
            "without_address": senders_without_address(request.merchant.pk)
            if row.standing.account.number[:2] in {"CH", "LI"}
            else [],
        },
    )


def _silences(standing: AccountStanding) -> list[Stretch]:
    if standing.newest is None:
        return []
    return queries.silences_of(standing.account, standing.newest - LOOKED_BACK)


def _wants() -> Wants[BankTransaction]:
    ways = [
        ("in", _("that came in"), Q(amount_minor__gt=0)),
        ("out", _("that went out"), Q(amount_minor__lt=0)),
    ]
    return Wants(
        _("movements"),
        [
            (_("Booked"), lambda row: row.booked_on),
            (_("Who"), lambda row: row.counterparty),
            (_("Account"), lambda row: row.counterparty_number),
            (_("Text"), lambda row: row.remittance),
            (_("Amount"), lambda row: Amount(row.amount_minor, row.currency)),
            (_("Currency"), lambda row: row.currency),
        ],
        [Narrowing("way", _("in and out"), ways)],
        ("counterparty", "remittance"),
        "booked_on",
    )


@signed_in
def change(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """Change what we call an account, and how its bank calls its holder."""
    row = _found(request, account_id)
    known = row.standing.account
    form = AccountForm(
        request.POST or None,
        initial={name: getattr(known, name) for name in AccountForm.base_fields},
        label_suffix="",
    )
    if request.method == "POST" and form.is_valid():
        change_account(known, Said(**form.cleaned_data), by=request.user.email, at=timezone.now())
        told(request, _("The account is changed."))
        return redirect("office:account", account_id)
    status = 422 if form.errors else 200
    return render(request, "office/account_change.html", {"account": known, "form": form}, status=status)


@signed_in
@require_POST
def start(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """Settle from an earlier day on; the field `from` is a day, empty for the beginning."""
    row = _found(request, account_id)
    typed_day = request.POST.get("from", "").strip()
    first = day(typed_day) if typed_day else None
    if typed_day and first is None:
        refused(request, _("“%(typed)s” is no day; write 2026-11-30 or 30.11.2026.") % {"typed": typed_day[:40]})
    else:
        start_account(row.standing.account, first, by=request.user.email, at=timezone.now())
        told(request, _("What was booked from then on is being settled; it takes some seconds."))
    return redirect("office:account", account_id)


def account_rows(merchant_id: int) -> list[AccountRow]:
    """Every bank account with both balances."""
    return [
        AccountRow(
            standing,
            balance(merchant_id, Book.BANK, standing.account.currency, about=standing.account.pk),
        )
        for standing in queries.standings(merchant_id)
    ]


def _found(request: OfficeRequest, account_id: int) -> AccountRow:
    row = _known(request, account_id)
    if row is None:
        raise Http404
    return row


def _known(request: OfficeRequest, account_id: int) -> AccountRow | None:
    rows = account_rows(request.merchant.pk)
    return next((row for row in rows if row.standing.account.pk == account_id), None)
