"""How often one caller may knock: a plain count per minute, in the memory of this process."""

from collections import Counter
from threading import Lock
from time import monotonic

from django.http import HttpRequest

_lock = Lock()
_knocks: Counter[str] = Counter()
_minute = 0
#: So many callers are counted apart; beyond that all are one.
_MOST_CALLERS = 10_000


def knocks_too_often(request: HttpRequest, *, most: int, door: str = "") -> bool:
    """Whether this caller has come more often than that within the running minute."""
    global _minute  # noqa: PLW0603 - the running minute belongs to the count
    caller = f"{door}:{request.META.get('REMOTE_ADDR', '')}"
    with _lock:
        minute = int(monotonic() // 60)
        if minute != _minute:
            _minute = minute
            _knocks.clear()
        known = caller if caller in _knocks or len(_knocks) < _MOST_CALLERS else "everybody else"
        _knocks[known] += 1
        return _knocks[known] > most
