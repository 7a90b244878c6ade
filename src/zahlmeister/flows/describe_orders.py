"""A person tells what the columns of a shop's order files mean: shown first, then kept for all its files."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.connectors.shops.files import Files, Glimpse
from zahlmeister.flows.connect_shop import back_to_work, kept_of, look_at, system_called
from zahlmeister.formats.order_columns import Meant
from zahlmeister.history.record import Happened, record
from zahlmeister.orders.connections import secret_of
from zahlmeister.orders.models import ShopConnection
from zahlmeister.refusals import Refused


def glimpse(connection: ShopConnection, meant: Meant) -> Glimpse | None:
    """A file of this shop and what would be read of it if its columns meant this; None where none lies there.

    Raises:
        Unreachable: the place does not answer, or a file is no table.
        Refused: the access cannot be opened.
    """
    settings, secret = _with(connection, meant), secret_of(connection)
    with system_called(connection.system).open(settings, secret) as shop:
        assert isinstance(shop, Files), "only shops whose orders come as files are described"
        return shop.glimpse()


def describe_orders(connection: ShopConnection, meant: Meant, *, by: str, at: datetime) -> None:
    """Keep what was told beside what is known of other files of this shop, and read it.

    Raises:
        Unreachable: the place does not answer.
        Refused: the file cannot be read so; the sentence is the one at which reading stops.
    """
    seen = glimpse(connection, meant)
    if seen is not None and seen.refusal:
        raise Refused(seen.refusal)
    settings, system = _with(connection, meant), system_called(connection.system)
    with system.open(settings, secret_of(connection)) as shop:
        offer = look_at(system, shop)
    with transaction.atomic(durable=True):
        ShopConnection.objects.filter(pk=connection.pk).update(settings=settings, about=kept_of(offer))
        connection.refresh_from_db()
        record(connection.merchant_id, [Happened("shop", connection.pk, "columns_told", by)], at=at)
        back_to_work(connection, at=at)


def forget_columns(connection: ShopConnection, *, by: str, at: datetime) -> None:
    """Read this shop's files by our own knowledge of headers again. What was read stays read.

    Raises:
        Refused: nothing is remembered.
    """
    if not connection.settings.get("meant"):
        raise Refused("Nothing is remembered of the columns of these files.")
    with transaction.atomic(durable=True):
        settings = {name: value for name, value in connection.settings.items() if name != "meant"}
        ShopConnection.objects.filter(pk=connection.pk).update(settings=settings)
        connection.refresh_from_db()
        record(connection.merchant_id, [Happened("shop", connection.pk, "columns_forgotten", by)], at=at)


def _with(connection: ShopConnection, meant: Meant) -> Mapping[str, Any]:
    """The settings with what is told now, which counts before what was told of the same headers earlier."""
    before = connection.settings.get("meant") or {}
    told = {
        "columns": {**before.get("columns", {}), **meant.columns},
        "kinds": {**before.get("kinds", {}), **meant.kinds},
    }
    return {**connection.settings, "meant": told}
