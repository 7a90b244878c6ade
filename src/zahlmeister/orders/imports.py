"""What is kept of orders that came together: who brought them, how many were taken, and why others were not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from zahlmeister.orders.models import Order, OrderImport, RefusedRow, Shop
from zahlmeister.orders.states import ImportKind

_LINE = re.compile(r"\bline (\d{1,9})\b", re.IGNORECASE)
#: Nobody reads an import for longer than this; one without an end broke off.
LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of an import so far, and the sentences about orders that were not taken."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: Sequence[str] = field(default_factory=tuple)


def begin(shop: Shop, kind: ImportKind, name: str, *, by: str, at: datetime) -> OrderImport:
    """Note that orders are coming in."""
    return OrderImport.objects.create(
        merchant_id=shop.merchant_id, shop=shop, kind=kind, name=name[:255], created_by=by[:120], created_at=at
    )


def note(row: OrderImport, counted: Counted, made: Sequence[int] = ()) -> None:
    """Write how far an import is, in the transaction of the orders themselves.

    Args:
        row: the import.
        counted: everything since its beginning.
        made: the numbers of the orders that this transaction has made, in their order.
    """
    fresh = counted.refused[row.refused :]
    RefusedRow.objects.bulk_create(
        RefusedRow(merchant_id=row.merchant_id, order_import=row, line=_line(why), why=why) for why in fresh
    )
    if made:
        row.made = _with(row, made[0], made[-1])
    row.new, row.changed, row.same, row.refused = counted.new, counted.changed, counted.same, len(counted.refused)
    row.save(update_fields=["new", "changed", "same", "refused", "made"])


def end(row: OrderImport, at: datetime, error: str = "") -> None:
    """The import is over; with `error` it stopped there.

    A shop that only says once more what it said before leaves no record of it: what it names and we refuse is asked for
    at every reading until somebody mends it.
    """
    row.ended_at, row.error = at, error
    if row.kind == ImportKind.SHOP and not (row.new or row.changed) and _says_nothing_new(row):
        refused_rows(row).delete()
        row.delete()
    else:
        row.save(update_fields=["ended_at", "error"])


def order_imports(merchant_id: int) -> QuerySet[OrderImport]:
    """What came in, newest first."""
    return OrderImport.objects.filter(merchant_id=merchant_id).select_related("shop").order_by("-created_at", "-id")


def in_trouble(at: datetime) -> Q:
    """The imports that were not taken to the end: refused rows, a stop, or a process that died."""
    return Q(refused__gt=0) | ~Q(error="") | Q(ended_at=None, created_at__lt=at - LONGEST)


def refused_rows(row: OrderImport) -> QuerySet[RefusedRow]:
    """What was not taken, in the sequence of the lines."""
    return RefusedRow.objects.filter(merchant_id=row.merchant_id, order_import=row).order_by("line", "id")


def made_by(row: OrderImport, path: str = "") -> Q:
    """The orders that an import has brought; `path` leads to the order."""
    found = Q(pk__in=())
    for first, last in row.made:
        found |= Q(**{f"{path}pk__range": (first, last)})
    return found & Q(**{f"{path}shop": row.shop_id})


def _with(row: OrderImport, first: int, last: int) -> list[list[int]]:
    """The pairs with one more; they become one where nobody has made an order between them."""
    pairs: list[list[int]] = [list(pair) for pair in row.made]
    between = Order.objects.filter(merchant_id=row.merchant_id, pk__gt=pairs[-1][1], pk__lt=first) if pairs else None
    if between is None or between.exists():
        return [*pairs, [first, last]]
    return [*pairs[:-1], [pairs[-1][0], last]]


def _says_nothing_new(row: OrderImport) -> bool:
    if not (row.refused or row.error):
        return True
    rows = order_imports(row.merchant_id).filter(shop=row.shop_id, kind=row.kind)
    before = rows.exclude(pk=row.pk).first()
    return before is not None and before.error == row.error and _sentences(before) == _sentences(row)


def _sentences(row: OrderImport) -> list[str]:
    return sorted(refused_rows(row).values_list("why", flat=True))


def _line(why: str) -> int:
    found = _LINE.search(why)
    return int(found[1]) if found else 0
