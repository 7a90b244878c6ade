"""The programs' API: who comes in, how data is read, and how every refusal is said."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyHeader

from zahlmeister.api.exact import NOT_READ, Exact, has_nul
from zahlmeister.connectors.erps.documents import WrongDocument
from zahlmeister.orders.models import Shop
from zahlmeister.programs.keys import may_purchase, shop_of
from zahlmeister.programs.limits import knocks_too_often
from zahlmeister.purchase.refusals import DifferentContent, NotAuthorised
from zahlmeister.refusals import Refusal, Refused

#: Calls of one address within a minute.
MOST_CALLS = 1200


class Absent(Exception):
    """There is nothing of this name for this program; another merchant's is as good as none."""


class TooOften(Exception):
    """The program calls more often than anybody needs to."""


class _Key(APIKeyHeader):
    """The key in the header that the existing clients send."""

    param_name = "X-Komfortkasse-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Shop | None:
        if knocks_too_often(request, most=MOST_CALLS, door="v2"):
            raise TooOften
        if has_nul(request):
            raise Refused("The sign NUL is no part of any address.")
        shop = shop_of(key, at=timezone.now()) if key else None
        if shop is not None:
            request.asked_by = f"shop:{shop.pk}"  # type: ignore[attr-defined] # the log says who was refused
        return shop


class NotForThis(Exception):
    """The key is valid and does not reach that far."""


class PurchaseKey(_Key):
    """A key that reaches as far as purchases on invoice."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Shop | None:
        shop = super().authenticate(request, key)
        if shop is not None and not may_purchase(key or ""):
            raise NotForThis
        return shop


program = NinjaAPI(
    title="Zahlmeister for programs",
    version="2",
    description="Orders of one shop, handed in and asked for by its own program.",
    auth=_Key(),
    parser=Exact(),
    urls_namespace="api:program",
    docs_url=None,
)


def shop_behind(request: HttpRequest) -> Shop:
    """The shop that the program speaks for."""
    return cast("Shop", request.auth)  # type: ignore[attr-defined] # set by ninja from what the key gave


def by(shop: Shop) -> str:
    """Who did it, for the history."""
    return f"program of {shop.name}"[:120]


def _error(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return program.create_response(request, {"error": sentence}, status=status)


@program.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _error(request, str(refusal), 400)


@program.exception_handler(Absent)
def _absent(request: HttpRequest, absent: Absent) -> HttpResponse:
    return _error(request, str(absent), 404)


@program.exception_handler(TooOften)
def _too_often(request: HttpRequest, _: TooOften) -> HttpResponse:
    return _error(request, "Too many calls within a minute; wait for the next one.", 429)


@program.exception_handler(NotForThis)
def _not_for_this(request: HttpRequest, _: NotForThis) -> HttpResponse:
    sentence = "This key does not reach as far as purchases on invoice; make one on the page of the ERP."
    return _error(request, sentence, 403)


@program.exception_handler(DifferentContent)
def _different(request: HttpRequest, refusal: DifferentContent) -> HttpResponse:
    return _error(request, str(refusal), 409)


@program.exception_handler(WrongDocument)
@program.exception_handler(NotAuthorised)
def _does_not_fit(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _error(request, str(refusal), 422)


@program.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    return _error(request, "The API key in X-Komfortkasse-API-Key is missing or not valid.", 401)


@program.exception_handler(ValidationError)
def _not_understood(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    """The first thing that is wrong, and where: `orders 3, amount: …`."""
    first = wrong.errors[0]
    names = [str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"][1:]]
    where = " ".join(name for name in names if name not in {"handed_in", "wanted"}) or "the request"
    return _error(request, f"{where}: {first['msg'].removeprefix('Value error, ')}.", 400)


@program.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    sentence = NOT_READ if str(error).startswith("Cannot parse") else str(error)
    return _error(request, sentence, error.status_code)
