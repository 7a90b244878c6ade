"""The keys of settled items are taken away, many at a time and in the order in which they lie in the table.

One item's keys lie on twenty pages; those of ten thousand items lie side by side. Nobody waits for this, and nobody has
to wait long because of it: it is done in small steps by a worker that has nothing else to do, which looks between two
of them whether there is something; or at the end of a command.
"""

from collections.abc import Generator, Iterator
from itertools import islice

from django.db import transaction

from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.keys import Key, begin_sweep, end_sweep, keys_to_sweep, sweep
from zahlmeister.receivables.models import RetiredKeys

#: So many items are swept together; of so many the keys are reckoned in one step, and so many keys taken away.
ITEMS = 20_000
AT_ONCE = 500
KEYS = 1_000


def sweep_keys(merchant: Merchant) -> None:
    """Take away the retired keys of a merchant's items. May stop anywhere; the next time goes on."""
    while sum(1 for _ in _steps(merchant.pk)):
        pass


class Sweeper:
    """Sweeps for whichever merchant has something to be swept, a step at a time."""

    def __init__(self) -> None:
        self._steps: Iterator[None] = iter(())

    def step(self) -> bool:
        """A worker's turn when there is nothing else to do; False when nothing is left."""
        if next(self._steps, self) is None:
            return True
        found = RetiredKeys.objects.values_list("merchant", flat=True).first()
        self._steps = _steps(found) if found is not None else iter(())
        return found is not None


def _steps(merchant_id: int) -> Generator[None, None, None]:
    """One sweep, step by step; none when nothing is to be swept."""
    with transaction.atomic(durable=True):
        lock(merchant_id)
        items = begin_sweep(merchant_id, ITEMS)
    if not items:
        return
    keys: list[Key] = []
    rest = iter(items.items())
    while some := dict(islice(rest, AT_ONCE)):
        keys += keys_to_sweep(merchant_id, some)
        yield
    keys.sort()
    for start in range(0, len(keys), KEYS):
        with transaction.atomic(durable=True):
            lock(merchant_id)
            sweep(merchant_id, keys[start : start + KEYS])
        yield
    with transaction.atomic(durable=True):
        lock(merchant_id)
        end_sweep(merchant_id, items)
    yield
