"""The cast and the stage of all stories: Brigitte's shop, her account, and a clock that can be set."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.stage import Stage
from zahlmeister.merchants.models import Membership, Merchant, Person, Role

#: How fast a machine makes examples says nothing of the house: a busy one must not fail a test by it.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: The gate asks the same of everybody; whoever runs the tests himself looks where nobody has looked.
hypothesis_settings.register_profile("gate", hypothesis_settings.get_profile("house"), derandomize=True)
hypothesis_settings.load_profile("gate" if os.environ.get("CI") else "house")


@pytest.fixture(autouse=True)
def _files_are_thrown_away(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    """Statement files that a test hands in are kept in its own folder."""
    kept = {
        "BACKEND": "zahlmeister.merchants.sealed_storage.SealedStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    storages._storages.clear()


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> Iterator[None]:
    """How often mails were asked for is counted in a cache; each test begins anew."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _servers_of_tests_count_as_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail and SFTP servers of tests are on this machine; `tests/connectors/test_peers.py` looks at the rule itself."""
    monkeypatch.setattr("zahlmeister.connectors.peers.is_public", lambda address: True)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """What is not said in a reader's language is English, whatever the test before spoke."""
    with translation.override("en"):
        yield


@pytest.fixture
def merchant(db: None) -> Merchant:
    return Merchant.objects.create(name="Brigittes Wollstube", slug="brigitte")


@pytest.fixture
def brigitte(merchant: Merchant) -> Person:
    person = Person.objects.create_user("brigitte@wollstube.example", "sehr-geheim-2026", name="Brigitte Berger")
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    return person


@pytest.fixture
def stage(merchant: Merchant, tmp_path: Path) -> Stage:
    return Stage(merchant, tmp_path, datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
