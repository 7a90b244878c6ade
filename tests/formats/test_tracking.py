import pytest

from zahlmeister.formats.tracking import tracking_numbers
from zahlmeister.refusals import Unreadable


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("00340434161094012345", ("00340434161094012345",)),
        ("0034 0434 1610 9401 2345", ("00340434161094012345",)),
        ("01905123456789 01905123456790", ("01905123456789", "01905123456790")),
        ("01905123456789; 01905123456790,H1001234567890123456", (
            "01905123456789", "01905123456790", "H1001234567890123456",
        )),
        ("99.00.123456.12345678", ("990012345612345678",)),
        ('="00340434161094012345"', ("00340434161094012345",)),
        ("'00340434161094012345", ("00340434161094012345",)),
        ("zabc1234\nZABC1234", ("ZABC1234",)),
        ("n/a", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_numbers_are_read_as_carriers_and_shops_write_them(written, numbers):
    assert tracking_numbers(written) == numbers


@pytest.mark.parametrize("written", ["3,40434E+17", "3.40434161094012E+19", "1E15"])
def test_a_number_that_a_spreadsheet_has_rounded_is_refused(written):
    with pytest.raises(Unreadable, match="rounded"):
        tracking_numbers(written)
