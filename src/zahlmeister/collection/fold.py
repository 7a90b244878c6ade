"""How a case stands is what its events come to, in the order in which they happened: late news change the past, too.

Pure: the events of both sides go in, the standing comes out. So an event that arrives twice, late or before the one it
follows cannot leave a case in a state that its events do not tell.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from zahlmeister.collection.states import NEXT, Closed, HandOver, Money, Stage, Work
from zahlmeister.connectors.agencies.contract import Heard, Tell


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the fold wants it: whose it is, what, when; amounts in minor units."""

    is_ours: bool
    kind: str
    at: datetime
    key: str = ""
    word: str = ""
    amount_minor: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands."""

    hand_over: HandOver = HandOver.SUBMITTED
    stage: Stage = Stage.EXTRAJUDICIAL
    work: Work = Work.IN_PROGRESS
    money: Money = Money.UNPAID
    closed: str = ""
    collected_minor: int = 0
    direct_minor: int = 0
    credited_minor: int = 0  # so much less is owed on the invoice than at the hand-over
    balance: Mapping[str, int] = field(default_factory=dict)
    question: str = ""
    doubt: str = ""
    was_accepted: bool = False
    on_principal_minor: int = 0  # of what was collected, what the agency counts for the invoice


#: What closing with a result means for the money; other results leave it as it is.
_MONEY = {
    Closed.PAID_FULL: Money.PAID,
    Closed.PAID_BEFORE: Money.PAID,
    Closed.SETTLED: Money.SETTLED,
}


def stand(events: Iterable[Event], *, principal_minor: int) -> Standing:
    """How a case stands after these events, given in any order.

    Args:
        events: of both sides.
        principal_minor: what was owed on the invoice itself.
    """
    standing = Standing()
    for event in sorted(events, key=lambda one: (one.at, not one.is_ours, one.key)):
        standing = _ours(standing, event) if event.is_ours else _theirs(standing, event)
    return _with_money(standing, max(principal_minor - standing.credited_minor, 0))


def _ours(standing: Standing, event: Event) -> Standing:
    match event.kind:
        case Tell.DIRECT_PAYMENT:
            return replace(standing, direct_minor=standing.direct_minor + event.amount_minor)
        case Tell.CREDIT_NOTE:
            return replace(standing, credited_minor=standing.credited_minor + event.amount_minor)
        case Tell.PAYMENT_REVERSED:
            woken = _awake(standing) if standing.hand_over is HandOver.ENDED else standing
            return replace(woken, direct_minor=standing.direct_minor - event.amount_minor)
        case Tell.ANSWER:
            return _moved(replace(standing, question=""), _answered(standing))
        case Tell.CANCEL:
            return replace(standing, work=Work.CANCEL_ASKED)
        case Tell.WITHDRAW:
            return _moved(standing, HandOver.WITHDRAWN)
        case _:
            return standing


def _theirs(standing: Standing, event: Event) -> Standing:
    heard = _HEARD.get(event.kind)
    return heard(standing, event) if heard else standing


def _accepted(standing: Standing, _: Event) -> Standing:
    return replace(_moved(standing, HandOver.ACCEPTED), question="", was_accepted=True)


def _rejected(standing: Standing, _: Event) -> Standing:
    return _moved(standing, HandOver.REJECTED)


def _asked(standing: Standing, event: Event) -> Standing:
    return replace(_moved(standing, HandOver.QUERIED), question=event.key)


def _collected(standing: Standing, event: Event) -> Standing:
    return replace(
        standing,
        collected_minor=standing.collected_minor + event.amount_minor,
        on_principal_minor=standing.on_principal_minor + _on_principal(event),
    )


def _reversed(standing: Standing, event: Event) -> Standing:
    woken = _awake(standing) if standing.hand_over is HandOver.ENDED else standing
    return replace(
        woken,
        collected_minor=standing.collected_minor - event.amount_minor,
        on_principal_minor=standing.on_principal_minor - _on_principal(event),
    )


def _on_principal(event: Event) -> int:
    """Where the agency does not tell the parts, all of it may be."""
    return event.parts.get("principal", 0) if event.parts else 0


def _moved(standing: Standing, state: HandOver) -> Standing:
    """What the life of a case does not allow, such as news after the end, changes nothing here; it stays readable."""
    return replace(standing, hand_over=state) if state in NEXT[standing.hand_over] else standing


def _answered(standing: Standing) -> HandOver:
    """A question before the acceptance leads back to waiting for it, a later one back to the case."""
    if standing.hand_over is not HandOver.QUERIED:
        return standing.hand_over
    return HandOver.ACCEPTED if standing.was_accepted else HandOver.SUBMITTED


def _awake(standing: Standing) -> Standing:
    return replace(standing, hand_over=HandOver.ACCEPTED, work=Work.IN_PROGRESS, stage=Stage.EXTRAJUDICIAL, closed="")


def _closed(standing: Standing, event: Event) -> Standing:
    if standing.hand_over in (HandOver.REJECTED, HandOver.WITHDRAWN):
        return standing
    if event.word == Closed.MONITORING:  # the agency goes on watching: later money earns it a share
        return replace(standing, stage=Stage.MONITORING, closed=event.word)
    work = {
        Closed.CANCELLED_CLIENT: Work.CANCELLED_BY_CLIENT,
        Closed.CANCELLED_AGENCY: Work.CANCELLED_BY_AGENCY,
    }.get(Closed(event.word), Work.CLOSED)
    return replace(standing, hand_over=HandOver.ENDED, stage=Stage.ENDED, work=work, closed=event.word)


#: What each kind of news does to a case; the others are only kept to be read.
_HEARD: Mapping[str, Callable[[Standing, Event], Standing]] = {
    Heard.ACCEPTED: _accepted,
    Heard.REJECTED: _rejected,
    Heard.QUERY: _asked,
    Heard.STAGE: lambda standing, event: replace(standing, stage=Stage(event.word)),
    Heard.WORK: lambda standing, event: replace(standing, work=Work(event.word)),
    Heard.COLLECTED: _collected,
    Heard.REVERSED: _reversed,
    Heard.BALANCE: lambda standing, event: replace(standing, balance=dict(event.parts)),
    Heard.CLOSED: _closed,
}


def _with_money(standing: Standing, principal_minor: int) -> Standing:
    paid = standing.collected_minor + standing.direct_minor
    is_settled = paid >= principal_minor and (paid or standing.credited_minor) > 0
    money = Money.PAID if is_settled else Money.PART_PAID if paid > 0 else Money.UNPAID
    if standing.closed and standing.closed in _MONEY:
        money = _MONEY[Closed(standing.closed)]
    return replace(standing, money=money, doubt=_doubt(standing, paid, principal_minor))


def _doubt(standing: Standing, paid: int, principal_minor: int) -> str:
    """What a person should ask the agency about; the words for it are the office's."""
    if standing.collected_minor < 0:
        return "more_reversed_than_collected"
    if standing.closed == Closed.PAID_FULL and paid < principal_minor:
        return "closed_without_payment"
    if standing.balance and sum(standing.balance.values()) < 0:
        return "balance_below_zero"
    on_invoice = standing.on_principal_minor + standing.direct_minor
    return "more_than_owed" if on_invoice > principal_minor else ""
