"""How far sides do, for whoever runs the installation: every kind of connection, and what was to be told to whom."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from zahlmeister.accounting.models import BookDelivery
from zahlmeister.banking.models import Connection
from zahlmeister.banking.states import ConnectionState
from zahlmeister.collection.models import Agency
from zahlmeister.credit.models import BureauConnection
from zahlmeister.erps.models import ErpConnection
from zahlmeister.flows.before_verified import HELD_BACK
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.merchants.ids import first_id_at
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState

#: From so many merchants on whose connections to one system fail, the system is to blame.
MANY = 3
#: From so many messages of a channel in a day on, their share that fails says something …
FEW = 10
#: … and beyond this share (per mille) it is more than bad luck.
BAD_SHARE = 200
#: Messages written within this time are counted: the alarm hears of a day, people see the last hour and a week, too.
SPAN, HOUR, WEEK = timedelta(days=1), timedelta(hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Failing:
    """A connection that does not work now: whose, what it is called, and why in the far side's or our words."""

    merchant: Merchant
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class FarSide:
    """All merchants' connections to one system: how many are on, and those of them that fail."""

    kind: str
    system: str
    count: int
    failing: tuple[Failing, ...]

    @property
    def merchants(self) -> int:
        """How many merchants are concerned."""
        return len({one.merchant.pk for one in self.failing})

    @property
    def is_to_blame(self) -> bool:
        """Whether so many merchants fail at once that it will not be their settings."""
        return self.merchants >= MANY

    @property
    def per_mille(self) -> int:
        """The share of connections that fail."""
        return 1000 * len(self.failing) // self.count


@dataclass(frozen=True, slots=True)
class Told:
    """What was to be told on one channel within a time, over all merchants, and what became of it.

    What arrived after all is no failure, however often it was tried; `late` says how many were told more than once.
    """

    channel: str
    count: int = 0
    delivered: int = 0
    late: int = 0  # of the delivered ones: not at the first try
    failed: int = 0  # tried in vain at least once and still waiting, or given up
    merchants: int = 0  # whose messages failed
    why: str = ""  # of the newest that failed

    @property
    def per_mille(self) -> int:
        """The share that failed."""
        return 1000 * self.failed // max(self.count, 1)

    @property
    def is_bad(self) -> bool:
        """Whether the share is more than bad luck."""
        return self.count >= FEW and self.per_mille > BAD_SHARE


@dataclass(frozen=True, slots=True)
class _Kind:
    """How connections of a kind are asked: their rows that are on, their system, and whether one fails."""

    rows: Callable[[], Any]
    system: Callable[[Any], str]
    fails: Callable[[Any], bool]


def _is_failing(row: Any) -> bool:
    return bool(row.error)


KINDS: dict[str, _Kind] = {
    "bank": _Kind(
        lambda: Connection.objects.exclude(state=ConnectionState.PAUSED),
        lambda row: str(row.get_kind_display()),
        lambda row: row.state not in (ConnectionState.CONNECTED, ConnectionState.ASKING),
    ),
    "shop": _Kind(
        lambda: ShopConnection.objects.select_related("shop").exclude(
            state__in=(ShopState.PAUSED, ShopState.DEREGISTERED)
        ),
        lambda row: row.system,
        lambda row: row.state != ShopState.CONNECTED,
    ),
    "erp": _Kind(lambda: ErpConnection.objects.filter(is_on=True), lambda row: row.way, _is_failing),
    "provider": _Kind(lambda: ProviderConnection.objects.filter(is_on=True), lambda row: row.system, _is_failing),
    "agency": _Kind(lambda: Agency.objects.filter(is_on=True), lambda row: row.profile, _is_failing),
    "bureau": _Kind(lambda: BureauConnection.objects.filter(is_on=True), lambda row: row.adapter, _is_failing),
    "books": _Kind(BookDelivery.objects.all, lambda row: row.way, _is_failing),
}


def far_sides() -> list[FarSide]:
    """Every system that merchants are connected to, those first that fail for the most merchants."""
    found = [one for kind in KINDS for one in _of_kind(kind)]
    return sorted(found, key=lambda one: (-one.merchants, one.kind, one.system))


def told(at: datetime, span: timedelta = SPAN) -> list[Told]:
    """What was to be told within the last day or another time, by channel, the worst share first.

    Args:
        at: now.
        span: messages written within it are counted.
    """
    rows = Message.objects.filter(pk__gte=first_id_at(at - span))
    failed = Q(state=MessageState.STUCK) | Q(state=MessageState.WAITING, attempts__gt=0)
    failed &= ~Q(error__startswith=HELD_BACK)  # by the operator's own limit, and no far side's fault
    counted = rows.values("channel").annotate(
        all=Count("pk"),
        delivered=Count("pk", filter=Q(state=MessageState.DELIVERED)),
        late=Count("pk", filter=Q(state=MessageState.DELIVERED, attempts__gt=1)),
        failed=Count("pk", filter=failed),
        merchants=Count("merchant", filter=failed, distinct=True),
    )
    found = []
    for each in counted.order_by("channel"):
        newest = rows.filter(failed, channel=each["channel"]).order_by("-pk").first() if each["failed"] else None
        found.append(
            Told(
                each["channel"],
                each["all"],
                each["delivered"],
                each["late"],
                each["failed"],
                each["merchants"],
                newest.error if newest else "",
            )
        )
    return sorted(found, key=lambda one: -one.per_mille)


def _of_kind(kind: str) -> Iterator[FarSide]:
    how = KINDS[kind]
    counts: dict[str, int] = defaultdict(int)
    failing: dict[str, list[Failing]] = defaultdict(list)
    for row in how.rows().select_related("merchant").order_by("merchant__name", "pk"):
        system = how.system(row)
        counts[system] += 1
        if how.fails(row):
            failing[system].append(Failing(row.merchant, str(row), row.error))
    for system, count in counts.items():
        yield FarSide(kind, system, count, tuple(failing[system]))
