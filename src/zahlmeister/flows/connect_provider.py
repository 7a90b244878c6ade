"""A merchant connects a payment provider: its keys are kept sealed, tried at once, and buyers can pay with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.connectors.providers.systems import SYSTEMS
from zahlmeister.connectors.web import checked_address, private_is_allowed
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import keep_keys, secrets_of, spoken_to
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class ProviderWanted:
    """A provider as a person wants it. Empty secrets stay as they are; `address` only for a stand-in or a test."""

    name: str
    methods: Sequence[Method]
    keys: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    is_on: bool = True


def save_provider(
    merchant: Merchant, of: str | int, wanted: ProviderWanted, *, by: Person, at: datetime
) -> ProviderConnection:
    """Keep a provider, new or changed.

    Args:
        merchant: whose.
        of: the system of a new one, such as “stripe”, or the number of one that is kept.
        wanted: as a person wants it.
        by: an owner.
        at: now.

    Raises:
        Refused: the person is no owner, the name is taken, a key is missing, or the address is none that may be asked.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may connect a payment provider or change its keys.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = ProviderConnection.objects.filter(merchant=merchant)
        connection = rows.filter(pk=of).first() if isinstance(of, int) else _new(merchant, of, at)
        if connection is None:
            raise Refused("There is no such provider here.")
        if rows.filter(name=wanted.name).exclude(pk=connection.pk).exists():
            raise Refused(f"There is a provider “{wanted.name}” already; choose another name.")
        system = SYSTEMS[connection.system]
        connection.name, connection.is_on = wanted.name, wanted.is_on
        connection.methods = [method.value for method in wanted.methods if method in system.methods]
        connection.address = _address(connection, wanted.address)
        keep_keys(connection, wanted.keys)
        known = {**connection.settings, **secrets_of(connection)}
        missing = [key.label for key in system.keys if key.is_needed and not known.get(key.name)]
        if missing:
            raise Refused(f"{system.title} needs {', '.join(missing)}.")
        if isinstance(of, int):
            connection.save(update_fields=["name", "is_on", "methods", "address", "settings", "sealed"])
        else:
            connection.save(force_insert=True)
        verb = "changed" if isinstance(of, int) else "connected"
        told = {"methods": list(connection.methods), "is_on": connection.is_on}
        record(merchant.pk, [Happened("provider", connection.pk, verb, by.email, "", told)], at=at)
    return connection


def try_provider(connection: ProviderConnection, *, at: datetime) -> str:
    """Ask the provider something harmless, and keep what became of it.

    Returns:
        What the provider calls the account.

    Raises:
        Refusal: it does not answer, or does not accept the keys.
    """
    rows = ProviderConnection.objects.filter(pk=connection.pk)
    try:
        with spoken_to(connection) as provider:
            said = provider.check()
    except Refusal as stop:
        rows.update(error=str(stop))
        raise
    rows.update(error="", checked_at=at)
    return said


def _new(merchant: Merchant, system: str, at: datetime) -> ProviderConnection:
    if system not in SYSTEMS:
        raise Refused("There is no such provider here.")
    today = localdate(at)
    return ProviderConnection(
        id=new_id(), merchant=merchant, system=system, payouts_at=at, payouts_since=today, created_at=at
    )


def _address(connection: ProviderConnection, wanted: str) -> str:
    """Empty for the provider's own. Any other than its test address only where the operator allows it."""
    if not wanted or wanted == SYSTEMS[connection.system].test_address:
        return wanted
    if not private_is_allowed():
        raise Refused("Another address than the provider's own is used only where the operator allows it.")
    return checked_address(wanted)
