"""One merchant with his payments, written into a folder, so that every contestant reads the same from there."""

import gc
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks.matching.case import Case
from benchmarks.matching.orders import world
from benchmarks.matching.payments import Teller
from zahlmeister.matching.facts import Item, Payment

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Scene:
    """What is invented."""

    seed: int
    orders: int = 10_000
    payments: int = 6_000
    style: str = "mixed"
    density: float = 0.35
    clean: float = 0.0
    references: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.orders:,} orders, {self.payments:,} payments, seed {self.seed}, style {self.style}, density "
            f"{self.density}, clean {self.clean}, references {self.references}"
        )


def invent(scene: Scene, folder: Path) -> int:
    """Write the merchant's orders, payments and the truth about them; return how many payments there are."""
    gc.disable()  # nothing of a merchant is garbage
    random = Random(scene.seed)
    merchant = world(
        random, scene.orders, style=scene.style, density=scene.density, references=scene.references
    )  # fmt: skip
    cases = Teller(random, merchant, clean=scene.clean).cases(scene.payments)
    _write(folder / "orders", (order.item for order in merchant.open))
    _write(folder / "closed", (replace(order.item, open_minor=0) for order in merchant.closed))
    (folder / "cases").write_bytes(pickle.dumps(cases, -1))
    (folder / "payments").write_bytes(pickle.dumps([case.payment for case in cases], -1))
    return len(cases)


def items_of(folder: Path) -> Iterator[Item]:
    """The open orders, a few thousand at a time."""
    return _read(folder / "orders")


def closed_of(folder: Path) -> Iterator[Item]:
    """The orders that were paid and are remembered."""
    return _read(folder / "closed")


def _write(path: Path, items: Iterator[Item]) -> None:
    with path.open("wb") as file:
        while some := list(islice(items, _AT_ONCE)):
            pickle.dump(some, file, -1)


def _read(path: Path) -> Iterator[Item]:
    with path.open("rb") as file:
        while True:
            try:
                some: list[Item] = pickle.load(file)
            except EOFError:
                return
            yield from some


def payments_of(folder: Path) -> list[Payment]:
    """What a contestant is told: no truth."""
    payments: list[Payment] = pickle.loads((folder / "payments").read_bytes())
    return payments


def cases_of(folder: Path) -> list[Case]:
    """The payments with the truth about them."""
    cases: list[Case] = pickle.loads((folder / "cases").read_bytes())
    return cases
