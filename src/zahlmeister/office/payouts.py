"""What lies on pooled accounts, what was paid out of them, and when; each payout with its statement."""

from dataclasses import dataclass
from functools import partial

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.give_back import deadline
from zahlmeister.flows.pay_out import pay_out, set_plan, standing_now
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.operator import operator
from zahlmeister.money.amount import Amount
from zahlmeister.office import shown, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.payout_statement import statement_csv, statement_pdf, statement_sums
from zahlmeister.office.sentences import in_words
from zahlmeister.payouts.accounts import active_account, wanted_account
from zahlmeister.payouts.models import BooksCheck, Payout, PayoutPlan
from zahlmeister.payouts.rules import Standing
from zahlmeister.payouts.states import RhythmChoice
from zahlmeister.refusals import Refused

LINES = 100


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled account as the page shows it."""

    account: BankAccount
    plan: PayoutPlan | None
    standing: Standing

    @property
    def held(self) -> list[tuple[str, int]]:
        """What is not the merchant's to have yet, in words; parts that are nothing are left out."""
        parts = (
            (_("payments that are for nothing known yet"), self.standing.unclear),
            (_("transfers that no statement shows yet"), self.standing.on_its_way),
            (_("refunds that wait"), self.standing.promised),
            (_("the reserve"), self.standing.reserve),
        )
        return [(words_, minor) for words_, minor in parts if minor]


