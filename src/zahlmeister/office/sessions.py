"""Sign in and out."""

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


class SignIn(LoginView):
    """The only page somebody unknown can see."""

    form_class = SignInForm
    template_name = "office/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Ends the session; a plain POST."""
