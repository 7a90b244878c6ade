"""What `match` has printed as jsonl, read again, so that nothing is decided a second time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from zahlmeister.cli.given import called, opened
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run has decided on a transaction: how many minor units of which orders it has paid."""

    id: str
    shares: list[tuple[str, int]]
    settles: bool

    @classmethod
    def read(cls, line: bytes) -> Self:
        told = json.loads(line)
        transaction, currency = told["transaction"], told["transaction"]["currency"]
        shares = [(str(each["order"]), Amount.parse(each["amount"], currency).minor) for each in told["allocations"]]
        return cls(str(transaction["id"]), shares, told["outcome"] != "underpaid")


def earlier_run(decided: Path) -> Iterator[Earlier]:
    """The lines of an earlier run; a last line that was cut off does not count.

    Raises:
        Unreadable: a line is none that `match` prints.
    """
    with opened(decided) as file:
        for number, line in enumerate(file, start=1):
            try:
                earlier = Earlier.read(line)
            except (ValueError, KeyError, TypeError, AttributeError, Unreadable) as error:
                if not line.endswith(b"\n"):
                    return
                raise Unreadable(
                    f"{called(decided)}, line {number}: this is not what `match` prints as jsonl."
                ) from error
            yield earlier
