"""A person steers a connected ERP: has it tried, gives it another address, lets it rest, renews its keys."""

from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.db import transaction

from zahlmeister.connectors.web import called_address
from zahlmeister.erps.connections import keep_secret, keep_signing, secret_of
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import LOOKED_AT, Way
from zahlmeister.flows.erps.connect_erp import WantedErp, look_at
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.seal import is_same_place, still_good
from zahlmeister.refusals import Refusal, Refused


def change_erp(erp: ErpConnection, wanted: WantedErp, *, by: str, at: datetime) -> ErpConnection:
    """Talk to an ERP as it is wanted from now on, and keep that when it answers.

    Secrets left empty stay as they are, as long as it is the same server, database and user.

    Raises:
        Refused: something is missing, or the password that is kept is for another server or user.
        Unreachable: it does not answer, or does not let us in.
        Unreadable: there is no such layout of files, or it lacks what was named.
    """
    address = called_address(wanted.address) if wanted.address.strip() else ""
    is_same = is_same_place(erp.settings, wanted.settings)
    keep_secret(erp, still_good(secret_of(erp), wanted.secret, is_same=is_same))
    erp.settings, erp.address, erp.profile = dict(wanted.settings), address, wanted.profile
    look_at(erp)
    erp.error, erp.failures, erp.answered_at, erp.due_at = "", 0, at, at
    _keep(erp, "changed", by, at, facts={"address": erp.address}, fields=("settings", "address", "profile", "sealed"))
    return erp


def try_erp(erp: ErpConnection, *, at: datetime) -> str:
    """Talk to an ERP now; what is wrong stands with it.

    Returns:
        What it says of itself.

    Raises:
        Refusal: what is wrong, in a sentence.
    """
    try:
        said = look_at(erp)
    except Refusal as wrong:
        ErpConnection.objects.filter(pk=erp.pk).update(error=str(wrong))
        raise
    ErpConnection.objects.filter(pk=erp.pk).update(error="", failures=0, answered_at=at, due_at=at)
    return said


def pause_erp(erp: ErpConnection, *, by: str, at: datetime) -> None:
    """It is neither looked at nor told, until it is let go on; what it sends by itself is taken all the same."""
    if erp.is_on:
        erp.is_on = False
        _keep(erp, "paused", by, at)


def resume_erp(erp: ErpConnection, *, by: str, at: datetime) -> None:
    """It is looked at and told again; what it has missed comes first."""
    if not erp.is_on:
        erp.is_on, erp.due_at, erp.failures = True, at, 0
        _keep(erp, "resumed", by, at)


def renew_signing(erp: ErpConnection, *, by: str, at: datetime) -> str:
    """Sign webhooks with another key from now on.

    Returns:
        The key; it is shown this once.

    Raises:
        Refused: it is not called.
    """
    if not erp.address:
        raise Refused("This ERP is not called; give it a webhook address first.")
    key = token_urlsafe(32)
    keep_signing(erp, key)
    _keep(erp, "signing_renewed", by, at, fields=("signing",))
    return key


def look_again(erp: ErpConnection, *, at: datetime) -> None:
    """A worker looks at it within seconds.

    Raises:
        Refused: it comes by itself, or rests.
    """
    if erp.way not in LOOKED_AT:
        raise Refused("This ERP sends its documents by itself; there is nothing to look at.")
    if not erp.is_on:
        raise Refused("This ERP rests; let it go on first.")
    ErpConnection.objects.filter(pk=erp.pk).update(due_at=at)


def wanted_of(erp: ErpConnection, **changes: Any) -> WantedErp:
    """An ERP as it is, with some of it changed."""
    return replace(WantedErp(erp.name, Way(erp.way), erp.profile, erp.address, erp.settings), **changes)


def _keep(
    erp: ErpConnection, verb: str, by: str, at: datetime, *, facts: dict[str, Any] | None = None,
    fields: tuple[str, ...] = (),
) -> None:  # fmt: skip
    with transaction.atomic(durable=True):
        erp.save(update_fields=[*fields, "is_on", "error", "failures", "answered_at", "due_at"])
        record(erp.merchant_id, [Happened("erp", erp.pk, verb, by, facts=facts or {})], at=at)