class PlanForm(forms.Form):
    """When an account is paid out."""

    rhythm = forms.ChoiceField(label=gettext_lazy("Paid out"), choices=RhythmChoice.choices)
    day = forms.IntegerField(
        label=gettext_lazy("On day"),
        min_value=1,
        max_value=31,
        help_text=gettext_lazy("Weekly: 1 is Monday, 7 is Sunday. Monthly: the day of the month, or its last one."),
    )
    minimum = forms.CharField(
        label=gettext_lazy("At least"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"})
    )
    reserve = forms.CharField(
        label=gettext_lazy("Stays on the account"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"})
    )
    is_approved = forms.BooleanField(
        label=gettext_lazy("Approved in advance"),
        required=False,
        help_text=gettext_lazy("Up to the limit for two people; above it somebody approves each payout."),
    )

    def said(self, currency: str) -> PayoutPlan:
        """What was typed, as the flow wants it.

        Raises:
            Refused: a figure is no amount.
        """
        given = self.cleaned_data
        amounts = {}
        for name in ("minimum", "reserve"):
            minor = typed.minor(given[name], currency)
            if minor is None:
                raise Refused(f"“{given[name]}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
            amounts[f"{name}_minor"] = minor
        return PayoutPlan(rhythm=given["rhythm"], day=given["day"], is_approved=given["is_approved"], **amounts)


@signed_in
def payouts(request: OfficeRequest) -> HttpResponseBase:
    """Every pooled account with its balance and plan, where payouts go, and those there were."""
    merchant, today = request.merchant, timezone.localdate()
    found = [_pooled(account) for account in _accounts(merchant.pk)]
    currencies = sorted({one.account.currency for one in found})
    made = Payout.objects.filter(merchant=merchant).select_related("order").order_by("-created_at", "-id")
    paid_out = listed(request, made, _wants(merchant.pk))
    context = paid_out.context | {
        "pooled": found,
        "targets": [
            (each, active_account(merchant.pk, each), wanted_account(merchant.pk, each)) for each in currencies
        ],
        "check": BooksCheck.objects.filter(merchant=merchant, on=today).first(),
        "deadline": deadline(merchant),
        "runs": operator() not in {None, merchant},
        "mandate": mandate_from(merchant.pk),
    }
    return paid_out.file or render(request, "office/payouts.html", context)


def _wants(merchant_id: int) -> Wants[Payout]:
    return Wants(
        _("payouts"),
        [
            (_("For"), lambda row: row.period),
            (_("State"), lambda row: str(row.order.get_state_display())),
            (_("Made"), lambda row: timezone.localdate(row.created_at)),
            (_("Amount"), lambda row: Amount(row.amount_minor, row.currency)),
            (_("Currency"), lambda row: row.currency),
        ],
        [
            Narrowing(
                "state", _("in any state"), [(one.value, str(one.label), Q(order__state=one)) for one in OrderState]
            )
        ],
        day="created_at__date",
        found=partial(_in_period, merchant_id),
    )


def _in_period(merchant_id: int, text: str) -> Q:
    names = Payout.objects.filter(merchant=merchant_id).values_list("period", flat=True).distinct()
    return Q(period__in=shown.periods_called(text, names, get_language() or "en"))


@signed_in
def plan(request: OfficeRequest, pooled_id: int) -> HttpResponseBase:
    """Say when an account is paid out."""
    account = _account(request, pooled_id)
    known = PayoutPlan.objects.filter(merchant=request.merchant, account=account).first() or PayoutPlan()
    language = get_language() or "en"
    initial = {
        "rhythm": known.rhythm,
        "day": known.day,
        "minimum": shown.typed_money(known.minimum_minor, account.currency, language),
        "reserve": shown.typed_money(known.reserve_minor, account.currency, language),
        "is_approved": known.is_approved,
    }
    form = PlanForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            set_plan(account, form.said(account.currency), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The plan is changed."))
            return redirect("office:payouts")
    context = {"form": form, "account": account}
    return render(request, "office/payout_plan.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def now(request: OfficeRequest, pooled_id: int) -> HttpResponseBase:
    """Pay an account out without waiting for its day."""
    account = _account(request, pooled_id)
    known = PayoutPlan.objects.filter(merchant=request.merchant, account=account).select_related("account").first()
    if known is None:
        refused(request, "Say first when this account is paid out.")
        return redirect("office:payouts")
    known.account.merchant = request.merchant
    try:
        made = pay_out(known, timezone.localdate(), by=request.user, at=timezone.now(), is_by_hand=True)
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:payouts")
    if made is None:
        refused(request, "There is less than the minimum to be paid out.")
        return redirect("office:payouts")
    return redirect("office:payout", made.pk)


@signed_in
def payout(request: OfficeRequest, payout_id: int) -> HttpResponseBase:
    """One payout: its statement, and what became of its transfer."""
    row = _payout(request, payout_id)
    lines = row.lines.select_related("transaction").order_by("posting")
    steps = steps_of(row.merchant_id, "payout", row.pk)
    context = {
        "payout": row,
        "sums": statement_sums(row),
        "lines": lines[:LINES],
        "more": max(0, lines.count() - LINES),
        "steps": [(step, words.step("payout", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/payout.html", context)


@signed_in
def payout_csv(request: OfficeRequest, payout_id: int) -> HttpResponseBase:
    """Every line of the statement for a spreadsheet."""
    return statement_csv(_payout(request, payout_id))


@signed_in
def payout_pdf(request: OfficeRequest, payout_id: int) -> HttpResponseBase:
    """The statement as PDF."""
    row = _payout(request, payout_id)
    named = {"Content-Disposition": f'attachment; filename="{_("payout")}-{row.period}.pdf"'}
    return HttpResponse(statement_pdf(row), content_type="application/pdf", headers=named)


def _pooled(account: BankAccount) -> Pooled:
    known = PayoutPlan.objects.filter(merchant_id=account.merchant_id, account=account).first()
    return Pooled(account, known, standing_now(account, known))


def _accounts(merchant_id: int) -> list[BankAccount]:
    rows = BankAccount.objects.filter(merchant_id=merchant_id, kind=AccountKind.POOLED)
    return list(rows.order_by("name", "currency", "pk"))


def _account(request: OfficeRequest, pooled_id: int) -> BankAccount:
    row = next((each for each in _accounts(request.merchant.pk) if each.pk == pooled_id), None)
    if row is None:
        raise Http404
    return row


def _payout(request: OfficeRequest, payout_id: int) -> Payout:
    rows = Payout.objects.select_related("order", "account", "merchant").filter(merchant=request.merchant)
    row = rows.filter(pk=payout_id).first()
    if row is None:
        raise Http404
    return row
