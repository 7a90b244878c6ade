"""The interface itself: who comes in, what each call needs, and that a write is done once.

A call is declared by `reads` or `writes`, which name its scope and its answer, so that the description of the interface
and what is checked are the same thing.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast, get_args

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Router, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from zahlmeister.api.exact import NOT_READ, Exact, has_nul
from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.problems import MEDIA_TYPE, Problem, Wrong
from zahlmeister.programs import writes as kept_writes
from zahlmeister.programs.keys import Caller, caller_of
from zahlmeister.programs.limits import allowance, knocks_too_often
from zahlmeister.programs.scopes import Scope
from zahlmeister.refusals import Refusal, Unreachable, Unreadable

#: Calls of one key within a minute, and of one address with whatever keys.
MOST_CALLS, MOST_KNOCKS = 600, 1200
#: Bytes of a request.
LONGEST = 8 << 20
LONGEST_WRITE_KEY = 200
WRITE_KEY = "Idempotency-Key"

View = TypeVar("View", bound=Callable[..., Any])


class Key(HttpBearer):
    """A key that reaches a scope, in the header `Authorization: Bearer …`."""

    def __init__(self, scope: Scope | None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        if knocks_too_often(request, most=MOST_KNOCKS, door="v1"):
            raise Problem(problems.TOO_OFTEN, after=60)
        caller = caller_of(token, at=timezone.now()) if token else None
        if caller is None:
            return None
        request.asked_by = f"key:{caller.key.pk}"  # type: ignore[attr-defined] # the log says who was refused
        left = allowance(caller.key, most=MOST_CALLS)
        request.allowance = left  # type: ignore[attr-defined] # told with every answer
        if left.left < 0:
            raise Problem(problems.TOO_OFTEN, f"A key may call {left.most} times a minute.", after=left.seconds)
        if self.scope is not None and self.scope not in caller.scopes:
            raise Problem(problems.NO_SCOPE, f"This call needs a key with the scope {self.scope}.")
        if has_nul(request):
            raise Problem(problems.NOT_UNDERSTOOD, "The sign NUL is no part of any address.")
        if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
            raise Problem(problems.TOO_LONG, f"A request has at most {LONGEST >> 20} MB.")
        return caller


surface = NinjaAPI(
    title="Zahlmeister",
    version="1",
    description=(
        "Orders, payments, refunds, payouts and books of a merchant, for programs. Amounts are texts with a dot "
        "(`49.90`), days are ISO 8601, ids are texts of digits. What is wrong is told as `application/problem+json`. "
        "Every write needs the header `Idempotency-Key`."
    ),
    parser=Exact(),
    urls_namespace="api:v1",
    docs_url=None,
    openapi_url=None,
)


class Call(NamedTuple):
    """What is declared of a call."""

    method: str
    path: str
    answer: type[Schema]
    scope: Scope | None
    status: int = 200
    also: tuple[problems.Kind, ...] = ()


def reads(
    router: Router, path: str, answer: type[Schema], scope: Scope | None, *, also: tuple[problems.Kind, ...] = ()
) -> Callable[[View], View]:
    """Declare a call that reads; the view gives its answer as data of this form. `also` are problems of this one."""

    def declare(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *of: Any, **named: Any) -> HttpResponse:
            check_fields(request, answer)
            return _answered(request, view(request, *of, **named), 200)

        _declare(router, Call("GET", path, answer, scope, also=also), door)
        return view

    return declare


def writes(
    router: Router, path: str, answer: type[Schema], scope: Scope, *, method: str = "POST", status: int = 200
) -> Callable[[View], View]:
    """Declare a call that writes. The view may be called again for the same write, and then does nothing twice."""

    def declare(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *of: Any, **named: Any) -> HttpResponse:
            return _once(request, lambda: _answered(request, view(request, *of, **named), status))

        _declare(router, Call(method, path, answer, scope, status), door)
        return view

    return declare


def caller(request: HttpRequest) -> Caller:
    """The program that calls."""
    return cast("Caller", request.auth)  # type: ignore[attr-defined] # set by ninja from what the key gave


def source(request: HttpRequest) -> str:
    """What makes this write the same one when it comes again."""
    return cast("str", request.source)  # type: ignore[attr-defined] # set before a write is begun


def _declare(router: Router, call: Call, door: Callable[..., HttpResponse]) -> None:
    router.api_operation(
        [call.method],
        call.path,
        response={call.status: call.answer},
        auth=Key(call.scope),
        operation_id=door.__name__,
        openapi_extra={"x-scope": call.scope.value if call.scope else "", "x-also": [kind.code for kind in call.also]},
    )(door)


def _once(request: HttpRequest, write: Callable[[], HttpResponse]) -> HttpResponse:
    """Do a write unless it was done: then it is answered as it was."""
    name = request.headers.get(WRITE_KEY, "").strip()
    if not 0 < len(name) <= LONGEST_WRITE_KEY:
        sentence = f"Send a header {WRITE_KEY} of 1 to {LONGEST_WRITE_KEY} signs, a new one for each write."
        raise Problem(problems.NO_WRITE_KEY, sentence)
    try:
        begun = kept_writes.begin(caller(request).key, name, _asked(request), at=timezone.now())
    except kept_writes.SaidDifferently:
        raise Problem(problems.SAID_DIFFERENTLY, f"{WRITE_KEY} “{name}” came with another request before.") from None
    except kept_writes.BeingDone:
        raise Problem(problems.BEING_DONE, "Ask again in a few seconds.", after=5) from None
    if isinstance(begun, kept_writes.Answer):
        return _given_again(request, begun)
    request.source = begun.source  # type: ignore[attr-defined] # read by `source`
    return _done(request, begun, write)


def _done(request: HttpRequest, begun: kept_writes.Begun, write: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        answer = write()
    except (Problem, Refusal) as why:
        answer = problems.told(request, problem_of(why))
    except Exception:
        kept_writes.let_go(begun)
        raise
    if answer.status_code >= 500:
        kept_writes.let_go(begun)
    else:
        kept_writes.finish(begun, kept_writes.Answer(answer.status_code, answer.content.decode()))
    return answer


def _given_again(request: HttpRequest, answer: kept_writes.Answer) -> HttpResponse:
    kind = "application/json" if answer.status < 400 else MEDIA_TYPE
    again = HttpResponse(answer.content, content_type=kind, status=answer.status)
    again.headers["Idempotency-Replayed"] = "true"
    return problems.with_allowance(request, again)


def _asked(request: HttpRequest) -> bytes:
    return f"{request.method} {request.get_full_path()}\n".encode() + request.body


def _answered(request: HttpRequest, said: Schema, status: int) -> HttpResponse:
    content = json.dumps(_sparse(request, said.model_dump(mode="json", exclude_defaults=True)), ensure_ascii=False)
    return problems.with_allowance(request, HttpResponse(content, content_type="application/json", status=status))


def element_of(answer: type[Schema]) -> type[Schema]:
    """What a page is made of; the answer itself where it is none."""
    rows = answer.model_fields.get("data")
    return cast("type[Schema]", get_args(rows.annotation)[0]) if rows is not None else answer


def check_fields(request: HttpRequest, answer: type[Schema]) -> None:
    """Refuse to leave out all but fields that there are not.

    Raises:
        Problem: one is unknown.
    """
    if strange := sorted(set(request.GET.getlist("fields")) - set(element_of(answer).model_fields)):
        raise Problem(problems.NOT_UNDERSTOOD, f"fields: there is no “{strange[0][:40]}”.")


def _sparse(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """Only the fields that were asked for, where some were; `id` is always among them."""
    wanted = {"id", *request.GET.getlist("fields")}
    if len(wanted) == 1:
        return data
    if isinstance(rows := data.get("data"), list):
        return data | {"data": [_only(row, wanted) for row in rows]}
    return _only(data, wanted)


def _only(row: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in wanted}


def problem_of(why: Problem | Refusal) -> Problem:
    """A refusal as the problem that programs are told."""
    if isinstance(why, Problem):
        return why
    if isinstance(why, Unreadable):
        return Problem(problems.UNREADABLE, str(why))
    if isinstance(why, Unreachable):
        return Problem(problems.AWAY, str(why), after=why.after or 60)
    return Problem(problems.REFUSED, str(why))


@surface.exception_handler(Problem)
@surface.exception_handler(Refusal)
def _told(request: HttpRequest, why: Problem | Refusal) -> HttpResponse:
    return problems.told(request, problem_of(why))


@surface.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    sentence = "The key in the header Authorization: Bearer … is missing or not valid."
    return problems.told(request, Problem(problems.NO_KEY, sentence))


@surface.exception_handler(ValidationError)
def _not_understood(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    errors = tuple(_wrong(error) for error in wrong.errors)
    sentence = f"{errors[0].where}: {errors[0].why}" if errors else ""
    return problems.told(request, Problem(problems.NOT_UNDERSTOOD, sentence, errors=errors))


def _wrong(error: Any) -> Wrong:
    """`rows 3 amount`, counted from one as people do."""
    names = [str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"][1:]]
    where = " ".join(name for name in names if name not in {"handed_in", "wanted"}) or "the request"
    return Wrong(where=where, why=str(error["msg"]).removeprefix("Value error, "))


@surface.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    sentence = NOT_READ if str(error).startswith("Cannot parse") else str(error)
    return problems.told(request, Problem(problems.NOT_UNDERSTOOD, sentence))
