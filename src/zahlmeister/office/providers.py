"""Payment providers: connecting one, its keys and the address it calls, and what it has paid out."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.connectors.providers.contract import Method, System
from zahlmeister.connectors.providers.systems import SYSTEMS
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.flows.connect_provider import ProviderWanted, save_provider, try_provider
from zahlmeister.flows.take_provider_payout import give_back_payout, take_payout
from zahlmeister.history.queries import steps_of
from zahlmeister.intents import queries
from zahlmeister.intents.connections import webhook_url
from zahlmeister.intents.models import ProviderConnection, ProviderPayout
from zahlmeister.office import provider_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refusal, Refused

MOST = 20


@dataclass(frozen=True, slots=True)
class Announced:
    """A payout, and the payments that it may be."""

    payout: ProviderPayout
    may_be: list[Payment]


class ProviderForm(forms.Form):
    """The keys of one provider, and what buyers can pay with there."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=80)

    def __init__(self, system: System, data: QueryDict | None, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.system = system
        for key in system.keys:
            widget = forms.PasswordInput(render_value=False) if key.is_secret else forms.TextInput()
            label, hint = provider_words.key_label(key), provider_words.key_hint(key)
            self.fields[key.name] = forms.CharField(
                label=label, help_text=hint, max_length=400, required=False, widget=widget
            )
        for method in Method:
            if method in system.methods:
                self.fields[method.value] = forms.BooleanField(
                    label=provider_words.offered(method), required=False, initial=True
                )
        if system.test_address:
            self.fields["is_test"] = forms.BooleanField(label=_("for trying out, without real money"), required=False)
        if private_is_allowed():
            self.fields["address"] = forms.CharField(
                label=_("Another address"), max_length=200, required=False, help_text=_("Only for a stand-in.")
            )
        self.fields["is_on"] = forms.BooleanField(label=_("buyers can pay with it"), required=False, initial=True)

    def wanted(self) -> ProviderWanted:
        """The provider as it was typed in."""
        said = self.cleaned_data
        test = self.system.test_address if said.get("is_test") else ""
        return ProviderWanted(
            name=said["name"],
            methods=[method for method in Method if said.get(method.value)],
            keys={key.name: said[key.name].strip() for key in self.system.keys},
            address=said.get("address") or test,
            is_on=said["is_on"],
        )


@signed_in
def providers(request: OfficeRequest) -> HttpResponseBase:
    """The providers, those that can be connected, and what was paid out."""
    merchant_id = request.merchant.pk
    return render(
        request,
        "office/providers.html",
        {
            "connections": [
                (row, [provider_words.method(name) for name in row.methods]) for row in queries.connections(merchant_id)
            ],
            "systems": [
                (system, [provider_words.method(method) for method in Method if method in system.methods])
                for system in SYSTEMS.values()
            ],
            "payouts": [_announced(payout) for payout in queries.payouts(merchant_id)[:MOST]],
            "has_payments": queries.intents(merchant_id).exists(),
        },
    )


@signed_in
def new(request: OfficeRequest, system: str) -> HttpResponseBase:
    """Connect a provider; a POST keeps it and tries it."""
    if system not in SYSTEMS:
        raise Http404
    form = ProviderForm(SYSTEMS[system], request.POST or None, initial={"name": SYSTEMS[system].title})
    if request.method == "POST" and form.is_valid():
        saved = _saved(request, system, form)
        if saved is not None:
            return redirect("office:provider", saved.pk)
    return _shown(request, form, None)


@signed_in
def provider(request: OfficeRequest, provider_id: int) -> HttpResponseBase:
    """One provider: its keys, the address it calls, and whether it answers; a POST changes it."""
    row = queries.connections(request.merchant.pk).filter(pk=provider_id).first()
    if row is None:
        raise Http404
    system = SYSTEMS[row.system]
    is_test = bool(row.address) and row.address == system.test_address
    initial = {
        **row.settings,
        **{method.value: method.value in row.methods for method in Method},
        "name": row.name,
        "is_on": row.is_on,
        "is_test": is_test,
        "address": "" if is_test else row.address,
    }
    form = ProviderForm(system, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, row.pk, form) is not None:
        return redirect("office:provider", row.pk)
    return _shown(request, form, row)


@signed_in
@require_POST
def payout_payment(request: OfficeRequest, provider_payout_id: int) -> HttpResponseBase:
    """The payment of the field `payment` is this payout; without one the payout is looked for again."""
    if not queries.payouts(request.merchant.pk).filter(pk=provider_payout_id).exists():
        raise Http404
    number, by, at = request.POST.get("payment", ""), request.user.email, timezone.now()
    try:
        if number.isdecimal() and len(number) < 19:
            take_payout(request.merchant, provider_payout_id, int(number), by=by, at=at)
        else:
            give_back_payout(request.merchant, provider_payout_id, by=by, at=at)
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:providers")


def _saved(request: OfficeRequest, of: str | int, form: ProviderForm) -> ProviderConnection | None:
    """Keep it and try it. None when it cannot be kept; the form says why then."""
    at = timezone.now()
    try:
        row = save_provider(request.merchant, of, form.wanted(), by=request.user, at=at)
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return None
    try:
        said = try_provider(row, at=at)
    except Refusal as refusal:
        refused(request, refusal)
    else:
        told(request, _("%(provider)s answers: %(said)s.") % {"provider": row.name, "said": said})
    return row


def _shown(request: OfficeRequest, form: ProviderForm, row: ProviderConnection | None) -> HttpResponseBase:
    context = {
        "form": form,
        "system": form.system,
        "provider": row,
        "webhook": webhook_url(row) if row else "",
        "calls": provider_words.calls(form.system.code),
        "steps": [
            (step, words.step("provider", step.verb), words.actor(step.actor))
            for step in (steps_of(row.merchant_id, "provider", row.pk) if row else ())
        ],
    }
    return render(request, "office/provider.html", context, status=422 if form.errors else 200)


def _announced(payout: ProviderPayout) -> Announced:
    if payout.payment_id is not None:
        return Announced(payout, [])
    waiting = Payment.objects.filter(
        merchant_id=payout.merchant_id,
        state__in=(*NEEDS_A_PERSON, PaymentState.IGNORED),
        amount_minor=payout.amount_minor,
        open_minor=payout.amount_minor,
        currency=payout.currency,
        provider_payout=None,
    )
    return Announced(payout, list(waiting.select_related("transaction").order_by("-booked_on")[:5]))
