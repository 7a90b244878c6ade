"""Orders that come together leave a record, written with the orders themselves, so that a stop loses none of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from zahlmeister.orders import imports
from zahlmeister.orders.models import OrderImport, Shop
from zahlmeister.orders.states import ImportKind

if TYPE_CHECKING:
    from zahlmeister.flows.import_orders import OrdersImported


@dataclass(slots=True)
class Noting:
    """The record of one import. It begins with the first orders, or with the reason why there are none.

    `imported` are the figures that the import counts on in.
    """

    shop: Shop
    kind: ImportKind
    name: str
    by: str
    imported: "OrdersImported"
    row: OrderImport | None = None
    is_over: bool = False

    def batch(self, made: Sequence[int], at: datetime) -> None:
        """Note a batch, inside of its transaction; `made` are the numbers of the orders that it has made."""
        if self.row is None:
            self.row = imports.begin(self.shop, self.kind, self.name, by=self.by, at=at)
        so_far = self.imported
        counted = imports.Counted(so_far.new, so_far.changed, so_far.same, so_far.refused)
        imports.note(self.row, counted, made)

    def end(self, at: datetime, error: str = "") -> None:
        """The import is over, or stopped with the sentence `error`. One that brought nothing leaves no record."""
        if self.is_over or (self.row is None and not (self.imported.seen or error)):
            return
        with transaction.atomic(durable=True):
            self.batch((), at)
            assert self.row is not None, "a batch was noted"
            imports.end(self.row, at, error)
        self.is_over = True
