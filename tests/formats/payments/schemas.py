"""The official schemas, where their folder is beside the project; they belong to others and are not part of it."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "corpus"
HAS_SCHEMAS = (FOLDER / "xsd").is_dir()
NEEDS_SCHEMAS = pytest.mark.skipif(not HAS_SCHEMAS, reason="the official schemas are not here")
SWISS = "pain.001.001.09.ch.03"


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / f"{name}.xsd"))


def faults(data: bytes, name: str) -> list[str]:
    """What the schema finds wrong with the file."""
    official = schema(name)
    official.validate(etree.fromstring(data))
    return [f"{error.line}: {error.message}" for error in official.error_log]
