"""The long run: `python -m tests.fuzz --seconds 600` damages files until the time is over, and keeps what crashes.

What crashed a parser is put into `tests/fuzz/crashers/<parser>`, and from then on every run of the tests reads it.
"""

import argparse
import os
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random, SystemRandom
from time import monotonic

#: Longer than this, reading a damaged small file is as bad as a crash.
MOST_SECONDS = 20.0


def main() -> int:
    """Fuzz all parsers in turn; 1 if one crashed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    asked.add_argument("--only", default="")
    options = asked.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.test_settings")
    import django

    django.setup()
    from tests.fuzz.parsers import PARSERS

    print(f"seed {options.seed}", flush=True)  # noqa: T201 - a command
    names = [name for name in PARSERS if options.only in name]
    chance, tried, crashed = Random(options.seed), Counter[str](), Counter[str]()
    until = monotonic() + options.seconds
    while monotonic() < until:
        name = min(names, key=lambda one: tried[one])
        for _ in range(20):
            tried[name] += 1
            crashed[name] += _is_crash(name, chance)
    for name in names:
        print(f"{name}: {tried[name]} tried, {crashed[name]} crashed")  # noqa: T201 - a command
    return int(any(crashed.values()))


def _is_crash(name: str, chance: Random) -> bool:
    from tests.fuzz.damage import complaint, damaged
    from tests.fuzz.parsers import PARSERS, seeds

    data, begun = damaged(seeds(name), chance), monotonic()
    said = complaint(PARSERS[name][0], data)
    if not said and monotonic() - begun > MOST_SECONDS:
        said = "too slow"
    if said:
        folder = Path(__file__).parent / "crashers" / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath(sha256(data).hexdigest()[:12]).write_bytes(data)
        print(f"{name}: {said[:300]}", flush=True)  # noqa: T201 - a command
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
