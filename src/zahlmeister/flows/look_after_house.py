"""How the house is doing, for whoever keeps it running: what waits and for how long, and what needs a person."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from zahlmeister.banking.models import Connection, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.oversee_far_sides import FEW, far_sides, told
from zahlmeister.merchants.models import Trouble
from zahlmeister.merchants.probe import can_write
from zahlmeister.orders.models import ShopConnection
from zahlmeister.outbox.hold import held
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.payouts.models import BooksCheck


@dataclass(frozen=True, slots=True)
class Sign:
    """One figure: what it is called, what it means, what it is, and of what."""

    name: str
    meaning: str
    value: int
    labels: dict[str, str] = field(default_factory=dict)


def signs(at: datetime) -> Iterator[Sign]:
    """Every figure of the whole installation, none of which names a merchant or a person.

    One row is written, to see whether that can be done.

    Args:
        at: now; ages are whole seconds until then.
    """
    yield from _statements(at)
    yield from _messages(at)
    yield from _connections()
    yield from _far_sides(at)
    yield from _books()
    yield from _troubles()
    yield Sign("unwritable", "1 when the database answers and takes nothing that is written.", int(not can_write(at)))
    is_held = held(settings.HOME) is not None
    free = shutil.disk_usage(settings.HOME).free
    yield Sign("disk_free_bytes", "Bytes left on the disk with the folder of the installation.", free)
    yield Sign("held", "1 while nothing leaves the house, since a copy was put back.", int(is_held))


def _statements(at: datetime) -> Iterator[Sign]:
    waiting = StatementImport.objects.filter(state__in=(ImportState.WAITING, ImportState.RUNNING))
    told = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    yield Sign("statements_waiting", "Statement files that wait or are being read.", told["count"])
    yield Sign("statements_oldest_seconds", "How long the oldest of them has waited.", _age(told["oldest"], at))
    broken = StatementImport.objects.filter(state=ImportState.BROKEN)
    yield Sign("statements_broken", "Statement files that stopped at an error and wait for a person.", broken.count())


def _messages(at: datetime) -> Iterator[Sign]:
    due = Message.objects.filter(state=MessageState.WAITING, due_at__lte=at)
    counted = due.values_list("channel").annotate(Count("pk"), Min("due_at")).order_by("channel")
    for channel, count, oldest in counted:
        of = {"channel": channel}
        yield Sign("messages_due", "Messages that should have gone out by now.", count, of)
        yield Sign("messages_oldest_seconds", "How long the oldest of them is due.", _age(oldest, at), of)
    stuck = Message.objects.filter(state=MessageState.STUCK)
    for channel, count in stuck.values_list("channel").annotate(Count("pk")).order_by("channel"):
        meaning = "Messages that could not be delivered and wait for a person."
        yield Sign("messages_stuck", meaning, count, {"channel": channel})


def _connections() -> Iterator[Sign]:
    meaning = "Connections to banks and shops, by what state they are in."
    kinds: dict[str, QuerySet[Connection] | QuerySet[ShopConnection]] = {
        "bank": Connection.objects.all(),
        "shop": ShopConnection.objects.all(),
    }
    for kind, rows in kinds.items():
        for state, count in rows.values_list("state").annotate(Count("pk")).order_by("state"):
            yield Sign("connections", meaning, count, {"kind": kind, "state": state})


def _far_sides(at: datetime) -> Iterator[Sign]:
    sides = far_sides()
    for kind in sorted({one.kind for one in sides}):
        of = [one for one in sides if one.kind == kind]
        failing = sum(len(one.failing) for one in of)
        yield Sign("connections_failing", "Connections of a kind that do not work now.", failing, {"kind": kind})
    meaning = "Merchants whose connections to a system do not work now, where they are so many that it is its fault."
    for one in sides:
        if one.is_to_blame:
            yield Sign("system_down_merchants", meaning, one.merchants, {"kind": one.kind, "system": one.system})
    for each in told(at):
        meaning = "Messages of the last day that were tried in vain, of a thousand, where there were at least ten."
        share = each.per_mille if each.count >= FEW else 0
        yield Sign("messages_failed_per_mille", meaning, share, {"channel": each.channel})


def _books() -> Iterator[Sign]:
    newest = BooksCheck.objects.filter(merchant=OuterRef("merchant")).order_by("-on").values("pk")[:1]
    last = BooksCheck.objects.filter(pk=Subquery(newest))
    wrong = last.exclude(findings=[]).count()
    yield Sign("books_wrong", "Merchants whose books did not add up when they were last checked.", wrong)


def _troubles() -> Iterator[Sign]:
    meaning = "Rows at which a worker's turn has failed more than once; its log says why."
    rows = Trouble.objects.filter(failures__gt=1)
    for turn, count in rows.values_list("turn").annotate(Count("pk")).order_by("turn"):
        yield Sign("rows_in_trouble", meaning, count, {"turn": turn})


def _age(since: datetime | None, at: datetime) -> int:
    return 0 if since is None else max(int((at - since).total_seconds()), 0)
