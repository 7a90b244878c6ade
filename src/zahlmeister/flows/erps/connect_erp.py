"""A person connects an ERP: how its documents come, and where it is told what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from secrets import token_urlsafe
from typing import Any

from django.db import transaction

from zahlmeister.connectors.web import called_address
from zahlmeister.erps.connections import keep_secret, keep_signing
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import ASKED, FILES, Way
from zahlmeister.flows.erps.reach_erp import asked, check_names, exchange_of, layout_of
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

#: Documents of so long before an ERP is connected are read, unless its setting `since` names a day.
BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WantedErp:
    """An ERP as somebody wants it; see `erps.models.ErpConnection`."""

    name: str
    way: Way
    profile: str = "table"
    address: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict)


def connect(merchant: Merchant, wanted: WantedErp, *, by: str, at: datetime) -> tuple[ErpConnection, str]:
    """Have the first conversation with an ERP, and keep it.

    Returns:
        The connection, and the key that its webhooks are signed with; it is shown this once.

    Raises:
        Refused: something is missing or mistyped, or there is an ERP of this name.
        Unreachable: it does not answer, or does not let us in.
        Unreadable: there is no such layout of files, or it lacks what was named.
    """
    if not wanted.name.strip():
        raise Refused("Give the ERP a name.")
    check_names(wanted.way, wanted.settings)
    address = called_address(wanted.address) if wanted.address.strip() else ""
    made = ErpConnection(
        merchant=merchant,
        name=wanted.name.strip()[:80],
        way=wanted.way,
        profile=wanted.profile if wanted.way in FILES else "",
        settings=dict(wanted.settings),
        address=address,
        after=_since(wanted, at) if wanted.way in ASKED else "",
        due_at=at,
        created_by=by,
        created_at=at,
    )
    keep_secret(made, wanted.secret)
    key = token_urlsafe(32)
    keep_signing(made, key)
    made.answered_at = at if look_at(made) else None
    with transaction.atomic(durable=True):
        if ErpConnection.objects.filter(merchant=merchant, name=made.name).exists():
            raise Refused(f"There is an ERP “{made.name}” already; choose another name.")
        made.save(force_insert=True)
        facts = {"way": str(made.way), "address": made.address}
        record(merchant.pk, [Happened("erp", made.pk, "connected", by, facts=facts)], at=at)
    return made, key


def _since(wanted: WantedErp, at: datetime) -> str:
    """Where the reading of an ERP begins: what is older was bought on other terms, or from nobody.

    Raises:
        Refused: the day that was named is none.
    """
    told = str(wanted.settings.get("since", ""))
    try:
        day = date.fromisoformat(told) if told else (at - BEFORE).date()
    except ValueError as error:
        raise Refused(f"“{told}” is no day; write it such as 2026-11-22.") from error
    return datetime.combine(day, time()).isoformat()


def look_at(erp: ErpConnection) -> str:
    """Talk to an ERP, and say what it says of itself; nothing where it comes by itself.

    Raises:
        Refusal: what is wrong, in a sentence.
    """
    if erp.way in FILES:
        layout_of(erp)
        with exchange_of(erp) as exchange:
            count = len(list(exchange.offered()))
        return f"{count} files lie there"
    if erp.way in ASKED:
        with asked(erp) as there:
            return there.about()
    return ""
