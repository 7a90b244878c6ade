"""Open items and their keys in a SQLite file, asked as the product asks its database; for a million orders.

The product's own tables are measured by `benchmarks.end_to_end`; here only the matcher is, so that a merchant with a
million orders costs two minutes and not an hour.
"""

import json
import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import Digest, digest, kept_keys
from zahlmeister.matching.population import STOP, Population

SAMPLE = 5_000
_AT_ONCE = 5_000
_LOOK_UP = """
    SELECT wanted.value, (
        SELECT json_group_array(item) FROM (SELECT item FROM key WHERE digest = wanted.value LIMIT ?))
    FROM json_each(?) AS wanted
"""


def write(path: Path, items: Iterable[Item], closed: Iterable[Item], count: int) -> None:
    """Write the items, `count` of them open, their keys, and what is typical of the open ones."""
    base = sqlite3.connect(path)
    base.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
        "CREATE TABLE item (id INTEGER PRIMARY KEY, facts BLOB);"
        "CREATE TABLE key (digest INT, item INT);"
        "CREATE TABLE population (facts BLOB);"
    )
    step = max(count // SAMPLE, 1)
    sample: list[Item] = []
    rest = chain(items, closed)
    while some := list(islice(rest, 10_000)):
        base.executemany("INSERT INTO item VALUES (?, ?)", ((item.id, pickle.dumps(item, -1)) for item in some))
        base.executemany("INSERT INTO key VALUES (?, ?)", _keys(some))
        sample += [item for item in some if item.open_minor and item.id % step == 0]
    base.execute("INSERT INTO population VALUES (?)", [pickle.dumps(Population.of(sample, count), -1)])
    base.execute("CREATE INDEX key_by_digest ON key (digest, item)")
    base.commit()
    base.close()


def _keys(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    return ((digest(key), item.id) for item in items for key in kept_keys(item))


class FileStore:
    """Implements `matching.store.CandidateStore` over such a file; pages are read as they are needed."""

    def __init__(self, path: Path) -> None:
        self.digest: Digest = digest
        self._base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        found: dict[int, Sequence[int]] = {}
        for start in range(0, len(digests), _AT_ONCE):
            wanted = json.dumps(sorted(digests[start : start + _AT_ONCE]))
            for number, text in self._base.execute(_LOOK_UP, [STOP + 1, wanted]):
                if text != "[]":
                    found[number] = json.loads(text)
        return found

    def items(self, ids: Sequence[int]) -> dict[int, Item]:
        sql = "SELECT id, facts FROM item WHERE id IN (SELECT value FROM json_each(?))"
        return {number: pickle.loads(facts) for number, facts in self._base.execute(sql, [json.dumps(list(ids))])}

    def population(self) -> Population:
        (facts,) = self._base.execute("SELECT facts FROM population").fetchone()
        population: Population = pickle.loads(facts)
        return population
