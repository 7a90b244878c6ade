"""How often one caller may knock within a minute.

What a key calls is counted over all processes: each counts for itself and tells the key's row of every twentieth call,
so that the limit is passed by at most so many calls of each process and few calls write. What an address knocks without
a valid key is counted by each process alone (decision 0063).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from time import monotonic, time

from django.http import HttpRequest

from zahlmeister.programs.keys import add_calls
from zahlmeister.programs.models import ProgramKey

_lock = Lock()
#: By kind: people who are signed in, pages that exist, and strangers at each door. Strangers, however many, crowd out
#: nobody but each other at the same door.
_knocks: defaultdict[str, Counter[str]] = defaultdict(Counter)
_minute = 0
#: So many callers of one kind are counted apart; beyond that all are one.
_MOST_CALLERS = 10_000
#: A process tells the others after so many calls of a key.
_TOLD_AFTER = 20


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often somebody may still call: `left` times within the next `seconds`; below zero it was too often."""

    most: int
    left: int
    seconds: int


@dataclass(slots=True)
class _Calls:
    """Of one key in one minute: what all processes had told, and what this one has not told yet."""

    minute: int
    known: int = 0
    untold: int = 0
    is_new: bool = True


_calls: dict[int, _Calls] = {}


def allowance(key: ProgramKey, *, most: int) -> Allowance:
    """Count a call of a key, and say how many are left to it in the running minute, over all processes."""
    minute, second = divmod(int(time()), 60)
    with _lock:
        mine = _calls.get(key.pk)
        if mine is None or mine.minute != minute:
            for old in [pk for pk, each in _calls.items() if each.minute != minute]:
                del _calls[old]
            mine = _calls[key.pk] = _Calls(minute)
        mine.untold += 1
        telling = mine.untold if mine.is_new or mine.untold >= _TOLD_AFTER else 0
        mine.is_new, mine.untold, mine.known = False, mine.untold - telling, mine.known + telling
    if telling:
        known = add_calls(key, minute, telling)
        with _lock:
            mine.known = max(mine.known, known)
    return Allowance(most, most - mine.known - mine.untold, 60 - second)


def knocks_too_often(request: HttpRequest, *, most: int, door: str = "") -> bool:
    """Whether this caller has come to this door more often than that within the running minute."""
    caller = caller_behind(request.META.get("REMOTE_ADDR", ""))
    return _count(f"door:{door}", caller, int(monotonic() // 60)) > most


def is_shown_too_often(page: str, *, most: int) -> bool:
    """Whether a page that exists was asked for more often than that within the running minute, by whomever."""
    return _count("page", page, int(monotonic() // 60)) > most


def seconds_left() -> int:
    """When the running minute is over."""
    return 60 - int(monotonic() % 60)


def caller_behind(address: str) -> str:
    """Who is counted as one: an address, and of IPv6 the network of /64 that a single line has to itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


def counted_as(request: HttpRequest) -> str:
    """Under which address wrong passwords of this caller are counted: of IPv6 the first of its network of /64."""
    caller = caller_behind(request.META.get("REMOTE_ADDR", "")).partition("/")[0]
    try:
        return str(ip_address(caller))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - nothing listens there: it is “unknown”


def asks_too_much(person_id: int, *, weight: int, most: int) -> bool:
    """Whether this person has asked for more than that within the running minute; what costs much weighs more."""
    return _count("person", str(person_id), int(monotonic() // 60), weight) > most


def _count(kind: str, caller: str, minute: int, weight: int = 1) -> int:
    """How often this caller of a kind has come in this minute, with this time."""
    global _minute  # noqa: PLW0603 - the running minute belongs to the count
    with _lock:
        if minute != _minute:
            _minute = minute
            _knocks.clear()
        knocks = _knocks[kind]
        known = caller if caller in knocks or len(knocks) < _MOST_CALLERS else "everybody else"
        knocks[known] += weight
        return knocks[known]
