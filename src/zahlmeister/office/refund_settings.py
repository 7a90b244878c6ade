"""How the merchant wants refunds: how long they wait, what buyers are told, and the way they leave."""

from django import forms
from django.forms.models import model_to_dict
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.flows.refund_settings import save_settings
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.settings import changed_here
from zahlmeister.plans.usage import plan_of
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.rules import LONGEST_WAIT, Rhythm
from zahlmeister.refunds.states import Way
from zahlmeister.refusals import Refused


class RefundSettingsForm(forms.Form):
    """All that can be said about refunds."""

    waiting_days = forms.IntegerField(
        label=gettext_lazy("Days until a refund leaves"), min_value=0, max_value=LONGEST_WAIT
    )
    in_banking_days = forms.BooleanField(label=gettext_lazy("Count banking days only"), required=False)
    announces = forms.BooleanField(label=gettext_lazy("Tell buyers of a coming refund"), required=False)
    tells_sent = forms.BooleanField(label=gettext_lazy("Tell buyers when it was sent"), required=False)
    asks_missing = forms.BooleanField(
        label=gettext_lazy("Ask buyers for bank details that are missing"), required=False
    )
    asks_again = forms.BooleanField(label=gettext_lazy("Ask again when a refund came back"), required=False)
    from_shop = forms.BooleanField(label=gettext_lazy("Refund what the shop credits"), required=False)
    only_paid = forms.BooleanField(label=gettext_lazy("From the shop at most what was paid"), required=False)
    way = forms.ChoiceField(label=gettext_lazy("From your own account"), choices=Way.choices)
    rhythm = forms.ChoiceField(
        label=gettext_lazy("The operator collects"),
        choices=(
            (Rhythm.WEEKLY.value, gettext_lazy("once a week")),
            (Rhythm.TWICE.value, gettext_lazy("twice a week")),
            (Rhythm.EACH.value, gettext_lazy("each refund by itself")),
        ),
    )


@signed_in
def settings(request: OfficeRequest) -> HttpResponseBase:
    """Show the settings; a POST of an owner changes them."""
    row = settings_of(request.merchant.pk)
    form = RefundSettingsForm(request.POST or None, initial=model_to_dict(row), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            save_settings(request.merchant, form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The settings are changed."))
            return redirect("office:refund-settings")
    context = {"form": form, "fee": _fee(request.merchant.pk), **changed_here(request, "refunds")}
    return render(request, "office/refund_settings.html", context, status=422 if form.errors else 200)


def _fee(merchant_id: int) -> dict[str, int | str] | None:
    """What direct debits cost beyond one a week; None when they cost nothing."""
    plan = plan_of(merchant_id, timezone.localdate().replace(day=1))
    if plan is None or not (plan.debit_twice_minor or plan.debit_each_minor):
        return None
    return {"twice": plan.debit_twice_minor, "each": plan.debit_each_minor, "currency": plan.currency}
