"""ERPs: kept with their secrets, taken to be looked at when due, and what became of looking."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from zahlmeister.connectors.banks.place import Offered
from zahlmeister.erps.models import ErpConnection, ErpFile
from zahlmeister.erps.states import LOOKED_AT
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.seal import opened, seal

LEASE = timedelta(minutes=10)
#: How often an ERP is looked at, and how long it is left alone after so many failures at the most.
EVERY, LONGEST = timedelta(minutes=5), timedelta(hours=6)
#: A file that looks the same after this time is whole.
SETTLED = timedelta(seconds=15)


def keep_secret(erp: ErpConnection, secret: Mapping[str, str]) -> None:
    """Seal its passwords; the caller saves the row."""
    erp.sealed = seal(dict(secret), f"erp:{erp.pk}")


def secret_of(erp: ErpConnection) -> dict[str, str]:
    """What was sealed."""
    return opened(bytes(erp.sealed), f"erp:{erp.pk}")


def keep_signing(erp: ErpConnection, key: str) -> None:
    """Seal the key that webhooks are signed with; the caller saves the row."""
    erp.signing = seal({"key": key}, f"erp-signing:{erp.pk}")


def signing_of(erp: ErpConnection) -> str:
    """The key that webhooks are signed with."""
    return opened(bytes(erp.signing), f"erp-signing:{erp.pk}").get("key", "")


def due(at: datetime) -> QuerySet[ErpConnection]:
    """The ERPs that are due and that nobody looks at, the one that has been due the longest first."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    rows = ErpConnection.objects.filter(free, is_on=True, way__in=LOOKED_AT, due_at__lte=at)
    return rows.select_related("merchant").order_by("due_at", "id")


def claim(erp: ErpConnection, at: datetime) -> bool:
    """Take an ERP to look at it; False when somebody else has taken it."""
    mine = ErpConnection.objects.filter(pk=erp.pk, token=erp.token)
    token = new_id()
    if not mine.update(token=token, lease_until=at + LEASE):
        return False
    erp.refresh_from_db()
    return True


def answered(erp: ErpConnection, at: datetime, *, after: str, is_more: bool = False) -> bool:
    """It was looked at up to a place; soon again where there is more to come. False when somebody else holds it."""
    wait = SETTLED if is_more else EVERY
    return _release(erp, due_at=at + wait, after=after, failures=0, error="", answered_at=at)


def failed(erp: ErpConnection, at: datetime, sentence: str) -> bool:
    """It did not answer: later again, each time a little later."""
    wait = min(EVERY * 2 ** min(erp.failures, 10), LONGEST)
    return _release(erp, due_at=at + wait, failures=erp.failures + 1, error=sentence)


def whole_files(erp: ErpConnection, offered: Iterable[Offered], at: datetime) -> tuple[list[Offered], bool]:
    """Of the files lying there, those that are whole and not read yet; and whether others may still be growing.

    A file is whole when an earlier look, some seconds ago, saw it with the same size and time.
    """
    rows = ErpFile.objects.filter(merchant_id=erp.merchant_id, erp=erp)
    seen = {(row.name, row.size, row.modified): row for row in rows}
    whole, fresh, is_growing = [], [], False
    for one in offered:
        row = seen.get((one.name[:255], one.size, one.modified))
        if row is not None and row.read_at:
            continue
        if row is not None and at - row.seen_at >= SETTLED:
            whole.append(one)
            continue
        is_growing = True
        if row is None:
            fresh.append(_file(erp, one, at))
    ErpFile.objects.bulk_create(fresh, ignore_conflicts=True)
    return whole, is_growing


def was_read(erp: ErpConnection, offered: Offered, at: datetime) -> None:
    """Remember that all of this file is in the house."""
    rows = ErpFile.objects.filter(merchant_id=erp.merchant_id, erp=erp, name=offered.name[:255], size=offered.size)
    rows.filter(modified=offered.modified).update(read_at=at)


def _file(erp: ErpConnection, offered: Offered, at: datetime) -> ErpFile:
    return ErpFile(
        merchant_id=erp.merchant_id,
        erp=erp,
        name=offered.name[:255],
        size=offered.size,
        modified=offered.modified,
        seen_at=at,
    )


def _release(erp: ErpConnection, **changes: object) -> bool:
    mine = ErpConnection.objects.filter(pk=erp.pk, token=erp.token)
    return bool(mine.update(lease_until=None, **changes))
