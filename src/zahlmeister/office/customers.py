"""Customers with access to the centre: top-ups that wait to be released, accounts with all entries, the settings."""

from collections.abc import Callable

from django import forms
from django.db.models import Q
from django.forms.models import model_to_dict
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows.centre import manage
from zahlmeister.flows.centre.adjust import BY_HAND, Adjustment, adjust
from zahlmeister.flows.centre.pay import undo_payment
from zahlmeister.flows.centre.pay_back import reject_back, release_back
from zahlmeister.flows.centre.release import reject, release, take_back_release
from zahlmeister.flows.centre.stays import TO_RELEASE
from zahlmeister.intents.stored import usable
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.rights import Area
from zahlmeister.money.amount import Amount
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.prepaid import links
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Customer, Entry
from zahlmeister.prepaid.queries import (
    accounts_of,
    automatic_of,
    balance_of,
    balances_by_currency,
    centre_of,
    customer_of,
    entries_of,
    open_items,
    to_release,
)
from zahlmeister.prepaid.rules import told_number
from zahlmeister.prepaid.states import EntryKind, GivesBack, Release
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import backs_to_release
from zahlmeister.refusals import Refused

MOST = 50


class CentreForm(forms.Form):
    """How the customer centre is wanted."""

    is_on = forms.BooleanField(label=gettext_lazy("Customers may sign in"), required=False)
    lets_in_buyers = forms.BooleanField(
        label=gettext_lazy("Everybody who has ordered may come in by a link in a mail"), required=False
    )
    offers_balance = forms.BooleanField(label=gettext_lazy("Accounts can be topped up"), required=False)
    charges = forms.BooleanField(
        label=gettext_lazy("Charge top-ups by themselves where the customer has agreed"),
        required=False,
        help_text=gettext_lazy("With a provider that stores cards or PayPal accounts; else they are asked by mail."),
    )
    gives_back = forms.ChoiceField(label=gettext_lazy("Pay balances back"), choices=GivesBack.choices)
    release = forms.ChoiceField(label=gettext_lazy("Credit a transfer by itself"), choices=Release.choices)
    minimum = forms.CharField(label=gettext_lazy("Least top-up"), max_length=20)
    maximum = forms.CharField(label=gettext_lazy("Highest top-up"), max_length=20)
    step = forms.CharField(
        label=gettext_lazy("In steps of"), max_length=20, help_text=gettext_lazy("0 for any amount.")
    )
    most = forms.CharField(label=gettext_lazy("Highest balance"), max_length=20)
    waits_days = forms.IntegerField(
        label=gettext_lazy("Days until an announced transfer expires"), min_value=1, max_value=180
    )


