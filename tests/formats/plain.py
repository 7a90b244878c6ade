"""Records as plain JSON, for golden files; and the command that writes them anew:

python -m tests.formats.plain          after looking at the difference
"""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path

from zahlmeister.formats.read import read_file
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

HERE = Path(__file__).parent
SAMPLES = sorted((HERE / "samples").iterdir())


def golden(sample: Path) -> Path:
    return HERE / "golden" / f"{sample.name}.jsonl"


def as_lines(sample: Path) -> str:
    """Every record of the file on a line of its own, absent values left out, the refusal last."""
    rows = []
    try:
        for record in read_file(sample):
            said = plain(record)
            assert isinstance(said, dict)
            rows.append({"record": type(record).__name__} | said)
    except Unreadable as refusal:
        rows.append({"record": "Unreadable", "sentence": str(refusal)})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def plain(value: object) -> object:
    if isinstance(value, Amount | date):
        return str(value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: plain(said) for name, said in pairs if said not in (None, ())}
    return value


if __name__ == "__main__":
    for each in SAMPLES:
        golden(each).write_text(as_lines(each), encoding="utf-8")
