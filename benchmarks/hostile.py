"""How long does the matcher think about texts nobody should write? Milliseconds for one payment, at three lengths.

    python -m benchmarks.hostile

Each text stands in every field of the payment. Nothing may grow faster than the text, and from two thousand characters
on nothing may grow at all; the tests count the work, this shows the time.
"""

import time

from tests.matching.hostile import PATTERNS, text
from tests.matching.shop import item, matcher, others, payment

from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Payment

LENGTHS = (500, 2_000, 10_000)
ROUNDS = 3


def main() -> None:
    matching = matcher(item("100012345", 2498, "Bernd Klein"))
    print(f"{'one payment, ms at so many characters':38}" + "".join(f"{length:>10,}" for length in LENGTHS))
    rows = {
        pattern: [_spent(matching, _everywhere(text(pattern, length))) for length in LENGTHS] for pattern in PATTERNS
    }
    for pattern, times in sorted(rows.items(), key=lambda row: -row[1][-1]):
        print(f"{pattern:38}" + "".join(f"{1000 * spent:10.2f}" for spent in times))
    numbers = " ".join(other.number for other in others()[:500])
    print(f"{'five hundred numbers of open orders':38}{1000 * _spent(matching, _everywhere(numbers)):30.2f}")


def _everywhere(said: str) -> Payment:
    return payment(2498, said, said, creditor_reference=said, end_to_end_id=said, ultimate_payer=said, iban=said)


def _spent(matching: Matcher, asked: Payment) -> float:
    """Seconds of processor time, the best of a few."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        matching.propose([asked])
        best = min(best, time.process_time() - begin)
    return best


if __name__ == "__main__":
    main()
