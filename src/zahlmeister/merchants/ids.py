"""Row numbers made by the application: unique over all databases and growing with time.

63 bits: microseconds since 2024 (51 bits, until 2095) and a number drawn by each process (12 bits). A process never
uses a microsecond twice; two processes that drew the same number would have to meet in the same microsecond, and
then the primary key refuses the second. No sequence is shared between merchants, so a merchant can move house.
"""

import os
import secrets
import threading
import time
from datetime import datetime

_EPOCH_MICROSECONDS = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z
_lock = threading.Lock()
_last = 0
_process = 0
_process_number = 0


def new_id() -> int:
    """The next row number of this process."""
    return new_ids(1)[0]


def first_id_at(moment: datetime) -> int:
    """The least number that a row can have which is made at this moment or later; see the decision for how exactly."""
    return max(int(moment.timestamp() * 1_000_000) - _EPOCH_MICROSECONDS, 0) << 12


def new_ids(count: int) -> list[int]:
    """Many row numbers at once, in ascending order."""
    global _last, _process, _process_number  # noqa: PLW0603 - the one counter of the process
    with _lock:
        if _process != os.getpid():  # a forked child must not go on with its parent's number
            _process, _process_number = os.getpid(), secrets.randbelow(1 << 12)
        first = max(time.time_ns() // 1000 - _EPOCH_MICROSECONDS, _last + 1)
        _last = first + count - 1
        return [(tick << 12) | _process_number for tick in range(first, first + count)]