class InviteForm(forms.Form):
    """Somebody who gets access."""

    email = forms.CharField(label=gettext_lazy("Mail address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)


@signed_in
def customers(request: OfficeRequest) -> HttpResponseBase:
    """What waits to be released, what customers hold, and who they are; a POST gives somebody access."""
    merchant = request.merchant
    form = InviteForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            made = manage.invite(merchant, **form.cleaned_data, by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("%(customer)s has access now.") % {"customer": made})
            return redirect("office:customer", made.pk)
    found = listed(request, Customer.objects.filter(merchant=merchant).order_by("-id"), _wants(merchant.currency))
    context = found.context | {
        "centre": centre_of(merchant.pk),
        "queue": list(to_release(merchant.pk)[:MOST]),
        "may_release_backs": request.may_write and request.rights.writes(Area.MONEY_OUT),
        "backs": [(each, customer_of(each.prepaid or 0)) for each in backs_to_release(merchant.pk, TO_RELEASE)[:MOST]],
        "sums": sorted(balances_by_currency(merchant.pk).items()),
        "customers": [(one, [(each, balance_of(each)) for each in accounts_of(one)]) for one in found.rows],
        "form": form,
        "centre_address": links.address(merchant),
    }
    return found.file or render(request, "office/customers.html", context, status=422 if form.errors else 200)


def _wants(currency: str) -> Wants[Customer]:
    states = [
        ("in", _("who have signed in"), Q(signed_in_at__isnull=False, is_blocked=False)),
        ("never", _("who have never signed in"), Q(signed_in_at__isnull=True, is_blocked=False)),
        ("blocked", _("who may not sign in"), Q(is_blocked=True)),
    ]

    def held(row: Customer) -> Amount:
        own = [balance_of(each).total for each in accounts_of(row) if each.currency == currency]
        return Amount(sum(own), currency)

    return Wants(
        _("customers"),
        [
            (_("Name"), lambda row: row.name),
            (_("Mail address"), lambda row: row.email),
            (_("Signed in"), lambda row: row.signed_in_at and timezone.localdate(row.signed_in_at)),
            (_("Balance"), held),
            (_("Currency"), lambda _row: currency),
        ],
        [Narrowing("state", _("all of them"), states)],
        ("email", "name"),
        "created_at__date",
    )


@signed_in
def customer(request: OfficeRequest, customer_id: int) -> HttpResponseBase:
    """One customer: the accounts with their entries, what was announced, and what happened."""
    row = Customer.objects.filter(merchant=request.merchant, pk=customer_id).first()
    if row is None:
        raise Http404
    accounts = [
        {
            "account": account,
            "number": told_number(account.number),
            "balance": balance_of(account),
            "open_minor": sum(item.open_minor for item in open_items(account)),
            "entries": entries_of(account)[:MOST],
            "automatic": automatic_of(account),
            "stored": usable(account.merchant_id, account.pk).first(),
            "steps": story(request.merchant.pk, "account", account.pk),
        }
        for account in accounts_of(row)
    ]
    transfers = AnnouncedTransfer.objects.filter(account__customer=row).select_related("payment", "account")
    context = {
        "customer": row,
        "accounts": accounts,
        "transfers": transfers.order_by("-id")[:MOST],
        "kinds": [(kind.value, kind.label) for kind in BY_HAND],
        "key": new_id(),
        "steps": story(request.merchant.pk, "customer", row.pk),
        "currency": request.merchant.currency,
    }
    return render(request, "office/customer.html", context)


@signed_in
def centre(request: OfficeRequest) -> HttpResponseBase:
    """How the customer centre is wanted; a POST of an owner changes it."""
    row, currency = centre_of(request.merchant.pk), request.merchant.currency
    amounts = {
        name: shown.typed_money(getattr(row, f"{name}_minor"), currency, get_language() or "en")
        for name in ("minimum", "maximum", "step", "most")
    }
    form = CentreForm(request.POST or None, initial={**model_to_dict(row), **amounts}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            manage.save_centre(request.merchant, _said(form, currency), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The settings are changed."))
            return redirect("office:customers")
    context = {"form": form, "centre_address": links.address(request.merchant)}
    return render(request, "office/centre_settings.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def announced(request: OfficeRequest, announced_id: int) -> HttpResponseBase:
    """Release what has come, reject it, or take a release back."""
    row = AnnouncedTransfer.objects.filter(merchant=request.merchant, pk=announced_id).first()
    if row is None:
        raise Http404
    said, by, now = request.POST, request.user.email, timezone.now()
    reason = said.get("reason", "")
    verbs: dict[str, Callable[[], object]] = {
        "release": lambda: release(request.merchant, row.pk, by=by, at=now),
        "reject": lambda: reject(request.merchant, row.pk, by=by, at=now, reason=reason),
        "take_back": lambda: take_back_release(request.merchant, row.pk, by=by, at=now, reason=reason),
    }
    if said.get("do", "") not in verbs:
        raise Http404
    return _do(request, verbs[said["do"]], row.account.customer_id if said.get("next") == "customer" else 0)


@signed_in
@require_POST
def back(request: OfficeRequest, back_id: int) -> HttpResponseBase:
    """A customer wants his balance back: let it go, or say why not."""
    if not Refund.objects.filter(merchant=request.merchant, pk=back_id, prepaid__isnull=False).exists():
        raise Http404
    by, now, reason = request.user.email, timezone.now(), request.POST.get("reason", "")
    if request.POST.get("do") == "release":
        return _do(
            request, lambda: release_back(request.merchant, back_id, by=by, at=now, person_id=request.user.pk), 0
        )
    return _do(request, lambda: reject_back(request.merchant, back_id, by=by, at=now, reason=reason), 0)


@signed_in
@require_POST
def change(request: OfficeRequest, customer_id: int) -> HttpResponseBase:
    """Block a customer, take a lost password, or open one more account."""
    if not Customer.objects.filter(merchant=request.merchant, pk=customer_id).exists():
        raise Http404
    said, by, now = request.POST, request.user.email, timezone.now()
    if said.get("do") == "account":
        currency, name = said.get("currency", "").upper(), said.get("name", "")
        return _do(
            request,
            lambda: manage.add_account(request.merchant, customer_id, currency, name, by=by, at=now),
            customer_id,
        )
    if said.get("do") == "password":
        return _do(request, lambda: manage.take_password(request.merchant, customer_id, by=by, at=now), customer_id)
    is_blocked = said.get("do") == "block"
    return _do(
        request, lambda: manage.block(request.merchant, customer_id, is_blocked=is_blocked, by=by, at=now), customer_id
    )


@signed_in
@require_POST
def balance(request: OfficeRequest, balance_id: int) -> HttpResponseBase:
    """Change a balance by hand, with a reason."""
    account = Account.objects.filter(merchant=request.merchant, pk=balance_id).first()
    if account is None:
        raise Http404
    said = request.POST
    kind = EntryKind(said["kind"]) if said.get("kind") in {each.value for each in BY_HAND} else EntryKind.GRANT
    minor = typed.minor(said.get("amount", ""), account.currency) or 0
    wanted = Adjustment(kind, minor, said.get("reason", ""), said.get("key", "")[:40], typed.day(said.get("until", "")))
    return _do(
        request,
        lambda: adjust(request.merchant, account.pk, wanted, by=request.user.email, at=timezone.now()),
        account.customer_id,
    )


@signed_in
@require_POST
def entry_undo(request: OfficeRequest, entry_id: int) -> HttpResponseBase:
    """An invoice was not to be paid from the balance."""
    row = Entry.objects.filter(merchant=request.merchant, pk=entry_id).select_related("account").first()
    if row is None:
        raise Http404
    return _do(
        request,
        lambda: undo_payment(request.merchant, row.pk, by=request.user.email, at=timezone.now()),
        row.account.customer_id,
    )


def _do(request: OfficeRequest, verb: Callable[[], object], customer_id: int) -> HttpResponseBase:
    try:
        verb()
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Done."))
    return redirect("office:customer", customer_id) if customer_id else redirect("office:customers")


def _said(form: CentreForm, currency: str) -> dict[str, object]:
    """What was typed, as the flow wants it.

    Raises:
        Refused: a figure is no amount.
    """
    given = dict(form.cleaned_data)
    for name in ("minimum", "maximum", "step", "most"):
        minor = typed.minor(given[name], currency)
        if minor is None or minor < 0:
            raise Refused(f"“{given[name]}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
        given[f"{name}_minor"] = minor
        del given[name]
    return given
