"""Rules by which money is for no order: written by a person, shown on what waits before they count."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from zahlmeister.flows import ignore_rules as flow
from zahlmeister.flows.ignore_rules import Touched, Wanted
from zahlmeister.money.amount import Amount
from zahlmeister.office import typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused


class RuleForm(forms.Form):
    """One rule: about a text, a payer or an amount."""

    text = forms.CharField(
        label=gettext_lazy("Words in the text"),
        max_length=220,
        required=False,
        help_text=gettext_lazy(
            "All of them stand in it, in any order. Or a pattern for the whole text: {regex}.*invoice 9[0-9]+.*"
        ),
        widget=forms.TextInput({"spellcheck": "false", "autocomplete": "off"}),
    )
    payer = forms.CharField(
        label=gettext_lazy("or the payer"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("An IBAN, or the name as the bank writes it."),
    )
    above = forms.CharField(
        label=gettext_lazy("or more than"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("An amount that no order of yours reaches."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    is_told = forms.BooleanField(label=gettext_lazy("Tell me of what it ignores"), required=False)

    def wanted(self, currency: str) -> Wanted:
        """What was typed, as the flow wants it.

        Raises:
            Refused: nothing was typed, more than one thing, or no amount.
        """
        given = self.cleaned_data
        if sum(bool(given[name]) for name in ("text", "payer", "above")) != 1:
            raise Refused("Fill one of the three: the text, the payer or the amount.")
        above = None
        if given["above"]:
            minor = typed.minor(given["above"], currency)
            if minor is None:
                raise Refused(f"“{given['above']}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
            above = Amount(minor, currency)
        return Wanted(given["text"], given["payer"], above, given["is_told"])


@signed_in
def new_rule(request: OfficeRequest) -> HttpResponseBase:
    """Write a rule. A POST shows which waiting payments it touches, or makes it."""
    form = RuleForm(request.POST or None, label_suffix="")
    touched: Touched | None = None
    if request.method == "POST" and form.is_valid():
        try:
            wanted = form.wanted(request.merchant.currency)
            if request.POST.get("do") == "keep":
                return _kept(request, wanted)
            touched = flow.preview(request.merchant, wanted)
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
    status = 422 if form.errors else 200
    return render(request, "office/ignore_rule_new.html", {"form": form, "touched": touched}, status=status)


@signed_in
@require_POST
def providers(request: OfficeRequest) -> HttpResponseBase:
    """Payouts of known payment providers are ignored by themselves, or not."""
    is_on = request.POST.get("is_on") == "1"
    flow.ignore_providers(request.merchant, is_on=is_on, by=request.user.email, at=timezone.now())
    told(request, _("Saved. It holds for payments that come from now on."))
    return redirect("office:learned")


def _kept(request: OfficeRequest, wanted: Wanted) -> HttpResponseBase:
    ignored = flow.make_rule(request.merchant, wanted, by=request.user.email, at=timezone.now())
    sentence = ngettext(
        "The rule is made; %(count)s waiting payment is ignored by it.",
        "The rule is made; %(count)s waiting payments are ignored by it.",
        ignored,
    )
    told(request, sentence % {"count": ignored})
    return redirect("office:learned")
