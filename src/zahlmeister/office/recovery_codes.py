"""Recovery codes: shown once, when they are made, and taken where a code of the app is."""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from zahlmeister.flows.people.recovery_codes import codes_left, make_codes, use_code
from zahlmeister.merchants.models import Person


@login_required
@never_cache
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator] # the library has no types
def recovery_codes(request: HttpRequest) -> HttpResponseBase:
    """Ask whether new codes are wanted, make them, and show them this once."""
    person = cast("Person", request.user)
    if not is_mfa_enabled(person):
        return redirect("mfa_index")
    if request.method == "POST":
        return render(request, "mfa/recovery_codes/index.html", {"codes": make_codes(person)})
    return render(request, "mfa/recovery_codes/generate.html", {"left": codes_left(person)})


class _TakesRecoveryCodes:
    """A form for the code of an app that takes a recovery code, too."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """The code, if it is one of now or of the list."""
        forgive = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        if (used := use_code(self.user, code)) is None:
            return str(super().clean_code())  # type: ignore[misc] # the library's form stands behind
        forgive()
        used.user = self.user
        self.authenticator = used
        return code


class CodeForm(_TakesRecoveryCodes, AuthenticateForm):  # type: ignore[misc] # the library has no types
    """The second step of signing in."""


class CodeAgainForm(_TakesRecoveryCodes, ReauthenticateForm):  # type: ignore[misc] # likewise
    """Who is signed in shows again who it is."""


class _ThenCodes:
    """A first factor leads on to codes for the day on which it is lost."""

    request: HttpRequest

    def get_success_url(self) -> str:
        """The page of codes for whoever has none."""
        return reverse("mfa_index" if codes_left(cast("Person", self.request.user)) else "mfa_generate_recovery_codes")


class AddApp(_ThenCodes, ActivateTOTPView):  # type: ignore[misc] # likewise
    """Switches an app on."""


class AddKey(_ThenCodes, AddWebAuthnView):  # type: ignore[misc] # likewise
    """Adds a passkey."""
