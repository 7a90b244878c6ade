"""The demo: Brigitte's shop with a few hundred orders and a month of bank statements, settled before one's eyes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.timezone import localdate

from zahlmeister.banking.accounts import account_for
from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.learn import learn_from_settled
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.formats.orders_csv import read_orders
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.record import shop_called
from zahlmeister.sandbox import bank, shop
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.demo_centre import open_demo_centre
from zahlmeister.sandbox.demo_collection import remind
from zahlmeister.sandbox.demo_payouts import open_pooled_account
from zahlmeister.sandbox.demo_plan import open_plan
from zahlmeister.sandbox.demo_purchase import open_demo_purchase
from zahlmeister.sandbox.letters import deliver_letters, set_up_letters

NAME = "Brigittes Wollstube"
SLUG = "brigittes-wollstube"
EMAIL = "brigitte@wollstube.example"
PASSWORD = "wolle-und-garn"  # noqa: S105 - a demo's password is printed anyway
SEED = 7
ORDERS = 420
BY = "demo"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Watch:
    """Is shown how far the demo has come."""

    orders: Callable[[OrdersImported], None]
    statement: Callable[[StatementImport], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as it stands: the merchant, the files that were read, and those left for the visitor to upload."""

    merchant: Merchant
    imports: list[StatementImport]
    left_to_upload: list[Path]


def load_demo(folder: Path, *, clock: Clock, watch: Watch) -> Demo:
    """Load the demo merchant once; a demo that is there already is left as its visitor made it.

    Args:
        folder: where the files of shop and bank are written.
        clock: tells the time; the demo's month ends today.
        watch: is shown the progress.
    """
    merchant = Merchant.objects.filter(slug=SLUG).first()
    if merchant is not None and StatementImport.objects.filter(merchant=merchant).exists():
        return Demo(merchant, [], sorted(folder.glob("upload-*.xml")))
    if merchant is None:
        merchant = new_merchant(NAME, email=EMAIL, password=PASSWORD, person_name="Brigitte Berger")
        verify_merchant(merchant, Verification.VERIFIED, why="the demo's merchant", by=BY, at=clock())
    folder.mkdir(parents=True, exist_ok=True)
    files = list(_play(merchant, folder, localdate(clock())))
    wollstube = shop_called(merchant.pk, "Wollstube")
    set_up_letters(merchant, wollstube, today=localdate(clock()), at=clock())
    import_orders(wollstube, read_orders(folder / "orders.csv"), by=BY, clock=clock, watch=watch.orders)
    imports = [_receive(merchant, file, clock, watch) for file in files if not file.name.startswith("upload-")]
    open_pooled_account(merchant, Person.objects.get(email=EMAIL), folder, clock=clock)
    open_plan(merchant, at=clock())
    learn_from_settled(merchant, at=clock())
    remind(merchant, wollstube, clock=clock)
    deliver_letters(clock=clock)
    open_demo_centre(merchant, wollstube, folder, clock=clock)
    open_demo_purchase(merchant, clock=clock)
    return Demo(merchant, imports, [file for file in files if file.name.startswith("upload-")])


def _play(merchant: Merchant, folder: Path, today: date) -> Iterator[Path]:
    """Shop and bank write their files; the newest statement of each account is left for the visitor."""
    orders = shop.orders(SEED, ORDERS, today)
    shop.write_orders_csv(orders, folder / "orders.csv")
    said = bank.statements(SEED, orders, today)
    for number in sorted({statement.account.iban for statement in said}):
        mine = [statement for statement in said if statement.account.iban == number]
        account_for(merchant.pk, number, mine[0].account.currency)  # nobody has to ask her whose it is
        currency = mine[0].account.currency.lower()
        for name, part in ((f"month-{currency}.xml", mine[:-1]), (f"upload-{currency}.xml", mine[-1:])):
            if part:
                write_camt053(folder / name, part)
                yield folder / name


def _receive(merchant: Merchant, file: Path, clock: Clock, watch: Watch) -> StatementImport:
    with file.open("rb") as stream:
        handed_in = hand_in_statement(merchant, stream, file.name, by=BY, at=clock())
    work = claim(clock(), only=handed_in.statement_import.pk)
    if work is None:
        return handed_in.statement_import
    return receive_statement(work, clock=clock, watch=watch.statement)
