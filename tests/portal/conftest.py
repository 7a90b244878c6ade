"""The portal has the folder of collected files that every installation has."""

import pytest


@pytest.fixture(autouse=True)
def _folder_of_collected_files(settings: object) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
