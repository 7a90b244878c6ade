"""Who may come in, and who may change something."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from zahlmeister.merchants.models import Membership, Merchant, Person, Role

Extra = ParamSpec("Extra")


class OfficeRequest(HttpRequest):
    """A request of somebody who signed in and works for a merchant."""

    user: Person
    merchant: Merchant
    may_write: bool


Page = Callable[Concatenate[OfficeRequest, Extra], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, Extra], HttpResponseBase]


def signed_in(page: Page[Extra]) -> Door[Extra]:
    """Let in people who work for a merchant, and say at `request.merchant` for whom.

    Somebody unknown is sent to the sign-in page and comes back afterwards. An accountant reads everything and
    changes nothing: every request that is not a plain read is refused with a sentence.
    """

    @wraps(page)
    def door(request: HttpRequest, /, *args: Extra.args, **kwargs: Extra.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        known = cast("OfficeRequest", request)
        membership = _membership(known.user)
        if membership is None:
            raise PermissionDenied(_("You are not listed with any merchant. Ask the owner to invite you."))
        known.merchant = membership.merchant
        known.may_write = membership.role != Role.ACCOUNTANT
        if not known.may_write and request.method not in {"GET", "HEAD"}:
            raise PermissionDenied(
                _("You may read everything here and change nothing. The owner can give you more rights.")
            )
        return page(known, *args, **kwargs)

    return door


def _membership(person: Person) -> Membership | None:
    return Membership.objects.filter(person=person).select_related("merchant").order_by("merchant__name").first()
