"""The processes of an installation under load, whom it knows, and what it holds in the end."""

import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Calls a minute that a key has are shared by shops; each has one of its own.
_SCOPES = ("orders:read", "orders:write")


@dataclass(slots=True)
class Processes:
    """What runs, by name."""

    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *words: str, home: Path) -> None:
        with (home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=dict(os.environ), stdout=log, stderr=log
            )

    def used(self) -> dict[str, tuple[float, float]]:
        """Of each, with its children: processor seconds so far, and the most memory in MB."""
        return {name: _used(process.pid) for name, process in self.running.items()}

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()


@contextmanager
def processes() -> Iterator[Processes]:
    """Whatever happens, nothing runs on afterwards."""
    made = Processes()
    try:
        yield made
    finally:
        made.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(base: str) -> None:
    """Until somebody answers there."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            httpx.get(base, timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nobody answers at {base}")


def clerks(count: int) -> list[str]:
    """People of the merchant who are signed in: their cookies."""
    from allauth.usersessions.models import UserSession
    from django.test import Client

    from zahlmeister.merchants.models import Membership, Merchant, Person, Role

    merchant, found = Merchant.objects.get(slug="volume"), []
    for number in range(count):
        person = Person.objects.create(email=f"clerk{number}@volume.example", name=f"Clerk {number}")
        Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
        client = Client(headers={"accept-language": "de"})
        client.force_login(person, backend=_BACKEND)
        session = client.session
        session["seen"] = int(time.time())
        session.save()
        told = {"session_key": session.session_key, "ip": "127.0.0.1", "user_agent": "benchmark"}
        UserSession.objects.create(user=person, **told)
        found.append(client.cookies["sessionid"].value)
    return found


def shops(count: int) -> list[str]:
    """Keys of programs that may push orders."""
    from zahlmeister.flows.let_program_in import WantedKey, make_program_key
    from zahlmeister.merchants.models import Merchant

    merchant, now = Merchant.objects.get(slug="volume"), datetime.now(UTC)
    return [make_program_key(merchant, WantedKey(f"shop {n}", _SCOPES), by="benchmark", at=now) for n in range(count)]


def pages() -> list[str]:
    """What clerks look at: the day, lists with and without filters, and single orders."""
    from zahlmeister.orders.models import Order

    lists = ["/", "/payments/", "/payments/?state=needs", "/orders/", "/orders/?state=owed", "/statements/"]
    orders = Order.objects.filter(merchant__slug="volume").order_by("pk").values_list("pk", flat=True)[:200:20]
    return [*lists, *(f"/orders/{number}/" for number in orders)]


def hand_in(base: str, cookie: str, statement: Path) -> None:
    """As a clerk does it: choose the file and send it."""
    cookies = {"sessionid": cookie}
    with httpx.Client(base_url=base, cookies=cookies, timeout=300, trust_env=False, follow_redirects=True) as http:
        page = http.get("/statements/")
        found = _TOKEN.search(page.text)
        if found is None or page.url.path != "/statements/":
            raise SystemExit(f"the clerk was sent to {page.url}")
        said = {"assign_at_once": "1", "csrfmiddlewaretoken": found[1]}
        files = {"files": (statement.name, statement.read_bytes(), "application/xml")}
        answer = http.post("/statements/", data=said, files=files)
        if answer.status_code != 200 or statement.name not in answer.text:
            raise SystemExit(f"the statement was not taken: {answer.status_code}")


def is_read() -> bool:
    """Whether every statement that was handed in is read."""
    from django.db import connection

    from zahlmeister.banking.models import StatementImport

    states = set(StatementImport.objects.values_list("state", flat=True))
    connection.close()  # a reader that stays would keep the log of writes from being emptied
    if states & {"failed", "refused"}:
        raise SystemExit(f"the statement was not read: {states}")
    return states == {"done"}


def held(begins: tuple[str, ...]) -> dict[str, object]:
    """What the house holds of what was done to it."""
    from zahlmeister.banking.models import BankTransaction
    from zahlmeister.flows.check_books import check_books
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.orders.models import Order
    from zahlmeister.receivables.models import Payment

    numbers = Order.objects.values_list("number", flat=True)
    merchant = Merchant.objects.get(slug="volume")
    return {
        "lines": BankTransaction.objects.count(),
        "orders": Counter(number for number in numbers if number.startswith(begins)),
        "payments": dict(Counter(Payment.objects.values_list("state", flat=True))),
        "findings": [str(finding) for finding in check_books(merchant)],
    }


def _used(pid: int) -> tuple[float, float]:
    family, seconds, most = [pid, *_children(pid)], 0.0, 0.0
    for one in family:
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        seconds += sum(int(fields[at]) for at in (11, 12)) / os.sysconf("SC_CLK_TCK")
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        most += int(peak[1]) / 1024 if peak else 0
    return seconds, most


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found
