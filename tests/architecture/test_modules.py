import ast
import re

from tests.architecture.house import PACKAGE, modules, nodes, short, tree

LINES = 400
#: Modules that are longer for a reason a reader would accept.
LONGER: dict[str, str] = {}
SIGNALS = {"django.db.models.signals", "django.dispatch", "django.core.signals", "django.contrib.auth.signals"}
DRAWERS = {"utils.py", "util.py", "helpers.py", "services.py", "service.py", "common.py", "misc.py"}


def test_no_module_is_longer_than_a_head_can_hold():
    long = {
        short(path): lines
        for path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES and short(path) not in LONGER
    }

    assert not long, f"Longer than {LINES} lines: {long}. Cut where the domain has a joint, not in the middle."


def test_every_package_begins_with_its_caption():
    bare = [
        short(path)
        for path in PACKAGE.rglob("__init__.py")
        if not re.fullmatch(r"[A-Z].{10,108}[.?]", (ast.get_docstring(tree(path)) or "").partition("\n")[0])
    ]

    assert not bare, (
        f"No caption in {bare}. Begin the file with one docstring sentence that says what the package is for."
    )


def test_every_module_says_what_it_is_for():
    silent = [
        short(path)
        for path in modules()
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]

    assert not silent, f"No docstring in {silent}. Begin with what the module means to the merchant."


def test_no_signals():
    found = [
        f"{short(path)}:{node.lineno}"
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module in SIGNALS
    ]

    assert not found, f"Signals in {found}. Let the flow call the verb by its name."


def test_no_drawer_for_odds_and_ends():
    drawers = [short(path) for path in modules() if path.name in DRAWERS]

    assert not drawers, (
        f"{drawers} could hold anything. Put each function into the module whose noun or verb it serves."
    )


def test_a_silenced_finding_gives_its_reason():
    bare = [
        f"{short(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"#\s*(noqa|type: ignore)(?!.*(\s-\s|\s#\s|\s–\s))", line)
    ]

    assert not bare, f"Silenced without a reason: {bare}. Mend it, or write the reason behind a dash on the same line."
