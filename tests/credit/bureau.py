"""The sandbox bureau, listening, and a merchant who has a contract with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from zahlmeister.credit.models import BureauConnection
from zahlmeister.flows.purchase.ask_bureau import keep_secrets
from zahlmeister.merchants.models import Merchant
from zahlmeister.sandbox.bureau import KEY, BureauServer


@contextmanager
def listening() -> Iterator[BureauServer]:
    server = BureauServer()
    try:
        yield server
    finally:
        server.close()


def contract_with(merchant: Merchant, server: BureauServer, **more: object) -> BureauConnection:
    """The merchant asks this bureau."""
    told = {"name": "Auskunft", "settings": {"address": server.address}, **more}
    row = BureauConnection(merchant=merchant, **told)
    keep_secrets(row, {"key": KEY})
    row.save(force_insert=True)
    return row
