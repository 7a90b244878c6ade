"""Values that come by the hundred thousand: frozen dataclasses that are made as quickly as plain ones.

A frozen dataclass guards itself against each assignment, also while it is made, which takes three to nine times as
long; one payment leaves some fifty such values behind. Whoever would change one of these is refused by the type
checker, which sees every line that is written here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(**options):
        """Like `dataclass`, with the same options; `frozen` is left to the type checker."""
        return dataclass(**(options | {"frozen": False, "unsafe_hash": True}))


__all__ = ["value"]
