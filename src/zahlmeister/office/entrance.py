"""Pages for people who are not signed in: to ask for a link by mail, and to use it. Looking at one changes nothing."""

from collections.abc import Callable
from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.flows.agree_texts import in_force
from zahlmeister.flows.people.ask_key import ask_key
from zahlmeister.flows.people.invite import accept_as, accept_new, invitation_behind
from zahlmeister.flows.people.own_access import (
    change_behind,
    confirm_address,
    person_behind,
    set_password,
)
from zahlmeister.flows.people.register import CURRENCY, Business, address_behind, is_open
from zahlmeister.flows.people.register import register as make_account
from zahlmeister.merchants.models import KeyKind, Person
from zahlmeister.office.access import CHOSEN
from zahlmeister.office.adapters import may_ask_for_mail, may_be_mailed
from zahlmeister.office.agreements import agree_fields
from zahlmeister.office.banks import COUNTRIES
from zahlmeister.office.feedback import told
from zahlmeister.office.me import PasswordForm
from zahlmeister.office.sentences import in_words
from zahlmeister.office.sessions import let_in
from zahlmeister.refusals import Refused


class NewPersonForm(PasswordForm):
    """Who somebody is."""

    field_order = ["name", "password"]
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120)


class BusinessForm(NewPersonForm):
    """A business and who opens its account."""

    field_order = ["business", "country", "name", "password"]
    business = forms.CharField(
        label=gettext_lazy("Name of the business"),
        max_length=120,
        widget=forms.TextInput({"autofocus": True, "autocomplete": "organization"}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=[one for one in COUNTRIES if one[0] in CURRENCY])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._ticks = agree_fields(in_force())
        self.fields |= {name: field for name, (_version, field) in self._ticks.items()}

    def business_given(self) -> Business:
        given = self.cleaned_data
        agrees = frozenset(version for version, _field in self._ticks.values())  # each is required
        return Business(given["business"], given["country"], given["name"], given["password"], agrees)


class AskForm(forms.Form):
    """Where a link is to go."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput({"autofocus": True, "autocomplete": "email"}),
    )


def invited(request: HttpRequest, token: str) -> HttpResponseBase:
    """Accept an invitation: as who one is already, or by choosing a name and a password."""
    found = invitation_behind(token, at=timezone.now())
    if found is None:
        return _over(request, _("This invitation is over. Ask whoever invited you for another one."))
    context: dict[str, Any] = {"invitation": found, "role": found.get_role_display()}
    if request.user.is_authenticated:
        if request.method == "POST":
            return _accepted(request, lambda: accept_as(found, cast("Person", request.user), at=timezone.now()), found)
        return _alone(request, "invited.html", context)
    if Person.objects.filter(email=found.email).exists():
        return _alone(request, "invited.html", {**context, "is_known": True})
    form = NewPersonForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person = accept_new(found, given["name"], given["password"], at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return let_in(request, person)
    return _alone(request, "invited.html", {**context, "form": form}, status=422 if form.errors else 200)


def forgotten(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link to choose another password; nobody learns whether the address is known."""
    return _ask(request, KeyKind.PASSWORD, "forgotten.html")


def register(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link to open an account for a business; whether the address is known already, only its mail says."""
    if not is_open():
        return _over(request, _("Nobody can register here. Ask whoever runs this installation to take you in."))
    if request.user.is_authenticated:
        return redirect("office:today")
    return _ask(request, KeyKind.REGISTRATION, "register.html")


def registered(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open the account that a link was sent for, and be in."""
    email = address_behind(token)
    if email is None:
        return _over(request, _("This link is used up or too old. Ask for another one."))
    form = BusinessForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            person = make_account(token, form.business_given(), at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return let_in(request, person)
    return _alone(request, "registered.html", {"form": form, "email": email}, status=422 if form.errors else 200)


def new_password(request: HttpRequest, person_id: int, token: str) -> HttpResponseBase:
    """Choose another password by the link of a mail, and sign in with it afterwards."""
    person = person_behind(person_id, token)
    if person is None:
        return _over(request, _("This link is used up or too old. Ask for another one."))
    form = PasswordForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            set_password(person, form.cleaned_data["password"], at=timezone.now())
        except Refused as refusal:
            form.add_error("password", in_words(refusal))
        else:
            AxesProxyHandler.reset_attempts(username=person.email)
            told(request, _("The password is changed. Sign in with it."))
            return redirect("office:sign-in")
    return _alone(request, "new_password.html", {"form": form}, status=422 if form.errors else 200)


def new_address(request: HttpRequest, token: str) -> HttpResponseBase:
    """Confirm a change of address: first from the old one, then from the new one."""
    found = change_behind(token)
    if found is None:
        return _over(request, _("This link is used up or too old. Ask for the change again."))
    person, email, end = found
    context = {"before": person.email, "after": email, "end": end}
    if request.method != "POST":
        return _alone(request, "new_address.html", context)
    try:
        is_changed = confirm_address(token, at=timezone.now())
    except Refused as refusal:
        return _over(request, in_words(refusal))
    return _alone(request, "new_address.html", {**context, "is_agreed": not is_changed, "is_changed": is_changed})


def _ask(request: HttpRequest, kind: KeyKind, page: str) -> HttpResponseBase:
    form = AskForm(request.POST or None, label_suffix="")
    if request.method != "POST" or not form.is_valid():
        return _alone(request, page, {"form": form}, status=422 if form.errors else 200)
    email = form.cleaned_data["email"]
    if not may_ask_for_mail(request):
        form.add_error(None, _("Too many mails were asked for. Wait an hour, and look whether one has come."))
        return _alone(request, page, {"form": form}, status=429)
    if may_be_mailed(request, kind, email):  # else somebody asked for so many that one has come; nobody is told so
        ask_key(kind, email, language=get_language() or "", at=timezone.now())
    return _alone(request, page, {"is_sent": True, "email": email})


def _accepted(request: HttpRequest, act: Callable[[], object], found: Any) -> HttpResponseBase:
    try:
        act()
    except Refused as refusal:
        return _over(request, in_words(refusal))
    request.session[CHOSEN] = found.merchant_id
    return redirect("office:today")


def _over(request: HttpRequest, sentence: str) -> HttpResponse:
    return _alone(request, "link_over.html", {"sentence": sentence}, status=404)


def _alone(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, f"office/{page}", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # none elsewhere; with none at all a browser's POST has no origin
    return response
