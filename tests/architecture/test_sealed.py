"""Whatever is sealed can be sealed anew: the sources name what they seal for, and `flows.rotate_key` knows each."""

import ast
import re
from pathlib import Path

from django.apps import apps
from django.db import models
from tests.architecture.house import PACKAGE, ROOT, modules, nodes, short

from zahlmeister.flows import rotate_key
from zahlmeister.flows.rotate_numbers import sealed_columns
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.merchants.sealed_number import SealedNumber

#: Columns of bytes that nobody has sealed, and what they are.
OPEN = {
    "history.Step.hash": "a link of the chain",
    "accounting.Batch.content": "what the bookkeeper was given",
    "correspondence.Sender.logo": "is printed on every letter",
}
#: What is sealed in no column of ours.
ELSEWHERE = {"proof:merchant_id", "second-factor"}
#: Asks for what is sealed for something it is told.
TOLD = "merchants/seal.py"
#: What marks and signatures of links are made for.
MARK = re.compile(r'^ *\w+ = "(zahlmeister\.(?:portal|people|payouts)\.[\w-]+)"$', re.MULTILINE)


def test_every_column_of_bytes_is_sealed_anew_or_open_on_purpose() -> None:
    columns = {
        f"{field.model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_config.name.startswith("zahlmeister.")
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField)
    }
    known = {f"{store.rows.model._meta.label}.{store.column}" for store in rotate_key.STORES}
    assert columns - known == set(OPEN)


def test_what_is_sealed_for_is_what_it_is_sealed_anew_for() -> None:
    found = {purpose for path in sealing() for purpose in sealed_for(path)}
    known = {re.sub(r"\{0\.(\w+)\}", r"\1", store.purpose) for store in rotate_key.STORES}
    assert found == known | ELSEWHERE


def test_the_page_of_keys_names_every_purpose() -> None:
    page = (ROOT / "docs/security/keys.md").read_text(encoding="utf-8")
    purposes = {store.purpose.partition(":")[0] for store in rotate_key.STORES} | {"proof", "second-factor"}
    purposes |= {column.purpose for _name, column in sealed_columns()}
    missing = {purpose for purpose in purposes if f"`{purpose}`" not in page}
    assert not missing
    said_in = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    marks = {purpose for text in said_in for purpose in MARK.findall(text)}
    assert marks
    assert not {purpose for purpose in marks if f"`{purpose}`" not in page}


def test_the_page_of_data_names_every_sealed_column_of_the_tables() -> None:
    page = (ROOT / "docs/security/data.md").read_text(encoding="utf-8")
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, (SealedNumber, SealedFacts))
    }
    assert columns
    assert not {column for column in columns if f"`{column}`" not in page}


def sealing() -> list[Path]:
    """The modules that seal something."""
    return [path for path in modules() if short(path) != TOLD and "seal(" in path.read_text(encoding="utf-8")]


def sealed_for(path: Path) -> set[str]:
    """What the calls of `seal` in a module seal for, such as `connection:pk`."""
    calls = [node for node in nodes(path) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "seal"]
    return {said(call.args[1], path) for call in calls}


def said(what: ast.expr, path: Path) -> str:
    match what:
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else column(part) for part in parts)
        case ast.Constant(value=text):
            return str(text)
        case ast.Name(id=name):
            return said(assigned(name, path), path)
        case ast.Call(func=ast.Name(id=name)):
            (made,) = (node for node in nodes(path) if isinstance(node, ast.FunctionDef) and node.name == name)
            (back,) = (node.value for node in made.body if isinstance(node, ast.Return) and node.value is not None)
            return said(back, path)
    raise AssertionError(f"{short(path)} seals for something that cannot be read: {ast.unparse(what)}")


def assigned(name: str, path: Path) -> ast.expr:
    if name == "FACTOR":
        return ast.Constant(rotate_key.FACTOR)
    found = [
        node.value
        for node in nodes(path)
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]
    ]
    assert found, f"{short(path)} seals for {name}, which is nowhere said."
    return found[-1]


def column(part: ast.expr) -> str:
    """`row.pk` is `pk`, and the key of a merchant is `merchant_id` wherever it is."""
    assert isinstance(part, ast.FormattedValue)
    text = ast.unparse(part.value)
    return "merchant_id" if text == "merchant.pk" else text.rpartition(".")[2]
