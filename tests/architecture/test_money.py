import ast

from tests.architecture.house import modules, nodes, short

#: Where a fraction is no money, and why.
FLOATS_ALLOWED = {
    "cells/fence.py": "seconds between two tries",
    "merchants/cells.py": "seconds of patience",
    "cli/match.py": "how sure the matcher is",
    "cli/turns.py": "seconds of rest between two looks",
    "connectors/shops/billbee.py": "seconds between two questions",
    "formats/payment_codes/picture.py": "places on a drawing",
    "letters/paper.py": "places on paper",
    "letters/table_paper.py": "places on paper in millimetres",
    "letters/slips/": "places on paper",
    "matching/": "probabilities and weights of evidence",
    "office/plots.py": "places on a drawing",
    "sandbox/module_shop/server.py": "seconds between two looks whether to stop",
    "project/settings.py": "hours after which a lockout ends",
    "sandbox/shops/served.py": "seconds between two looks whether it is over",
    "project/sqlite/line.py": "seconds of patience",
}


def test_no_float_comes_near_money():
    found = [
        f"{short(path)}:{node.lineno}"
        for path in modules()
        for node in nodes(path)
        if is_float(node) and not short(path).startswith(tuple(FLOATS_ALLOWED))
    ]

    assert not found, (
        f"Floats in {found}. Money is Amount(1999, 'EUR') or whole minor units (*_minor), shares are split() by "
        "whole weights, rates are whole basis points. A fraction that is no money gets a line with its reason in "
        "FLOATS_ALLOWED."
    )


def test_every_exception_is_still_needed():
    with_floats = {short(path) for path in modules() if any(is_float(node) for node in nodes(path))}
    idle = [place for place in FLOATS_ALLOWED if not any(name.startswith(place) for name in with_floats)]

    assert not idle, f"Nothing in {idle} is a float any more: take the lines out of FLOATS_ALLOWED."


def is_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")):
            return True
        case _:
            return False
