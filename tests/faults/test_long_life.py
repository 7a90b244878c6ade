"""Two weeks of a merchant in which much goes wrong; `python -m tests.faults.year` lives 400 days."""

from pathlib import Path
from typing import Any

import pytest

from tests.connectors.mail_server import mail_server
from tests.faults.far_side import program
from tests.faults.long_life import live


@pytest.mark.slow
def test_whatever_happens_in_two_weeks_nothing_is_lost_or_doubled(
    transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with program(3) as heard, mail_server() as post:
        settings.MAIL_WAY = f"smtp+plain://127.0.0.1:{post.port}"
        lived = live(tmp_path, heard, post, days=14, seed=3)
    assert lived.wrong == ()
    assert lived.went_wrong["dies"]
    assert lived.went_wrong["statement late"]
    assert lived.calls
    assert lived.letters
