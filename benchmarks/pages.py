"""How long the office's pages take with 100,000 orders and 100,000 payments of one merchant.

    python -m benchmarks.pages [--rows 100000] [--times 15] [--only search]
    ZAHLMEISTER_DATABASE=postgresql://… python -m benchmarks.pages --rows 1000000

An embedded database of its own, or the empty one that is named, is filled by bulk_create; more than 100,000 are copies
of the first. Every page is then asked for through the whole of Django (test client: middleware, session, template) and
the median and the slowest are printed in milliseconds, beside the processor time of this process and, on the
same machine, of the one that PostgreSQL works with for us: that says more where the machine is shared. `bare` is an
empty view behind the same middleware: what no page can beat.
"""

import argparse
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from zahlmeister.merchants.models import Merchant
    from zahlmeister.receivables.models import OpenItem

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
FIRST_NAMES = [
    "Anna",
    "Bernd",
    "Cora",
    "Dirk",
    "Eva",
    "Jörg",
    "Uwe",
    "Karin",
    "Petra",
    "Özlem",
    "Zuzana",
    "Matthias",
    "Sabine",
    "Paola",
]
SURNAMES = [
    "Müller",
    "Weber",
    "Krause",
    "Weiß",
    "Öztürk",
    "Schmidt-Rottluff",
    "Lo",
    "Bianco",
    "Hartmann",
    "Beck",
    "Möller",
    "Vogel",
    "Jäger",
]
BATCH = 5000
WRITTEN = 100_000  # what is more is copied


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--home", help="a folder to keep the filled database in, for the next run")
    parser.add_argument("--only", default="", help="a regular expression for the names of pages")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zahlmeister-pages-") as home:
        os.environ["ZAHLMEISTER_HOME"] = given.home or home
        os.environ["DJANGO_SETTINGS_MODULE"] = "zahlmeister.project.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS = ["*"]
        settings.MOST_PAGES = 10**9  # nobody else asks for so many in a minute
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        fill(given.rows)
        print(f"{given.rows:,} orders and as many payments of one merchant, {_database()}\n")
        measure(given.times, given.only)


