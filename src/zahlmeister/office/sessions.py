"""Sign in and out, and say for which merchant one works."""

from typing import Any, cast

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import EmailInput
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from zahlmeister.flows.people.register import is_open
from zahlmeister.merchants.models import Person
from zahlmeister.office.access import CHOSEN, OfficeRequest, signed_in
from zahlmeister.office.doors_log import went_out, wrong_password


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
                wrong_password(self.request, email)
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class SignIn(LoginView):
    """The only page somebody unknown can see."""

    form_class = SignInForm
    template_name = "office/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password is right; somebody with a second factor is asked for it before they are in."""
        person = form.get_user()
        return let_in(self.request, person, self.get_success_url())

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more, is_open=is_open())


def let_in(request: HttpRequest, person: Person, leads_to: str | None = None) -> HttpResponse:
    """Sign in somebody who has shown the password; their second factor is asked for where they have one."""
    login = Login(user=person, redirect_url=leads_to)
    return cast("HttpResponse", perform_password_login(request, {"email": person.email}, login))


class SignOut(LogoutView):
    """Ends the session; a plain POST. The browser forgets what it kept of this house."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            went_out(request, request.user)
        answer = super().post(request, *args, **kwargs)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # the language's cookie may stay
        return answer


@signed_in
@require_POST
def work_for(request: OfficeRequest) -> HttpResponseBase:
    """Work for another of the merchants that this person works for, until they choose again or sign out."""
    chosen = request.POST.get("merchant", "")
    if chosen not in {str(each.pk) for each in request.merchants}:
        raise Http404
    request.session[CHOSEN] = int(chosen)
    return redirect("office:today")
