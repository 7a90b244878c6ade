"""A list of sanctions from a file: who is a hit, and what happens when it cannot be read."""

import os
from pathlib import Path

import pytest

from zahlmeister.connectors.sanctions.file_list import sanction_list
from zahlmeister.refusals import Refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(
        "name,reference\nJürgen Böse-Wicht,EU.1\nSchurken GmbH & Co. KG,EU.2\nMa Li,EU.3\n", encoding="utf-8"
    )
    return file


@pytest.mark.parametrize(
    ("name", "references"),
    [
        ("Jürgen Böse-Wicht", ["EU.1"]),
        ("WICHT BOESE JUERGEN", ["EU.1"]),
        ("Dr. Jurgen Bosse Wicht", ["EU.1"]),
        ("Jürgen Wicht", []),
        ("Li Ma", ["EU.3"]),
        ("Lia Mai", []),
        ("Schurken Textil", []),  # one word is nobody's name
        ("", []),
    ],
)
def test_hits(path: Path, name: str, references: list[str]) -> None:
    assert [hit.reference for hit in sanction_list(str(path)).hits(name)] == references


def test_without_a_list_nobody_is_on_it() -> None:
    assert sanction_list("").hits("Jürgen Böse-Wicht") == []


def test_a_list_that_has_changed_is_read_anew(path: Path) -> None:
    assert sanction_list(str(path)).hits("Neu Dazu") == []
    path.write_text("name\nNeu Dazu\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert len(sanction_list(str(path)).hits("Neu Dazu")) == 1


def test_a_list_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        sanction_list(str(tmp_path / "none.csv"))
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(Refused, match="no column"):
        sanction_list(str(wrong))