def fill(rows: int) -> None:
    """One merchant with so many orders, most of them paid by as many payments."""
    from zahlmeister.merchants.models import Merchant

    if Merchant.objects.exists():
        return
    _write(min(rows, WRITTEN))
    first = Merchant.objects.get().pk % 4096  # of ids, what tells one process from another: a copy has the next ones
    for copy in range(1, -(-rows // WRITTEN)):
        _copy(copy, f"id % 4096 = {first}")
    _analyse()


#: What is copied: tables with the columns that name one another, and with those that tell a copy from what it is of.
COPIED = {
    "orders_customer": (["id"], {"identity": "identity || '-{copy}'", "number": "number || '-{copy}'"}),
    "orders_order": (
        ["id", "customer_id"],
        {
            "number": "CAST(CAST(number AS bigint) + {first} AS text)",
            "email": "replace(email, '@', '.{copy}@')",
            "invoice_number": "replace(invoice_number, 'RE', 'RE{copy}')",
        },
    ),
    "receivables_openitem": (["id", "order_id"], {}),
    "banking_banktransaction": (
        ["id"],
        {
            "fingerprint": "fingerprint || '-{copy}'",
            "remittance": "'Vorkasse ' || CAST(CAST(substr(remittance, 10, 9) AS bigint) + {first} AS text)"
            " || substr(remittance, 19)",
        },
    ),
    "banking_sighting": (["id", "transaction_id"], {"entry": "entry + {first}"}),
    "receivables_payment": (["id", "transaction_id"], {}),
    "receivables_allocation": (["id", "payment_id", "item_id"], {"source": "source || '-{copy}'"}),
    "correspondence_sentletter": (["id", "order_id"], {"key": "key || '-{copy}'"}),
    "outbox_message": (["id"], {"key": "key || '-{copy}'"}),
    "refunds_refund": (["id", "item_id"], {"number": "number + {first}", "source": "source || '-{copy}'"}),
    "dunning_notice": (["id", "item_id"], {}),
    "history_step": (["id", "subject_id"], {}),
}


def _copy(copy: int, of: str) -> None:
    """Everything once more under other numbers."""
    from django.apps import apps
    from django.db import connection

    facts = {model._meta.db_table: model._meta for model in apps.get_models()}  # noqa: SLF001 - nothing else tells
    with connection.cursor() as cursor:
        for table, (ids, others) in COPIED.items():
            names = [field.column for field in facts[table].concrete_fields]
            told = {name: f"{name} + {copy}" for name in ids}
            told |= {name: how.format(copy=copy, first=copy * WRITTEN) for name, how in others.items()}
            columns = ", ".join(f'"{name}"' for name in names)
            values = ", ".join(told.get(name, f'"{name}"') for name in names)
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {of}")


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _database() -> str:
    from django.db import connection

    return connection.display_name


def _write(rows: int) -> None:
    from zahlmeister.banking.models import BankAccount, BankTransaction, Sighting, StatementImport
    from zahlmeister.dunning.policies import standard
    from zahlmeister.merchants.models import Membership, Merchant, Person, Role
    from zahlmeister.orders.models import Customer, Order, Shop, ShopConnection
    from zahlmeister.receivables.models import Allocation, OpenItem, Payment

    dice = random.Random(7)
    merchant = Merchant.objects.create(name="Brigittes Wollstube", slug="brigitte")
    person = Person.objects.create_user("brigitte@wollstube.example", "x", name="Brigitte Berger")
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    shop = Shop.objects.create(merchant=merchant, name="Wollstube")
    ShopConnection.objects.create(merchant=merchant, shop=shop, system="woocommerce", due_at=NOW, created_at=NOW)
    account = BankAccount.objects.create(merchant=merchant, number="DE02120300000000202051", currency="EUR")
    file = StatementImport.objects.create(
        merchant=merchant, name="year.xml", sha256="0" * 64, path="-", created_at=NOW, created_by="bench", state="done"
    )
    for policy in standard(merchant.pk):
        policy.is_on = True
        policy.save()
    for start in range(0, rows, BATCH):
        names = [f"{dice.choice(FIRST_NAMES)} {dice.choice(SURNAMES)}" for _ in range(BATCH)]
        states = dice.choices(["assigned", "suggested", "unclear", "ignored"], [96, 1, 1, 2], k=BATCH)
        customers = [
            Customer(merchant=merchant, identity=f"c{start + i}", number=f"{20000 + start + i}", name=name)
            for i, name in enumerate(names)
        ]
        orders = [
            Order(
                merchant=merchant, shop=shop, customer=customer, number=f"{100_000_000 + start + i}", currency="EUR",
                payment_kind=dice.choice(["prepayment", "prepayment", "invoice"]),
                total_minor=dice.randrange(990, 30000),
                ordered_on=TODAY - timedelta(days=(rows - start - i) * 365 // rows), imported_at=NOW, name=names[i],
                email=f"{names[i].split()[0].lower()}{start + i}@post.example", invoice_number=f"RE-{start + i:06}",
                key=f"k{start + i}", told="PAID" if states[i] == "assigned" or i % 50 == 0 else "", told_at=NOW,
            )
            for i, customer in enumerate(customers)
        ]  # fmt: skip
        items = [
            OpenItem(
                merchant=merchant, order=order, currency="EUR", total_minor=order.total_minor,
                open_minor=0 if state == "assigned" else order.total_minor,
                state="paid" if state == "assigned" else "open",
                settled_on=min(TODAY, order.ordered_on + timedelta(days=1 + i % 8)) if state == "assigned" else None,
                opened_on=order.ordered_on, due_on=order.ordered_on + timedelta(days=14), shop_knows=order.told,
            )
            for i, (order, state) in enumerate(zip(orders, states, strict=True))
        ]  # fmt: skip
        transactions = [
            BankTransaction(
                merchant=merchant, account=account, first_import=file, amount_minor=order.total_minor, currency="EUR",
                booked_on=min(TODAY - timedelta(days=1), order.ordered_on + timedelta(days=dice.randrange(1, 9))),
                counterparty=order.name, counterparty_number=f"DE{dice.randrange(10**20):020}",
                remittance=f"Vorkasse {order.number} vielen Dank", fingerprint=f"f{start + i}", ordinal=1,
                entry_minor=order.total_minor, recorded_at=NOW,
            )
            for i, order in enumerate(orders)
        ]  # fmt: skip
        sightings = [
            Sighting(merchant=merchant, statement_import=file, transaction=said, entry=start + i + 1, detail=1)
            for i, said in enumerate(transactions)
        ]
        payments = [
            Payment(
                merchant=merchant, transaction=said, currency="EUR", amount_minor=said.amount_minor,
                open_minor=said.amount_minor if state in {"suggested", "unclear"} else 0,
                booked_on=said.booked_on, state=state, decided_by="matcher" if state == "assigned" else "",
                candidates=[_candidate(item, said.amount_minor)] * 3 if state == "suggested" else [],
            )
            for said, item, state in zip(transactions, items, states, strict=True)
        ]  # fmt: skip
        allocations = [
            Allocation(
                merchant=merchant, payment=payment, item=item, applied_minor=item.total_minor,
                source=f"bench:{payment.pk}", by="matcher", at=NOW, confidence_ppm=999_900,
            )
            for payment, item in zip(payments, items, strict=True)
            if payment.state == "assigned"
        ]  # fmt: skip
        written = customers, orders, items, transactions, sightings, payments, allocations
        for made in (*written, *_told(merchant, items, start)):
            type(made[0]).objects.bulk_create(made)


def _told(merchant: "Merchant", items: "Sequence[OpenItem]", start: int) -> "Iterator[Sequence[Model]]":
    """What buyers were told and got back: a letter for each order, a notice for each 25th, a refund for each 50th."""
    from zahlmeister.correspondence.models import SentLetter
    from zahlmeister.dunning.models import Notice
    from zahlmeister.history.models import Step
    from zahlmeister.outbox.models import Message
    from zahlmeister.refunds.models import Refund

    yield [
        SentLetter(
            merchant=merchant, order=item.order, kind="payment_information", medium="mail", key=f"l{item.pk}",
            message_id=f"{item.pk}@wollstube.example", reader=item.order.email, path="-", sent_at=NOW,
            subject=f"Zahlung zu Bestellung {item.order.number}",
        )
        for item in items
    ]  # fmt: skip
    yield [
        Message(
            merchant=merchant, channel="mail", subject=f"order:{item.order_id}", key=f"m{item.pk}", due_at=NOW,
            state="delivered" if place % 1000 else "stuck", give_up_at=NOW, created_at=NOW, ended_at=NOW,
        )
        for place, item in enumerate(items)
    ]  # fmt: skip
    yield [
        Step(
            merchant=merchant, subject="item", subject_id=item.pk, ordinal=ordinal, verb=verb, actor="system", at=NOW,
            hash=bytes(32),
        )
        for item in items
        for ordinal, verb in enumerate(("opened", "paid"), start=1)
    ]  # fmt: skip
    yield [
        Notice(
            merchant=merchant, item=item, what="remind", level=1, on=item.due_on, sent_by="mail", by="system",
            open_minor=item.total_minor, created_at=NOW,
        )
        for item in items[::25]
    ]  # fmt: skip
    yield [
        Refund(
            merchant=merchant, number=start + place + 1, source=f"bench:{item.pk}", origin="office", item=item,
            amount_minor=100, of_order_minor=100, currency="EUR", state="paid" if place % 1000 else "planned",
            name=item.order.name, iban="DE02120300000000202051", due_on=TODAY, created_by="bench", created_at=NOW,
        )
        for place, item in list(enumerate(items))[::50]
    ]  # fmt: skip


def measure(times: int, only: str = "") -> None:
    """Ask for every page whose name is like `only`, and print what it took."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from zahlmeister.flows.look_ahead import look_ahead
    from zahlmeister.merchants.models import Merchant, Person

    look_ahead(Merchant.objects.get(), at=timezone.now())  # as a worker did last night
    settings.ROOT_URLCONF = __name__
    client = Client(headers={"accept-language": "de"})
    client.force_login(Person.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    print(f"{'page':34} {'median ms':>10} {'slowest ms':>11} {'CPU ms':>8} {'queries':>8} {'KB':>6}")
    for name, address in pages():
        if not re.search(only, name):
            continue
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address, follow=True)
        queries = len(asked)
        assert answer.status_code == 200, (name, answer.status_code)
        begun = _worked()
        taken = sorted(_milliseconds(lambda address=address: client.get(address, follow=True)) for _ in range(times))
        worked = (_worked() - begun) * 1000 / times
        size = len(answer.content) / 1024
        print(f"{name:34} {statistics.median(taken):10.1f} {taken[-1]:11.1f} {worked:8.1f} {queries:8} {size:6.1f}")
    if only:
        return
    began = time.perf_counter()
    lines = sum(1 for _ in client.get("/payments/export").streaming_content)
    print(f"\nexport of {lines - 1:,} payments: {time.perf_counter() - began:.1f} s")


def pages() -> list[tuple[str, str]]:
    """Names and addresses: every list, with and without filters, first and last page."""
    from django.utils.timezone import localdate

    from zahlmeister.banking.models import BankAccount
    from zahlmeister.receivables.models import OpenItem, Payment

    suggested = Payment.objects.filter(state="suggested")[0].pk
    assigned = Payment.objects.filter(state="assigned")[0].pk
    account = BankAccount.objects.get().pk
    order = OpenItem.objects.all()[0].order_id
    return [
        ("bare: an empty view", "/bare/"),
        ("today", "/"),
        ("payments", "/payments/"),
        ("payments, page 1,000", "/payments/?page=1000"),
        ("payments that need a person", "/payments/?state=needs"),
        ("payments assigned in November", "/payments/?state=assigned&from=2026-11-01&to=2026-11-30"),
        ("payments by hand", "/payments/?state=assigned&by=person"),
        ("payments of 10 to 20 euro", "/payments/?min=10&max=20"),
        ("payments, amount 49,90", "/payments/?q=49,90"),
        ("payments, name", "/payments/?q=hartmann"),
        ("payments, name with umlaut", "/payments/?q=öztürk"),
        ("payments, order number", "/payments/?q=100050000"),
        ("payments, IBAN", "/payments/?q=DE89370400440532013000"),
        ("payments of one account", f"/payments/?account={account}"),
        ("payment suggested", f"/payments/{suggested}/"),
        ("payment assigned", f"/payments/{assigned}/"),
        ("orders", "/orders/"),
        ("orders, page 1,000", "/orders/?page=1000"),
        ("orders with something open", "/orders/?state=owed"),
        ("orders overdue", "/orders/?state=overdue"),
        ("orders by invoice", "/orders/?kind=invoice"),
        ("orders, name", "/orders/?q=hartmann"),
        ("orders, number", "/orders/?q=100050000"),
        ("order", f"/orders/{order}/"),
        ("statements", "/statements/"),
        ("account", f"/accounts/{account}/"),
        ("books", "/books/"),
        ("search, name", "/search/?q=hartmann"),
        ("search, first and last name", "/search/?q=Karin+Hartmann"),
        ("search, umlaut", "/search/?q=özlem"),
        ("search, mail address", "/search/?q=anna@post.example"),
        ("search, a mail address", "/search/?q=7777@post"),
        ("search, number", "/search/?q=10005000"),
        ("search, part of a text", "/search/?q=5000 viel"),
        ("search, words that nobody has", "/search/?q=nobody is called like this"),
        ("search, number that nobody has", "/search/?q=990000001"),
        ("payments, words that nobody has", "/payments/?q=nobody is called like this"),
        ("payments, part of a number", "/payments/?q=0050000"),
        ("orders, words that nobody has", "/orders/?q=nobody is called like this"),
        ("orders that are not what shops know", "/orders/?state=untrue"),
        ("letters", "/letters/"),
        ("letters, words that nobody has", "/letters/?q=nobody is called like this"),
        ("refunds", "/refunds/"),
        ("refunds, words that nobody has", "/refunds/?q=nobody is called like this"),
        ("reminders", "/reminders/"),
        ("reminders in ten days", f"/reminders/?day={localdate() + timedelta(days=10)}"),
        ("history of settings", "/settings/history"),
        ("shops", "/shops/"),
        ("customers", "/customers/"),
        ("customers, name", "/customers/?q=hartmann"),
    ]


def _candidate(item: object, minor: int) -> dict[str, object]:
    clues = [
        {"kind": "name", "facts": ["Anna Weber"], "weight": 9.1},
        {"kind": "paid_late", "facts": ["70"], "weight": -2},
    ]
    share = {"item": item.pk, "number": item.order.number, "minor": minor}
    return {"confidence_ppm": 998000, "outcome": "paid", "shares": [share], "clues": clues}


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _worked() -> float:
    """Seconds of processor time, ours and the database's."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time()
    connection.ensure_connection()
    told = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    theirs = told.read_text().rsplit(")")[-1].split()[11:13] if told.exists() else []
    return time.process_time() + sum(map(int, theirs)) / os.sysconf("SC_CLK_TCK")


def _bare(request: object) -> object:
    del request
    from django.http import HttpResponse

    return HttpResponse("")


def __getattr__(name: str) -> object:
    """The addresses of the office and the empty view, made when Django asks for them."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import path

    from zahlmeister.project.urls import urlpatterns

    return [path("bare/", _bare), *urlpatterns]


if __name__ == "__main__":
    main()
