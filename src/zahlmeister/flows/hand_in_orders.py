"""A person hands in files of orders, as their shop exports them; payments that wait are looked at again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.flows.unpack import Handed
from zahlmeister.formats.order_files import read_order_file
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.record import shop_called
from zahlmeister.refusals import Refused, Unreadable

#: The sales channel of orders that come as files; `zahlmeister import-orders` calls it so, too.
CHANNEL = "File"
#: Somebody waits in front of the page while it is read; a larger file is read at the terminal, or from a shop.
MOST_BYTES = 5 << 20


def hand_in_orders(
    merchant: Merchant, files: Sequence[Handed], *, by: str, clock: Callable[[], datetime]
) -> OrdersImported:
    """Import files of orders. The same file again changes nothing; a row that cannot be read is told and passed over.

    Raises:
        Refused: a file is larger than somebody waits for. What stood before it is imported.
    """
    shop, imported = shop_called(merchant.pk, CHANNEL), OrdersImported()
    with TemporaryDirectory(prefix="zahlmeister-") as folder:
        for number, file in enumerate(files):
            name = PurePath(file.name).name or "orders"
            path = Path(folder) / str(number)
            with path.open("wb") as copy:
                copyfileobj(file.file, copy)
            if path.stat().st_size > MOST_BYTES:
                raise Refused(f"“{name}” is larger than 5 MB; connect the shop, or have it read at the terminal.")
            try:
                rows = read_order_file(path, name=name, refused=imported.refused.append)
                import_orders(shop, rows, imported, by=by, clock=clock)
            except Unreadable as stop:
                imported.refused.append(str(stop))
    if imported.new or imported.changed:
        settle_waiting(merchant, at=clock())
    return imported
