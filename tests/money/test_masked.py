"""What of a text nobody but its reader may see: account numbers keep country and last four signs."""

import pytest

from zahlmeister.money.accounts import masked


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("NO9386011117947", "NO…7947"),  # the shortest there is
        ("DE89 3704 0044 0532 0130 00", "DE…3000"),
        ("DE89 3704 0044 0532 0130 00 4711", "DE…3000 4711"),
        ("from DE89370400440532013000 to AT611904300234573201, thank you", "from DE…3000 to AT…3201, thank you"),
        ("AT61 1904 3002 3457 3201 DE89 3704 0044 0532 0130 00", "AT…3201 DE…3000"),
        ("AB12 3456 7890 DE89 3704 0044 0532 0130 00", "AB12 3456 7890 DE…3000"),
        ("AB12 DE89370400440532013000", "AB12 DE…3000"),
    ],
)
def test_of_an_account_in_a_text_the_country_and_four_signs_are_left(text: str, seen: str) -> None:
    assert masked(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thank you",
        "DE89370400440532013001",
        "XX12DE89370400440532013000",
        "AB12 3456 7890 1234 5678",
        "order 100012345",
    ],
)
def test_what_is_no_account_stays_as_it_is(text: str) -> None:
    assert masked(text) == text
