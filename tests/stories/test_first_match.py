"""A stranger opens an account, connects shop and bank, and sees the first payment assigned: all of it in a browser."""

from pathlib import Path

import pytest
from benchmarks.first_match import walk


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_first_page_to_the_first_match_in_less_than_ten_minutes(tmp_path: Path) -> None:
    walked = walk(tmp_path)
    assert list(walked.seconds) == ["account opened", "shop connected", "bank connected", "first payment assigned"]
    assert walked.minutes < 10
