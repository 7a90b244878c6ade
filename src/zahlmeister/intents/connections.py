"""Connections to providers: their keys, the address each is called at, and what buyers can pay with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import cast

from django.conf import settings

from zahlmeister.connectors.providers.contract import Method, Provider, System
from zahlmeister.connectors.providers.systems import SYSTEMS
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.merchants.seal import opened, seal


def system_of(connection: ProviderConnection) -> System:
    """Which provider it is."""
    return SYSTEMS[connection.system]


@contextmanager
def spoken_to(connection: ProviderConnection) -> Iterator[Provider]:
    """The provider, open.

    Raises:
        Unopened: its keys were sealed with another secret.
        Refused: its address is none that may be asked.
    """
    system = system_of(connection)
    module, _, function = system.opener.partition(":")
    keys = {**connection.settings, **secrets_of(connection)}
    opener = getattr(import_module(module), function)
    with opener(connection.address or system.address, keys) as provider:
        yield cast("Provider", provider)


def secrets_of(connection: ProviderConnection) -> dict[str, str]:
    """The keys that the merchant was given by the provider."""
    return opened(bytes(connection.sealed), f"provider:{connection.pk}")


def keep_keys(connection: ProviderConnection, keys: Mapping[str, str]) -> None:
    """Keep what was typed in, what is secret sealed; an empty secret leaves the one that is kept. The caller saves."""
    system = system_of(connection)
    secret = {key.name for key in system.keys if key.is_secret}
    known = secrets_of(connection) | {name: keys[name] for name in secret if keys.get(name)}
    connection.sealed = seal(known, f"provider:{connection.pk}")
    connection.settings = {key.name: keys.get(key.name, "") for key in system.keys if not key.is_secret}


def webhook_url(connection: ProviderConnection) -> str:
    """The address of ours that the provider calls."""
    return f"{settings.PUBLIC_ADDRESS}/api/providers/{connection.pk}"


def connections_for(merchant_id: int, method: Method, *, stores: bool = False) -> list[ProviderConnection]:
    """Where buyers of a merchant can pay by a method, the first that was connected first.

    Args:
        merchant_id: whose.
        method: how.
        stores: only where it can be charged again without the buyer.
    """
    rows = ProviderConnection.objects.filter(merchant_id=merchant_id, is_on=True).order_by("id")
    found = [row for row in rows if method in row.methods]
    return [row for row in found if method in system_of(row).stores] if stores else found
