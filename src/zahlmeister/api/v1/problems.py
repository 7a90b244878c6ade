"""How the interface says no: `application/problem+json` by RFC 9457, with a stable word and a sentence."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from zahlmeister.programs.limits import Allowance

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its stable word, its status, and what it is called."""

    code: str
    status: HTTPStatus
    title: str


NOT_UNDERSTOOD = Kind("not-understood", HTTPStatus.BAD_REQUEST, "The request is not what the description says.")
NO_WRITE_KEY = Kind("no-idempotency-key", HTTPStatus.BAD_REQUEST, "A write needs the header Idempotency-Key.")
NO_KEY = Kind("no-key", HTTPStatus.UNAUTHORIZED, "A valid key is needed.")
NO_SCOPE = Kind("no-scope", HTTPStatus.FORBIDDEN, "The key does not reach that far.")
ABSENT = Kind("not-found", HTTPStatus.NOT_FOUND, "There is nothing of this name.")
REFUSED = Kind("refused", HTTPStatus.CONFLICT, "It is understood and not allowed now.")
SAID_DIFFERENTLY = Kind("idempotency-key-reused", HTTPStatus.CONFLICT, "This Idempotency-Key was used before.")
BEING_DONE = Kind("in-progress", HTTPStatus.CONFLICT, "The same write is being done at this moment.")
TOO_LONG = Kind("too-long", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is longer than anybody needs.")
UNREADABLE = Kind("unreadable", HTTPStatus.UNPROCESSABLE_ENTITY, "The content contradicts itself or cannot be.")
TOO_OFTEN = Kind("too-often", HTTPStatus.TOO_MANY_REQUESTS, "These are more calls than are allowed in a minute.")
AWAY = Kind("unreachable", HTTPStatus.SERVICE_UNAVAILABLE, "Somebody who is needed for this does not answer.")

KINDS = (
    NOT_UNDERSTOOD, NO_WRITE_KEY, NO_KEY, NO_SCOPE, ABSENT, REFUSED, SAID_DIFFERENTLY, BEING_DONE, TOO_LONG,
    UNREADABLE, TOO_OFTEN, AWAY,
)  # fmt: skip


class Problem(Exception):
    """A call is answered by a problem; `detail` is the sentence about this one."""

    def __init__(self, kind: Kind, detail: str = "", *, errors: tuple["Wrong", ...] = (), after: int = 0) -> None:
        super().__init__(detail or kind.title)
        self.kind, self.detail, self.errors, self.after = kind, detail or kind.title, errors, after


class Wrong(Schema):
    """One thing in a request that is not understood, and where it is."""

    where: str = Field(examples=["amount"])
    why: str = Field(examples=["String should match pattern '^[0-9]{1,12}([.][0-9]{1,3})?$'"])


class ProblemOut(Schema):
    """Why a call was not answered as it was wanted."""

    type: str = Field(description="Names the kind for machines.", examples=["urn:zahlmeister:problem:not-found"])
    title: str = Field(description="What the kind is called.", examples=[ABSENT.title])
    status: int = Field(examples=[404])
    code: str = Field(description="The last part of `type`; it never changes.", examples=["not-found"])
    detail: str = Field(description="A sentence about this call.", examples=["There is no order 4711."])
    errors: list[Wrong] = Field(default=[], description="Each thing that was not understood.", examples=[[]])


def told(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer."""
    kind = problem.kind
    said = ProblemOut(
        type=f"urn:zahlmeister:problem:{kind.code}",
        title=kind.title,
        status=int(kind.status),
        code=kind.code,
        detail=problem.detail,
        errors=list(problem.errors),
    )
    answer = HttpResponse(
        json.dumps(said.model_dump(), ensure_ascii=False), content_type=MEDIA_TYPE, status=kind.status
    )
    if kind is NO_KEY:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if problem.after:
        answer.headers["Retry-After"] = str(problem.after)
    return with_allowance(request, answer)


def with_allowance(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Say how many calls are left to this program, and that the answer is for it alone."""
    left: Allowance | None = getattr(request, "allowance", None)
    if left is not None:
        answer.headers["RateLimit-Limit"] = str(left.most)
        answer.headers["RateLimit-Remaining"] = str(max(left.left, 0))
        answer.headers["RateLimit-Reset"] = str(left.seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer
