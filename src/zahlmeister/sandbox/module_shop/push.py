"""What the module pushes to the service when an order is placed or changed."""

from collections.abc import Mapping
from urllib.parse import quote_plus

from zahlmeister.sandbox.module_shop.hiding import Kept, hide
from zahlmeister.sandbox.module_shop.php import http_build_query
from zahlmeister.sandbox.module_shop.side import Module
from zahlmeister.sandbox.module_shop.telling import order_line


def push_body(module: Module, number: str, *, subshop: str = "") -> bytes:
    """The body of `neworder.jsf`; empty as long as nobody has introduced himself to the shop."""
    order = order_line(module.books.orders[number], module.dialect, module.switches.charset).rstrip("\n")
    return _body(module.kept.get(subshop, Kept()), order)


def trial_body(module: Module, *, subshop: str = "") -> bytes:
    """The body of `test.jsf`."""
    return _body(module.kept.get(subshop, Kept()), http_build_query({"order_id": "apitest"}))


def _body(kept: Kept, said: str) -> bytes:
    if not kept.encryption:
        return b""
    told: Mapping[str, str] = {"q": hide(kept, said), "hash": kept.access_code, "key": kept.api_key}
    return "&".join(f"{name}={quote_plus(value)}" for name, value in told.items()).encode()
