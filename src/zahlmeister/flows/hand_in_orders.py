"""A person hands in files of orders, as their shop exports them; payments that wait are looked at again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.note_import import Noting
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.flows.unpack import Handed
from zahlmeister.formats.order_files import read_order_file
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.orders.record import shop_called
from zahlmeister.orders.states import ImportKind
from zahlmeister.refusals import Refused, Unreadable

#: The sales channel of orders that come as files; `zahlmeister import-orders` calls it so, too.
CHANNEL = "File"
#: Somebody waits in front of the page while it is read; a larger file is read at the terminal, or from a shop.
MOST_BYTES = 5 << 20


def hand_in_orders(
    merchant: Merchant, files: Sequence[Handed], *, by: str, clock: Callable[[], datetime]
) -> OrdersImported:
    """Import files of orders. The same file again changes nothing; a row that cannot be read is told and passed over.

    Of each file it is kept who handed it in, and what became of its rows.

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
            imported.add(_file(shop, path, name, by=by, clock=clock))
    if imported.new or imported.changed:
        settle_waiting(merchant, at=clock())
    return imported


def _file(shop: Shop, path: Path, name: str, *, by: str, clock: Callable[[], datetime]) -> OrdersImported:
    """Read one file to its end, or to where it cannot be read on, and keep what became of it."""
    one, error = OrdersImported(), ""
    noting = Noting(shop, ImportKind.FILE, name, by, one)
    try:
        rows = read_order_file(path, name=name, refused=one.refused.append)
        import_orders(shop, rows, noting, by=by, clock=clock)
    except Unreadable as stop:
        error = str(stop)
    noting.end(clock(), error)
    if error:
        one.refused.append(error)
    return one
