"""What is usual, what is not, and what still fits under a cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.banking.velocity import FEW, KNOWN_DAYS, Caps, Day, is_unusual, within

USUAL = [Day(3, 10_000)] * KNOWN_DAYS


@pytest.mark.parametrize(
    ("today", "before", "expected"),
    [
        (Day(3, 30_000), USUAL, False),
        (Day(3, 30_001), USUAL, True),
        (Day(FEW, 1), USUAL, False),
        (Day(FEW + 1, 1), USUAL, True),
        (Day(1, 9_999_999), USUAL[1:], False),  # nobody knows yet what is usual
        (Day(1, 9_999_999), [], False),
    ],
)
def test_unusual(today: Day, before: list[Day], expected: bool) -> None:
    assert is_unusual(today, before) is expected


_transfers = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 50)), max_size=12)


@given(_transfers, _transfers, st.integers(0, 200), st.integers(0, 100))
def test_nothing_goes_beyond_a_cap_that_was_not_beyond_it_before(
    wanted: list[tuple[str, int]], gone: list[tuple[str, int]], day: int, recipient: int
) -> None:
    fits = within(wanted, gone, Caps(day, recipient))
    leaves = [one for one, may in zip(wanted, fits, strict=True) if may]
    if leaves:
        assert sum(minor for _, minor in leaves + gone) <= day
        for name in {name for name, _ in leaves}:
            assert sum(minor for each, minor in leaves + gone if each == name) <= recipient
    assert within(wanted, gone, Caps()) == [True] * len(wanted)
