"""Every sample says exactly what it said before; `python -m tests.formats.plain` writes the golden files anew."""

import pytest
from tests.formats.plain import SAMPLES, as_lines, golden


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_reads_as_its_golden_file_says(sample):
    assert as_lines(sample) == golden(sample).read_text(encoding="utf-8")
