"""The description of the interface: complete, and every example of it is one."""

import re
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from zahlmeister.api.v1.document import document, operations

CALLS = [(f"{method.upper()} {path}", said) for path, method, said in operations(document())]


def check(schema: dict[str, Any], example: Any) -> None:
    Draft202012Validator({**schema, "components": document()["components"]}).validate(example)


@pytest.mark.parametrize(("call", "said"), CALLS, ids=[call for call, _ in CALLS])
def test_a_call_says_what_it_needs_and_answers_with_examples_that_are_right(call: str, said: dict[str, Any]):
    is_write = not call.startswith("GET")
    statuses = set(said["responses"])

    assert said["summary"]
    assert said["description"].startswith(said["summary"])
    assert said["operationId"]
    assert statuses >= {"400", "401", "403", "413", "429"}
    assert not is_write or statuses >= {"404", "409", "422", "503"}
    assert ("Idempotency-Key" in {parameter["name"] for parameter in said["parameters"]}) == is_write
    for status, answer in said["responses"].items():
        [(kind, content)] = answer["content"].items()
        assert kind == ("application/json" if int(status) < 300 else "application/problem+json")
        check(content["schema"], content["example"])
    if "requestBody" in said:
        content = said["requestBody"]["content"]["application/json"]
        check(content["schema"], content["example"])
    for parameter in said["parameters"]:
        if "example" in parameter:
            check(parameter["schema"], parameter["example"])


def test_it_is_openapi_3_1_and_served_as_printed(db: None):
    told = document()

    assert re.fullmatch(r"3\.1\.\d", told["openapi"])
    assert Client().get("/api/v1/openapi.json").json() == told
    names = [said["operationId"] for _, said in CALLS]
    assert len(set(names)) == len(names) > 40
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
