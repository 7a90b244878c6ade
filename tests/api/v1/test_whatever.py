"""Whatever is sent, the interface answers as its description says: every call, with right and with wrong content."""

from collections import Counter
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS as REGISTERED
from schemathesis.checks import load_all_checks
from tests.api.v1.test_access import named
from tests.callers import BY
from tests.office.conftest import Ids, fill
from tests.stage import Stage

from zahlmeister.api.v1 import surface
from zahlmeister.api.v1.document import document, operations
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.let_program_in import WantedKey, make_program_key
from zahlmeister.programs.scopes import OF_A_MERCHANT
from zahlmeister.project.wsgi import application
from zahlmeister.purchase.models import Authorisation, Capture

CALLS = [(path, method) for path, method, _ in operations(document())]
load_all_checks()
CHECKS = REGISTERED.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
NONE = list(HealthCheck)
#: Examples for each call, right ones and wrong ones.
MOST = 4
_numbers = count()


@pytest.fixture
def ids(stage: Stage) -> Ids:
    """A filled house. Its purchase is not billed yet: the claim of the stage is one that no flow has written."""
    found = fill(stage)
    Capture.objects.filter(pk=found.claim_id).delete()
    Authorisation.objects.filter(pk=found.purchase_id).update(state="confirmed", captured_minor=0)
    return found


@pytest.mark.slow
def test_every_call_answers_as_described(ids: Ids, stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)  # all calls in one transaction
    monkeypatch.setattr(surface, "MOST_CALLS", 10**9)
    monkeypatch.setattr(surface, "MOST_KNOCKS", 10**9)
    key = make_program_key(stage.merchant, WantedKey("anything", tuple(OF_A_MERCHANT)), by=BY, at=stage.now)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    statuses, said_before = Counter[int](), check_books(stage.merchant)  # rows of the stage that no flow has written
    for path, method in CALLS:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            tried(described[path][method].as_strategy(generation_mode=mode), key, named(ids), statuses)
    assert check_books(stage.merchant) == said_before
    assert statuses.keys() >= {200, 400, 404, 409}, statuses  # else not much was tried


def tried(cases: Any, key: str, there: dict[str, str], statuses: Counter[int]) -> None:
    """Send a call what its description allows or not, every other time about things that are there."""

    @given(case=cases)
    @settings(max_examples=MOST, phases=[Phase.generate], derandomize=True, database=None, suppress_health_check=NONE)
    def answers(case: Any) -> None:
        turn = next(_numbers)
        if turn % 2:
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"w-{turn}"}
        statuses[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    answers()
