"""One merchant as the operator sees it: balances by book, the plan and its costs, and each day of pooled accounts."""

from datetime import date

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows import oversee_merchant as flow
from zahlmeister.flows.agree_plan import agree_plan
from zahlmeister.flows.agree_texts import agreements_of, not_agreed
from zahlmeister.flows.people.lost_factor import has_factor
from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import customers
from zahlmeister.money.amount import Amount
from zahlmeister.office import shown, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.plan import credit_words, lines_of
from zahlmeister.office.plots import Plot, columns
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

KINDS = {
    "bank": gettext_lazy("Banks"),
    "shop": gettext_lazy("Shops"),
}


class PlanForm(forms.Form):
    """Which plan, from which month on."""

    plan = forms.ChoiceField(label=gettext_lazy("Plan"))
    since = forms.CharField(
        label=gettext_lazy("From the month"), max_length=7, widget=forms.TextInput({"placeholder": "2026-12"})
    )

    def clean_since(self) -> date:
        """The first day of the month."""
        month = typed.month(self.cleaned_data["since"].strip())
        if month is None:
            raise forms.ValidationError(_("Write a month as 2026-12."))
        return month


@signed_in
def merchant(request: OfficeRequest, merchant_id: int) -> HttpResponseBase:
    """Show a merchant to who works for the operator. A POST agrees a plan."""
    one = _found(request, merchant_id)
    today = timezone.localdate()
    agreed, names, usage = flow.agreed(one, today.replace(day=1))
    form = PlanForm(request.POST or None, label_suffix="")
    form.fields["plan"] = forms.ChoiceField(label=_("Plan"), choices=[(name, name) for name in names])
    if request.method == "POST" and form.is_valid():
        try:
            agree_plan(
                one, form.cleaned_data["plan"], form.cleaned_data["since"], by=request.user.email, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The plan is agreed."))
            return redirect("office:operator-merchant", one.pk)
    invoices, late = flow.invoiced(one)
    context = {
        "one": one,
        "balances": _balances(one),
        "agreed": agreed,
        "texts": agreements_of(one),
        "owed": not_agreed(one),
        "usage": usage,
        "lines": lines_of(usage) if usage else [],
        "invoices": invoices,
        "credit": credit_words(late),
        "form": form if names else None,
        "people": [(each, has_factor(each.person)) for each in flow.people_of(one)],
        "accounts": [(account, flow.days_of(account, today)) for account in flow.pooled_of(one)],
    }
    return render(request, "office/operator_merchant.html", context, status=422 if form.errors else 200)


def _balances(one: Merchant) -> list[tuple[Book, str, Amount]]:
    """Every book with money in it, and which bank account it is about."""
    accounts = {row.pk: row.number for row in BankAccount.objects.filter(merchant=one)}
    rows = ((book, accounts.get(about, ""), amount) for book, about, amount in balances(one.pk))
    return [row for row in rows if row[2].minor]


def failures_plot(found: list[flow.Failure]) -> Plot:
    """How many connections failed on each of the last days."""
    language = words.language()
    days = flow.by_day(found, timezone.now())
    counts = {day: sum(kinds.values()) for day, kinds in days.items()}
    all_ = sum(flow.connections().values())
    return columns(
        _("Connections that failed, per day"),
        _("%(count)s today, of %(all)s connections.") % {"count": list(counts.values())[-1], "all": all_},
        [(day, counts[day]) for day in days],
        [_("Day"), *(str(word) for word in KINDS.values()), _("Share of all")],
        [
            [
                shown.short_day(day, language),
                *(shown.number_text(kinds[kind], language) for kind in KINDS),
                shown.share_text(1000 * counts[day] // all_, language) if all_ else "–",
            ]
            for day, kinds in reversed(days.items())
        ],
    )


def _found(request: OfficeRequest, merchant_id: int) -> Merchant:
    if not request.merchant.is_operator:
        raise Http404
    found = next((one for one in customers() if one.pk == merchant_id), None)
    if found is None:
        raise Http404
    return found
