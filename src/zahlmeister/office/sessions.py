"""Sign in and out."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import EmailInput
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """E-mail address and password."""

    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together. Try again."),
        "inactive": _("This access has been closed. Ask the owner of the account."),
    }
    username = UsernameField(widget=EmailInput(attrs={"autofocus": True, "autocomplete": "username"}))

    def clean(self) -> dict[str, Any]:
        """Authenticate by e-mail address, under that name: the throttle counts wrong passwords by it."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = authenticate(self.request, email=email.lower(), password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class SignIn(LoginView):
    """The only page somebody unknown can see."""

    form_class = SignInForm
    template_name = "office/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Ends the session; a plain POST."""
