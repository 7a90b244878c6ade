"""One's own access: address, password, and where one is signed in."""

from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.flows.people.own_access import ask_address, note_session_ended, set_password
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.adapters import AccountAdapter, may_be_mailed
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.programs.devices import device
from zahlmeister.refusals import Refused


class AddressForm(forms.Form):
    """The address to sign in with."""

    email = forms.EmailField(label=gettext_lazy("New e-mail address"))


class PasswordForm(forms.Form):
    """Another password."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least ten characters, none of the usual ones."),
    )


class OtherPasswordForm(PasswordForm):
    """Another password, by who knows the one of now."""

    field_order = ("current", "password")
    current = forms.CharField(
        label=gettext_lazy("Password of now"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@signed_in
def me(request: OfficeRequest) -> HttpResponseBase:
    """All of one's own access."""
    return _page(request)


@signed_in
@require_POST
def address(request: OfficeRequest) -> HttpResponseBase:
    """Ask for another address; the old one is asked first."""
    form = AddressForm(request.POST, label_suffix="")
    if form.is_valid() and not may_be_mailed(request, "address", str(request.user.pk)):
        form.add_error("email", _("Too many mails were asked for. Wait an hour, and look whether one has come."))
    elif form.is_valid():
        try:
            ask_address(request.user, form.cleaned_data["email"], at=timezone.now())
        except Refused as refusal:
            form.add_error("email", in_words(refusal))
        else:
            sentence = _("A mail to %(email)s asks whether that is right. Nothing changes before.")
            told(request, sentence % {"email": request.user.email})
            return redirect("office:me")
    return _page(request, address=form)


@signed_in
@require_POST
def password(request: OfficeRequest) -> HttpResponseBase:
    """Another password; this session goes on, every other one ends.

    Whoever guesses the one of now is counted as at the sign-in page, and stopped there.
    """
    form = OtherPasswordForm(request.POST, label_suffix="")
    if form.is_valid() and not AccountAdapter(request).reauthenticate(request.user, form.cleaned_data["current"]):
        form.add_error("current", _("This is not the password of now."))
    elif form.is_valid():
        try:
            set_password(request.user, form.cleaned_data["password"], at=timezone.now())
        except Refused as refusal:
            form.add_error("password", in_words(refusal))
        else:
            update_session_auth_hash(request, request.user)
            told(request, _("The password is changed; you are signed out everywhere else."))
            return redirect("office:me")
    return _page(request, password=form)


@signed_in
@require_POST
def end_session(request: OfficeRequest, session_id: int) -> HttpResponseBase:
    """Sign out elsewhere."""
    row = UserSession.objects.filter(user=request.user, pk=session_id).first()
    if row is None:
        raise Http404
    row.end()
    note_session_ended(request.user, at=timezone.now())
    told(request, _("Signed out there."))
    return redirect("office:me")


@signed_in
@require_POST
def end_others(request: OfficeRequest) -> HttpResponseBase:
    """Sign out everywhere else."""
    for row in UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key):
        row.end()
    note_session_ended(request.user, at=timezone.now())
    told(request, _("You are signed out everywhere else."))
    return redirect("office:me")


def _page(request: OfficeRequest, **forms_: forms.Form) -> HttpResponseBase:
    sessions = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    context: dict[str, Any] = {
        "address": forms_.get("address", AddressForm(label_suffix="")),
        "password": forms_.get("password", OtherPasswordForm(label_suffix="")),
        "sessions": [
            (row, device(row.user_agent) or _("unknown device"), row.session_key == here)
            for row in sorted(sessions, key=lambda row: row.last_seen_at, reverse=True)
        ],
    }
    return render(request, "office/me.html", context, status=422 if forms_ else 200)
