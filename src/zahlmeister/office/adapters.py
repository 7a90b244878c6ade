"""What the library for second factors, sessions and asking again is told about this house."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zahlmeister.flows.rotate_key import FACTOR
from zahlmeister.merchants.models import Person
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.office.doors_log import came_in, wrong_code, wrong_password
from zahlmeister.programs.limits import counted_as


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # the library has no types
    """Sign-in as this house does it: by mail address, throttled by django-axes."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address, as the server that serves us knows it; a line that has many of IPv6 is one caller."""
        return counted_as(request)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Let somebody in who has shown everything that is asked for."""
        super().login(request, user)
        came_in(request, cast("Person", user))

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Whether this is the password of who is signed in; wrong ones count as at the sign-in page."""
        from allauth.core import context

        found = authenticate(context.request, email=user.get_username(), password=password)
        is_right = found is not None and found.pk == user.pk
        if not is_right:
            wrong_password(context.request, user.get_username())
        return is_right

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *more: Any, **named: Any
    ) -> None:
        """Say what happened, but not that somebody has signed in or out: they see that."""
        if "logged_" not in (message_template or ""):
            super().add_message(request, level, message_template, *more, **named)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The library's own page for it is not used."""
        del request
        return False


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # the library has no types
    """Second factors: their secrets are sealed like every other."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code does not fit; enter the one that the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        """A secret as it is kept."""
        return seal({"secret": text}, FACTOR).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A kept secret as it is used."""
        return opened(encrypted_text.encode(), FACTOR)["secret"]


def may_ask_for_mail(request: HttpRequest) -> bool:
    """Whether another mail with a link may be asked for from where the request comes from: some an hour."""
    return bool(ratelimit.consume(request, action="key_mail"))


def may_be_mailed(request: HttpRequest, purpose: str, whom: str) -> bool:
    """Whether somebody may be sent another mail for this purpose: a few an hour, and for each purpose by itself.

    Counted alike for addresses that are known and that are not.
    """
    return bool(ratelimit.consume(request, action="key_mail_to", key=f"{purpose}:{whom.strip().lower()}"))


def is_locked(request: HttpRequest, person: Person) -> bool:
    """Whether wrong passwords or codes of this person came too often from where the request comes from."""
    return not AxesProxyHandler.is_allowed(request, {"email": person.email})


def count_wrong_code(request: HttpRequest, person: Person) -> None:
    """A wrong code counts as a wrong password."""
    wrong_code(request, person)
    AxesProxyHandler.user_login_failed(__name__, {"email": person.email}, request)
