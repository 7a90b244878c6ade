"""Far sides on the operator's desk: which systems fail and for whom, and what could not be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from zahlmeister.connectors.providers.systems import SYSTEMS as PROVIDERS
from zahlmeister.connectors.shops.systems import SYSTEMS as SHOPS
from zahlmeister.erps.states import Way
from zahlmeister.flows.oversee_far_sides import HOUR, SPAN, WEEK, Failing, FarSide, Told, told

#: So many failing connections of one system are named.
NAMED = 5
KINDS: Mapping[str, Promise] = {
    "bank": gettext_lazy("Banks"),
    "shop": gettext_lazy("Shops"),
    "erp": gettext_lazy("ERPs"),
    "provider": gettext_lazy("Payment providers"),
    "agency": gettext_lazy("Collection agencies"),
    "bureau": gettext_lazy("Credit bureaus"),
    "books": gettext_lazy("Delivery of the books"),
}
#: One that is not listed keeps its name.
CHANNELS: Mapping[str, Promise] = {
    "shop": gettext_lazy("Shops are told of payments"),
    "webhook": gettext_lazy("Programs are called"),
    "mail": gettext_lazy("Mails to buyers"),
    "letter": gettext_lazy("Letters on paper"),
    "erp": gettext_lazy("ERPs are told"),
    "agency": gettext_lazy("Claims handed to agencies"),
    "customer": gettext_lazy("Mails to customers"),
    "people": gettext_lazy("Mails to merchants"),
    "tidings": gettext_lazy("Mails about money"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """A system as the page shows it."""

    of: FarSide

    @property
    def kind(self) -> str:
        return str(KINDS[self.of.kind])

    @property
    def system(self) -> str:
        """What the system is called by those who know it."""
        code = self.of.system
        if self.of.kind == "shop" and code in SHOPS:
            return SHOPS[code].label
        if self.of.kind == "provider" and code in PROVIDERS:
            return PROVIDERS[code].title
        if self.of.kind == "erp" and code in Way.values:
            return str(Way(code).label)
        return code

    @property
    def named(self) -> list[Failing]:
        """The first of its failing connections."""
        return list(self.of.failing[:NAMED])

    @property
    def unnamed(self) -> int:
        """How many more fail."""
        return max(len(self.of.failing) - NAMED, 0)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the page shows it: its last day, and beside it the last hour and the last seven days."""

    of: Told
    hour: Told
    week: Told

    @property
    def words(self) -> str:
        return str(CHANNELS.get(self.of.channel, self.of.channel))

    @property
    def why(self) -> str:
        """Of the newest that failed within the day, or else within the week."""
        return self.of.why or self.week.why


def channels(at: datetime) -> list[Channel]:
    """Every channel on which something was to be told in a week, those first that failed most within a day."""
    day, hour, week = ({one.channel: one for one in told(at, span)} for span in (SPAN, HOUR, WEEK))
    found = [Channel(day.get(name, Told(name)), hour.get(name, Told(name)), one) for name, one in sorted(week.items())]
    return sorted(found, key=lambda one: (-one.of.per_mille, -one.week.per_mille))
