"""Which seeds are for what: nothing is fitted on those that are reported, and nobody looks at their errors."""

from collections.abc import Sequence
from enum import StrEnum


class Kind(StrEnum):
    """What a seed may be used for."""

    LOOKED_AT = "looked at: its errors have been mended, so it proves nothing any more"
    REPORTING = "reporting: nothing is fitted on it"
    TUNING = "tuning: weights may be fitted on it, so it is not reported"


class SeedsMixed(ValueError):
    """Seeds of different kinds in one run, or a kind that the run is not for."""


def kind_of(seed: int) -> Kind:
    if seed < 1:
        raise SeedsMixed(f"Seed {seed} is none: choose 21 to 100 to report, 101 or more to tune.")
    return Kind.LOOKED_AT if seed <= 20 else Kind.REPORTING if seed <= 100 else Kind.TUNING


def one_kind(seeds: Sequence[int]) -> Kind:
    """The kind of all these seeds."""
    kinds = {kind_of(seed) for seed in seeds}
    if len(kinds) != 1:
        raise SeedsMixed(
            f"Seeds {', '.join(map(str, seeds))} are of different kinds: choose all from 21 to 100 to report, or all "
            "from 101 on to tune."
        )
    return kinds.pop()


def for_report(seeds: Sequence[int]) -> None:
    """Refuse what may not be reported."""
    if one_kind(seeds) is not Kind.REPORTING:
        raise SeedsMixed(f"Only seeds 21 to 100 are reported, not {', '.join(map(str, seeds))}.")


def for_looking(seeds: Sequence[int]) -> None:
    """Refuse to show errors of seeds that are kept for reporting."""
    if one_kind(seeds) is Kind.REPORTING:
        raise SeedsMixed("Errors of seeds 21 to 100 are not looked at, they are kept for reporting: take 101 or more.")
