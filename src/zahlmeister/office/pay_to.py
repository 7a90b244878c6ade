"""Which account buyers pay to: said by a person, shown before it counts, and tried with an order that may come."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.correspondence.queries import senders_without_address
from zahlmeister.flows import use_account as flow
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import Address
from zahlmeister.orders.queries import shops
from zahlmeister.receivables.destination import Sale, Use
from zahlmeister.receivables.models import AccountUse
from zahlmeister.receivables.pay_to import Accounts, account_uses, sorts_of_open_orders
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Paid:
    """Orders of one sort, how many are open, and the account they are paid to; `before` when that would change."""

    shop: str
    country: str
    currency: str
    orders: int
    account: BankAccount | None
    before: BankAccount | None = None


class UseForm(forms.Form):
    """An account, and which orders are paid to it."""

    account = forms.ChoiceField(label=gettext_lazy("Buyers pay to"))
    shop = forms.ChoiceField(label=gettext_lazy("for orders of"), required=False)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("with a bill to (country)"),
        required=False,
        strip=True,
        help_text=gettext_lazy("Two letters such as AT; empty for every country."),
        error_messages={"invalid": gettext_lazy("A country is two letters such as AT.")},
        widget=forms.TextInput({"size": "3", "maxlength": "2"}),
    )

    def use(self) -> Use:
        """What was said, as the rule wants it."""
        given = self.cleaned_data
        return Use(int(given["shop"]) if given["shop"] else None, given["country"].upper())


@signed_in
def pay_to(request: OfficeRequest) -> HttpResponseBase:
    """What was said, what open orders are paid to, and what a new word would change; a POST looks or keeps."""
    merchant = request.merchant
    accounts = {str(each.pk): each for each in paying_accounts(merchant.pk)}
    names = {each.pk: each.name for each in shops(merchant.pk)}
    form = _form(request, accounts, names)
    changes, is_looked_at = None, False
    if request.method == "POST" and form.is_valid():
        account, use = accounts[form.cleaned_data["account"]], form.use()
        if request.POST.get("do") == "keep":
            flow.use_account(account, use, by=request.user.email, at=timezone.now())
            told(request, _("It is remembered which orders are paid to %(account)s.") % {"account": account})
            return redirect("office:pay-to")
        changes, is_looked_at = _changes(request, names, (account.pk, use)), True
    now = Accounts(merchant)
    sorts = sorts_of_open_orders(merchant.pk)
    context = {
        "form": form,
        "without_address": senders_without_address(merchant.pk),
        "uses": account_uses(merchant.pk),
        "sorts": [_paid(names, sort.sale, sort.orders, now.account_for(sort.sale)) for sort in sorts],
        "changes": changes,
        "is_looked_at": is_looked_at,
        "accounts": accounts.values(),
        "currencies": sorted({each.currency for each in accounts.values()}),
        "shops": names,
        **_tried(request, names, now),
    }
    return render(request, "office/pay_to.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def forget(request: OfficeRequest, use_id: int) -> HttpResponseBase:
    """What was said of an account is taken back."""
    if not AccountUse.objects.filter(merchant=request.merchant, pk=use_id).exists():
        raise Http404
    try:
        flow.forget_use(request.merchant, use_id, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("It is taken back."))
    return redirect("office:pay-to")


def _form(request: OfficeRequest, accounts: dict[str, BankAccount], names: dict[int, str]) -> UseForm:
    form = UseForm(request.POST or None, label_suffix="")
    offered = [(number, f"{each} {each.currency}") for number, each in accounts.items()]
    form.fields["account"].choices = offered  # type: ignore[attr-defined]  # a choice field has choices
    form.fields["shop"].choices = [("", _("every shop")), *names.items()]  # type: ignore[attr-defined]  # likewise
    return form


def _changes(request: OfficeRequest, names: dict[int, str], also: tuple[int, Use]) -> Sequence[Paid]:
    """The sorts of open orders that would be paid to another account."""
    now, then = Accounts(request.merchant), Accounts(request.merchant, also=also)
    return [
        _paid(names, sort.sale, sort.orders, after, before)
        for sort in sorts_of_open_orders(request.merchant.pk)
        if (before := now.account_for(sort.sale)) != (after := then.account_for(sort.sale))
    ]


def _tried(request: OfficeRequest, names: dict[int, str], now: Accounts) -> dict[str, object]:
    """The account of an order that somebody only thinks of."""
    address = Address(request)
    shop, country, currency = address.number("shop"), address.get("country")[:2].upper(), address.get("currency")[:3]
    if shop not in names or not currency:
        return {"tried": None}
    sale = Sale(currency, shop, country)
    return {"tried": _paid(names, sale, 0, now.account_for(sale)), "tried_shop": shop}


def _paid(
    names: dict[int, str],
    sale: Sale,
    orders: int,
    account: BankAccount | None,
    before: BankAccount | None = None,
) -> Paid:
    return Paid(names.get(sale.shop, ""), sale.country, sale.currency, orders, account, before)
