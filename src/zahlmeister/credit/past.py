"""What earlier applications tell about a buyer: how often he asked, what is reserved, who is on the block list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from zahlmeister.credit.corrections import postcode_key
from zahlmeister.credit.keys import BLOCKABLE, Kind, digests
from zahlmeister.credit.look_buyer import SAME_BUYER
from zahlmeister.credit.models import BlockedKey, CreditDecision, DecisionKey, Town
from zahlmeister.credit.rules import Application, Asked, Outcome

WEEK, QUARTER = timedelta(days=7), timedelta(days=90)
#: So many towns, and applications, are looked at; who asks more often has been seen long before.
MOST = 500
#: A town is known at a postcode after so many accepted orders.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Past:
    """What the house's earlier decisions say. `orders` are order references of the same buyer.

    `reserved` is what each decision on another order of his still reserves.
    """

    asked: tuple[Asked, ...]
    reserved: Mapping[int, int]
    names_at_address: int
    listed: frozenset[str]
    cities: Mapping[str, tuple[str, ...]]
    orders: tuple[str, ...]


def past_of(merchant_id: int, application: Application, *, at: datetime) -> Past:
    """Six questions to the tables, however often the buyer has asked."""
    keys = digests(merchant_id, application)
    same = [text for kind, text in keys if kind in SAME_BUYER]
    return Past(
        asked=_asked(merchant_id, keys, at),
        reserved=_reserved(merchant_id, same, application, at),
        names_at_address=_names(merchant_id, keys, at),
        listed=_listed(merchant_id, keys, at),
        cities=cities_of(merchant_id, application),
        orders=_orders(merchant_id, same),
    )


def _asked(merchant_id: int, keys: Sequence[tuple[Kind, str]], at: datetime) -> tuple[Asked, ...]:
    telling = [text for kind, text in keys if kind not in (Kind.DOMAIN, Kind.NAME)]
    rows = DecisionKey.objects.filter(merchant_id=merchant_id, digest__in=telling, at__gt=at - WEEK, at__lte=at)
    fields = ("decision", "kind", "decision__minor", "decision__order", "decision__stands", "decision__sort", "at")
    shares: dict[int, set[str]] = defaultdict(set)
    told: dict[int, tuple[int, str, str, str, datetime]] = {}
    for number, kind, *facts in rows.order_by("-at").values_list(*fields)[: MOST * len(Kind)]:
        shares[number].add(kind)
        told[number] = (facts[0], facts[1], facts[2], facts[3], facts[4])
    return tuple(
        Asked(when, minor, order, frozenset(shares[number]), Outcome(stands), sort)
        for number, (minor, order, stands, sort, when) in list(told.items())[:MOST]
    )


def _reserved(merchant_id: int, same: Sequence[str], application: Application, at: datetime) -> dict[int, int]:
    """Reserved for other orders of the same buyer: the same order asked for again takes its own place."""
    numbers = DecisionKey.objects.filter(merchant_id=merchant_id, digest__in=same).values("decision")
    rows = CreditDecision.objects.filter(
        merchant_id=merchant_id,
        pk__in=numbers,
        currency=application.currency,
        reserved_minor__gt=0,
        reserved_until__gt=at,
    )
    return dict(rows.exclude(order=application.order[:64]).values_list("pk", "reserved_minor"))


def _names(merchant_id: int, keys: Sequence[tuple[Kind, str]], at: datetime) -> int:
    """Others who applied from one of the addresses."""
    places = [text for kind, text in keys if kind == Kind.ADDRESS]
    own = [text for kind, text in keys if kind == Kind.NAME]
    here = DecisionKey.objects.filter(merchant_id=merchant_id, digest__in=places, at__gt=at - QUARTER)
    rows = DecisionKey.objects.filter(merchant_id=merchant_id, kind=Kind.NAME, decision__in=here.values("decision"))
    return rows.exclude(digest__in=own).values("digest").distinct().count()


def _listed(merchant_id: int, keys: Sequence[tuple[Kind, str]], at: datetime) -> frozenset[str]:
    wanted = [text for kind, text in keys if kind in BLOCKABLE]
    rows = BlockedKey.objects.filter(merchant_id=merchant_id, digest__in=wanted)
    rows = rows.filter(Q(until=None) | Q(until__gte=at.date()))
    return frozenset(rows.values_list("kind", flat=True))


def cities_of(merchant_id: int, application: Application) -> dict[str, tuple[str, ...]]:
    """The towns that goods have reached at the postcodes of an application."""
    places = [application.billing, application.delivery or application.billing]
    rows = Town.objects.filter(
        merchant_id=merchant_id, postcode__in={postcode_key(place)[:24] for place in places}, count__gte=ENOUGH
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows.order_by("-count", "city")[:20]:
        found[row.postcode].append(row.city)
    return {postcode: tuple(towns) for postcode, towns in found.items()}


def _orders(merchant_id: int, same: Iterable[str]) -> tuple[str, ...]:
    rows = DecisionKey.objects.filter(merchant_id=merchant_id, digest__in=list(same))
    return tuple(dict.fromkeys(rows.order_by("-at").values_list("decision__order", flat=True)[:MOST]))
