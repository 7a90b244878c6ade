"""How long the office's pages take with 100,000 orders and 100,000 payments of one merchant.

    python benchmarks/pages.py [--rows 100000] [--times 15]

An embedded database of its own is filled by bulk_create; every page is then asked for through the whole of Django
(test client: middleware, session, template) and the median and the slowest are printed in milliseconds. `bare` is an
empty view behind the same middleware: what no page can beat.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

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


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--home", help="a folder to keep the filled database in, for the next run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zahlmeister-pages-") as home:
        os.environ["ZAHLMEISTER_HOME"] = given.home or home
        os.environ["DJANGO_SETTINGS_MODULE"] = "zahlmeister.project.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS = ["*"]
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        fill(given.rows)
        print(f"{given.rows:,} orders and as many payments of one merchant, SQLite\n")
        measure(given.times)


def fill(rows: int) -> None:
    """One merchant with so many orders, most of them paid by as many payments."""
    from zahlmeister.banking.models import BankAccount, BankTransaction, StatementImport
    from zahlmeister.merchants.models import Membership, Merchant, Person, Role
    from zahlmeister.orders.models import Customer, Order, Shop
    from zahlmeister.receivables.models import Allocation, OpenItem, Payment

    if Merchant.objects.exists():
        return
    dice = random.Random(7)
    merchant = Merchant.objects.create(name="Brigittes Wollstube", slug="brigitte")
    person = Person.objects.create_user("brigitte@wollstube.example", "x", name="Brigitte Berger")
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    shop = Shop.objects.create(merchant=merchant, name="Wollstube")
    account = BankAccount.objects.create(merchant=merchant, number="DE02120300000000202051", currency="EUR")
    file = StatementImport.objects.create(
        merchant=merchant, name="year.xml", sha256="0" * 64, path="-", created_at=NOW, created_by="bench", state="done"
    )
    for start in range(0, rows, BATCH):
        names = [f"{dice.choice(FIRST_NAMES)} {dice.choice(SURNAMES)}" for _ in range(BATCH)]
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
            )
            for i, customer in enumerate(customers)
        ]  # fmt: skip
        states = dice.choices(["assigned", "suggested", "unclear", "ignored"], [94, 2, 1, 3], k=BATCH)
        items = [
            OpenItem(
                merchant=merchant, order=order, currency="EUR", total_minor=order.total_minor,
                open_minor=0 if state == "assigned" else order.total_minor,
                state="paid" if state == "assigned" else "open",
                opened_on=order.ordered_on, due_on=order.ordered_on + timedelta(days=14),
            )
            for order, state in zip(orders, states, strict=True)
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
        for made in (customers, orders, items, transactions, payments, allocations):
            type(made[0]).objects.bulk_create(made)


def measure(times: int) -> None:
    """Ask for every page and print what it took."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zahlmeister.merchants.models import Person

    settings.ROOT_URLCONF = __name__
    client = Client(headers={"accept-language": "de"})
    client.force_login(Person.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    print(f"{'page':34} {'median ms':>10} {'slowest ms':>11} {'queries':>8} {'KB':>6}")
    for name, address in pages():
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address, follow=True)
        queries = len(asked)
        assert answer.status_code == 200, (name, answer.status_code)
        taken = sorted(_milliseconds(lambda address=address: client.get(address, follow=True)) for _ in range(times))
        size = len(answer.content) / 1024
        print(f"{name:34} {statistics.median(taken):10.1f} {taken[-1]:11.1f} {queries:8} {size:6.1f}")
    began = time.perf_counter()
    lines = sum(1 for _ in client.get("/payments/export").streaming_content)
    print(f"\nexport of {lines - 1:,} payments: {time.perf_counter() - began:.1f} s")


def pages() -> list[tuple[str, str]]:
    """Names and addresses: every list, with and without filters, first and last page."""
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
        ("search, number", "/search/?q=10005000"),
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
