"""The description of the interface (OpenAPI 3.1), made of the calls themselves and completed with what all share.

Each call has its scope, the problems it can answer with, and an example that is put together from those of its fields.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from zahlmeister.api.v1 import (
    books,
    cases,
    customers,
    house,
    invoices,
    items,
    lots,
    orders,
    payments,
    payouts,
    problems,
    purchases,
    settlements,
    webhooks,
)
from zahlmeister.api.v1 import refunds as refunds_module
from zahlmeister.api.v1.problems import MEDIA_TYPE, ProblemOut
from zahlmeister.api.v1.surface import LONGEST_WRITE_KEY, WRITE_KEY, surface
from zahlmeister.programs.scopes import Scope

Data = dict[str, Any]
PREFIX = "/api/v1"
_ID = "1873421112345088"

_PARTS = (
    house, lots, orders, invoices, items, payments, refunds_module, payouts, customers, purchases, settlements, cases,
    books, webhooks,
)  # fmt: skip
for _part in _PARTS:
    surface.add_router("", _part.router)

_ALWAYS = (problems.NOT_UNDERSTOOD, problems.NO_KEY, problems.NO_SCOPE, problems.TOO_LONG, problems.TOO_OFTEN)
_OF_WRITES = (problems.ABSENT, problems.REFUSED, problems.UNREADABLE, problems.AWAY)
_HEADERS: Data = {
    "RateLimit-Limit": {"description": "Calls a minute.", "schema": {"type": "integer"}, "example": 600},
    "RateLimit-Remaining": {"description": "Calls left.", "schema": {"type": "integer"}, "example": 599},
    "RateLimit-Reset": {"description": "Seconds until then.", "schema": {"type": "integer"}, "example": 42},
}
_WRITE_KEY: Data = {
    "in": "header",
    "name": WRITE_KEY,
    "required": True,
    "description": (
        "A new one for each write. The same call again is answered as before and does nothing; another call with the "
        "same key is a problem (409). Answers are kept for seven days."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_WRITE_KEY, "pattern": "^[!-~]+$"},
    "example": "5f1c2a6e-2b1d-4a77-9f0c-0c6b1c1d7a10",
}


@cache
def document() -> Data:
    """The whole description, plain JSON."""
    told: Data = dict(surface.get_openapi_schema(path_prefix=f"{PREFIX}/"))
    schemas: Data = told["components"]["schemas"]
    schemas["ProblemOut"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["ProblemOut"].pop("$defs", {})
    for path, method, operation in operations(told):
        _complete(path, method, operation, schemas)
    for name in {_element(operation, schemas) for _path, method, operation in operations(told) if method == "get"}:
        _let_be_sparse(schemas[name])
    told["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": f"A key with scopes: {', '.join(sorted(Scope))}."}
    }
    told["servers"] = [{"url": "/", "description": "This installation."}]
    plain: Data = json.loads(json.dumps(told))
    return plain


def operations(told: Data) -> Iterator[tuple[str, str, Data]]:
    """Every call: its address, its method in small letters, and what the description says of it."""
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: Data, schemas: Data) -> None:
    scope, also = operation.pop("x-scope"), operation.pop("x-also")
    operation["security"] = [{"key": [scope] if scope else []}]
    said = operation["description"]
    operation["summary"] = said.partition("\n")[0].rstrip(".")
    operation["description"] = f"{said} Needs the scope `{scope}`." if scope else said
    for parameter in operation["parameters"]:
        _show(parameter, schemas)
    more = [kind for kind in problems.KINDS if kind.code in also]
    kinds = [*_ALWAYS, *more, *(_OF_WRITES if method != "get" else [problems.ABSENT] if "{" in path else [])]
    if method != "get":
        operation["parameters"].append(_WRITE_KEY)
    for answer in operation["responses"].values():
        answer["headers"] = _HEADERS
        content = answer["content"]["application/json"]
        content["example"] = example(content["schema"], schemas)
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        content["example"] = example(content["schema"], schemas)
    element = schemas[_element(operation, schemas)]
    for parameter in operation["parameters"]:
        if parameter["name"] == "fields":
            parameter["schema"]["items"] = {"type": "string", "enum": list(element["properties"])}
    operation["responses"] |= {int(kind.status): _problem(kind) for kind in kinds}


def _show(parameter: Data, schemas: Data) -> None:
    """Give a parameter an example; those of a list are said as JSON Schema does, not as parameters do."""
    parameter.pop("examples", None)
    if parameter["in"] == "path":
        parameter["example"] = "letter-17" if parameter["name"] == "key" else _ID
    elif "enum" in parameter["schema"].get("items", {}):
        parameter["example"] = [example(parameter["schema"]["items"], schemas)]


def _problem(kind: problems.Kind) -> Data:
    said = {"type": f"urn:zahlmeister:problem:{kind.code}", "title": kind.title, "status": int(kind.status)}
    body = {**said, "code": kind.code, "detail": kind.title, "errors": []}
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": kind.title, "content": {MEDIA_TYPE: {"schema": schema, "example": body}}}


def _element(operation: Data, schemas: Data) -> str:
    """The schema of what a call answers, or of what the page it answers is made of."""
    [content] = [
        answer["content"]["application/json"]["schema"]["$ref"]
        for status, answer in operation["responses"].items()
        if int(status) < 300
    ]
    name = str(content.rpartition("/")[2])
    rows = schemas[name]["properties"].get("data")
    return str(rows["items"]["$ref"].rpartition("/")[2]) if rows else name


def _let_be_sparse(schema: Data) -> None:
    """Whoever asks for some fields only gets no others; embeds are there when they were asked for."""
    schema["required"] = [name for name in schema["properties"] if name == "id"]


def example(schema: Data, schemas: Data) -> Any:
    """An example of a schema, put together from those of its fields."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example(next(one for one in schema["anyOf"] if one.get("type") != "null"), schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return schema["default"] if "default" in schema else [example(schema["items"], schemas)]
    if schema.get("type") == "object":
        return {name: example(one, schemas) for name, one in schema.get("properties", {}).items()}
    return schema.get("default", False)
