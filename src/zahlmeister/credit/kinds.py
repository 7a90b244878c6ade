"""The rules there are: how each looks, what can be set of it, what it may do, and what a merchant begins with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from zahlmeister.credit import look_buyer as buyer
from zahlmeister.credit import look_data as data
from zahlmeister.credit.look import Case, Seen, Values
from zahlmeister.credit.rules import Light, Method


class Effect(StrEnum):
    """What a rule does when it speaks."""

    ACCEPT = "accept"  # nothing softer behind it counts
    LIMIT = "limit"  # the buyer may owe no more than so much
    REVIEW = "review"
    DECLINE = "decline"


class State(StrEnum):
    """Whether a rule counts."""

    ON = "on"
    SHADOW = "shadow"  # recorded and never counted
    OFF = "off"


class Measure(StrEnum):
    """What a setting is measured in."""

    MONEY = "money"
    COUNT = "count"
    DAYS = "days"
    HOURS = "hours"
    YEARS = "years"
    HOUR = "hour"  # of the day
    PERCENT = "percent"
    FLAG = "flag"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Value:
    """One setting of a rule."""

    name: str
    measure: Measure
    default: int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A rule there is: how it looks, what can be set, and what a merchant begins with."""

    code: str
    look: Callable[[Case, Values], Seen]
    values: tuple[Value, ...] = ()
    effect: Effect = Effect.DECLINE
    state: State = State.ON
    effects: tuple[Effect, ...] = (Effect.LIMIT, Effect.REVIEW, Effect.DECLINE)
    is_data: bool = False  # looked at already when the data are validated
    method: Method | None = None  # it speaks about this method only

    def defaults(self) -> dict[str, int | tuple[str, ...]]:
        """What its settings are as long as nobody has changed them."""
        return {value.name: value.default for value in self.values}


_money, _count = partial(Value, measure=Measure.MONEY), partial(Value, measure=Measure.COUNT)
_days, _hour = partial(Value, measure=Measure.DAYS), partial(Value, measure=Measure.HOUR)
_words = partial(Value, measure=Measure.WORDS)
_DECLINE, _LIMIT = (Effect.DECLINE,), (Effect.LIMIT,)
_REVIEW_OR_DECLINE = (Effect.REVIEW, Effect.DECLINE)
#: Smaller orders are not worth a look.
_FROM = _money("least_minor", default=5_000)
_TRIES = Value("hours", Measure.HOURS, 24)

_DATA = partial(Kind, is_data=True)
_LADDER = (
    _DATA(
        "complete",
        data.complete,
        (_words("needs", default=("born_on", "phone", "email", "house_number")),),
        effects=_DECLINE,
    ),
    _DATA("adds_up", data.adds_up, effects=_DECLINE),
    _DATA("age", data.age, (Value("least", Measure.YEARS, 18),), effects=_REVIEW_OR_DECLINE),
    _DATA("market", data.market, (_words("countries", default=("DE", "AT")),), effects=_REVIEW_OR_DECLINE),
    _DATA("currency", data.currency, effects=_DECLINE),
    _DATA("buyer_kind", data.buyer_kind, (_words("kinds", default=("person", "company")),), effects=_REVIEW_OR_DECLINE),
    *(
        _DATA(
            f"method_{method}",
            partial(data.method_allowed, method),
            (Value("is_offered", Measure.FLAG, is_offered),),
            effects=_DECLINE,
            method=method,
        )
        for method, is_offered in ((Method.INVOICE, 1), (Method.DIRECT_DEBIT, 0))
    ),
    _DATA(
        "basket",
        data.basket,
        (_money("least_minor", default=500), _money("most_minor", default=150_000)),
        effects=_REVIEW_OR_DECLINE,
    ),
    _DATA("delivery", data.delivery, (Value("known_ones_may", Measure.FLAG, 1),), Effect.REVIEW),
    _DATA("pick_up", data.pick_up, (_words("places", default=("pick_up_box",)),)),
    _DATA("address", data.address, effect=Effect.REVIEW, effects=_REVIEW_OR_DECLINE),
    Kind("identity_tries", buyer.identity_tries, (_count("most", default=3), _TRIES), effects=_DECLINE),
    Kind("risk_tries", buyer.risk_tries, (_count("most", default=1), _TRIES), effects=_DECLINE),
    Kind("listed", buyer.listed, effects=_REVIEW_OR_DECLINE),
    Kind("listed_address", buyer.listed_address, effect=Effect.REVIEW, effects=_REVIEW_OR_DECLINE),
    Kind("overdue", buyer.overdue, (_days("days", default=14), _money("least_minor", default=0))),
    Kind("dunned", buyer.dunned, (_count("notices", default=2),)),
    Kind("in_collection", buyer.in_collection),
    Kind("insolvent", buyer.insolvent, effects=_REVIEW_OR_DECLINE),
    Kind("debt_limit", buyer.debt_limit, (_money("most_minor", default=75_000),), Effect.LIMIT, effects=_LIMIT),
    Kind(
        "tier",
        buyer.tier,
        (
            _money("guest_minor", default=15_000),
            _money("new_minor", default=25_000),
            _money("known_minor", default=50_000),
            _money("trusted_minor", default=75_000),
            _days("known_days", default=30),
            _count("trusted_paid", default=5),
        ),
        Effect.LIMIT,
        effects=_LIMIT,
    ),
    Kind(
        "known_good",
        buyer.known_good,
        (_count("least_paid", default=3), _money("most_minor", default=10_000)),
        Effect.ACCEPT,
        State.OFF,
        (Effect.ACCEPT,),
    ),
    Kind(
        "velocity",
        buyer.velocity,
        (
            _count("orders_day", default=3),
            _money("minor_day", default=50_000),
            _count("orders_week", default=6),
            _money("minor_week", default=100_000),
        ),
        Effect.REVIEW,
    ),
    Kind("many_names", buyer.many_names, (_count("most", default=4),), Effect.REVIEW),
    Kind(
        "risky_goods",
        buyer.risky_goods,
        (_words("categories", default=("voucher", "phone", "gold")), _FROM),
        Effect.REVIEW,
    ),
    Kind(
        "at_night",
        buyer.at_night,
        (_hour("first_hour", default=0), _hour("last_hour", default=5), _FROM),
        Effect.REVIEW,
        State.SHADOW,
    ),
    Kind("express_first", buyer.express_first, (_FROM,), Effect.REVIEW),
    Kind(
        "returns",
        buyer.returns,
        (Value("percent", Measure.PERCENT, 70), _money("least_minor", default=30_000)),
        Effect.REVIEW,
        State.SHADOW,
    ),
    *(
        Kind(f"bureau_{light}", partial(buyer.bureau, (light,)), (_FROM,), effect)
        for light, effect in (
            (Light.RED, Effect.DECLINE),
            (Light.YELLOW, Effect.REVIEW),
            (Light.UNKNOWN, Effect.REVIEW),
            (Light.SILENT, Effect.REVIEW),
        )
    ),
    Kind("within_limit", buyer.within_limit, effects=_REVIEW_OR_DECLINE),
)

#: Every rule, in the order in which they are looked at.
KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _LADDER}
#: Rules that need what a bureau says.
BUREAU = frozenset(code for code in KINDS if code.startswith("bureau_"))
#: The rule that looks at the limit all others gave.
WITHIN_LIMIT = "within_limit"
