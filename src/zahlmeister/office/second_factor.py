"""The second step of signing in: a code, a recovery code, or a passkey."""

from typing import Any

from allauth.mfa.base.views import AuthenticateView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from zahlmeister.office.adapters import count_wrong_code, is_locked


@method_decorator(never_cache, name="dispatch")
class Authenticate(AuthenticateView):  # type: ignore[misc] # the library has no types
    """Asks for the second factor; guessing ends where guessing passwords does."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._locked(request) or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._locked(request) or super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        count_wrong_code(self.request, self.stage.login.user)
        return self._locked(self.request) or super().form_invalid(form)

    def _locked(self, request: HttpRequest) -> HttpResponse | None:
        if not is_locked(request, self.stage.login.user):
            return None
        return render(request, "office/locked_out.html", status=429)
