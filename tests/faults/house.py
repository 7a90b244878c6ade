"""An installation of its own with an office and workers as processes, each with a clock of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EMAIL, PASSWORD, SHOP = "brigitte@wollstube.example", "wolle-und-garn", "Wollstube"
#: What a process reads first, and its clock follows a file from then on.
_CLOCK = Path(__file__).parent / "clock"

_SET_UP = """
import django; django.setup()
import sys
from datetime import UTC, datetime
from zahlmeister.flows.let_program_in import call_program_at, let_program_in
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.sandbox.letters import set_up_letters
merchant, at = Merchant.objects.get(), datetime.now(UTC)
print(let_program_in(merchant, sys.argv[1], by="test", at=at))
call_program_at(merchant, sys.argv[1], sys.argv[2], "", by="test", at=at)
set_up_letters(merchant, Shop.objects.get(), today=at.date(), at=at)
"""

#: So long a process takes to begin, and to have something in hand, on a machine that has little to do.
GROWN_SECONDS = 3
#: An office that has not answered for so long since it was started may be killed again.
MOST_SILENT_SECONDS = 60
#: One try to do what is left; on a slow machine the next one goes on behind it.
_TRY_SECONDS = 600
#: So often in a row nothing of what is left may arrive before it is taken for stuck: far sides hang up now and then.
MOST_IDLE = 5
#: Nobody works any more: what the dead had claimed is free, and whoever was told to come later comes now.
_LATER = """
import django; django.setup()
from datetime import UTC, datetime
from django.apps import apps
from zahlmeister.outbox.models import Message
past = datetime(2020, 1, 1, tzinfo=UTC)
for model in apps.get_models():
    if any(field.name == "lease_until" for field in model._meta.fields):
        model.objects.filter(lease_until__gt=past).update(lease_until=past)
print(Message.objects.filter(state="waiting").update(due_at=past))
"""

_SUMMARY = """
import django; django.setup()
import json
from collections import Counter
from django.db.models import Sum
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.flows.check_books import check_books
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
told = {
    "orders": sorted(Order.objects.values_list("number", flat=True)),
    "imports": dict(Counter(StatementImport.objects.values_list("state", flat=True))),
    "lines": BankTransaction.objects.count(),
    "minor": BankTransaction.objects.aggregate(sum=Sum("amount_minor"))["sum"] or 0,
    "allocated": Allocation.objects.aggregate(sum=Sum("applied_minor"))["sum"] or 0,
    "paid": sorted(OpenItem.objects.filter(state="paid").values_list("order__number", flat=True)),
    "calls": sorted(Message.objects.filter(channel="webhook").values_list("key", flat=True)),
    "messages": dict(Counter(Message.objects.values_list("channel", "state"))),
    "letters": sorted(SentLetter.objects.filter(sent_at__isnull=False).values_list("message_id", flat=True)),
    "payments": [" ".join(kind) for kind in set(Payment.objects.values_list("state", "reason"))],
    "findings": [str(finding) for finding in check_books(Merchant.objects.get())],
}
told["messages"] = {f"{channel} {state}": count for (channel, state), count in told["messages"].items()}
print(json.dumps(told))
"""


@dataclass(slots=True)
class House:
    """An installation in `home`, with its processes by name."""

    home: Path
    crew: Mapping[str, Sequence[str]]  # the processes, and with what command each begins
    environment: dict[str, str]
    notes: Path  # what the processes say, and what their clocks show
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)  # when each was started
    offices: Collection[str] = ()  # those of the processes that answer
    answered: dict[str, float] = field(default_factory=dict)  # when each office was last asked with success
    took: float = 0  # so long an office last took from its start to its first answer
    died: set[str] = field(default_factory=set)  # offices that were killed, until somebody has noticed
    killed_unanswered: int = 0  # offices that were killed again before they had ever answered

    def command(self, *words: str) -> None:
        subprocess.run(program(*words), env=self.environment, check=True, timeout=_TRY_SECONDS)

    def python(self, code: str, *words: str) -> str:
        call = [sys.executable, "-c", code, *words]
        done = subprocess.run(
            call, env=self.environment, timeout=_TRY_SECONDS, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr
        return done.stdout.strip()

    def set_up(self, callback: str) -> str:
        """Make the merchant, let a program in and call it, and send letters. Returns the program's key."""
        self.command("migrate")
        self.command("new-merchant", SHOP, "--email", EMAIL, "--password", PASSWORD)
        return self.python(_SET_UP, SHOP, callback).splitlines()[0]

    def start(self, name: str) -> None:
        with (self.notes / f"{name}.log").open("ab") as log:
            call = self.crew[name]
            self.processes[name] = subprocess.Popen(call, env=self._surroundings(name), stdout=log, stderr=log)
        self.since[name] = time.monotonic()

    def _surroundings(self, name: str) -> dict[str, str]:
        self.set_clock(name, 0)
        path = f"{self.environment['PYTHONPATH']}{os.pathsep}{_CLOCK}"
        return {**self.environment, "PYTHONPATH": path, "ZAHLMEISTER_TEST_CLOCK": str(self._clock(name))}

    def set_clock(self, name: str, seconds: int) -> None:
        """Let the clock of a process be wrong by so many seconds."""
        written = self._clock(name).with_suffix(".new")
        written.write_text(f"{seconds:+d}\n")
        written.replace(self._clock(name))

    def _clock(self, name: str) -> Path:
        return self.notes / f"{name}.clock"

    def kill(self, name: str) -> None:
        """Without warning; whoever supervises it starts it again."""
        if name in self.offices:
            self.killed_unanswered += not self._has_answered(name)
            self.died.add(name)
        self.processes[name].kill()
        self.processes[name].wait(timeout=30)
        self.start(name)

    def answers(self, name: str, at: float) -> bool:
        """An office has answered what it was asked at a moment. False when that was the one before."""
        since = self.since.get(name)
        if since is None or at < since:
            return False
        if not self._has_answered(name):
            self.took = time.monotonic() - since
        self.answered[name] = at
        return True

    def _has_answered(self, name: str) -> bool:
        return self.answered.get(name, 0) >= self.since.get(name, 0) > 0

    def grown(self) -> list[str]:
        """Those that have been at work for a while.

        An office has answered since its start, or has had a minute to do so; a worker tells nobody, and is given the
        time that an office last took.
        """
        return sorted(name for name in list(self.since) if self._is_grown(name))

    def _is_grown(self, name: str) -> bool:
        age = time.monotonic() - self.since[name]
        if age <= GROWN_SECONDS or age > MOST_SILENT_SECONDS:
            return age > GROWN_SECONDS
        return self._has_answered(name) if name in self.offices else age > self.took

    def supervise(self) -> None:
        """Start again what ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.start(name)

    def freeze(self, name: str, seconds: float) -> None:
        """Stop it where it stands, and let it go on as if nothing had been."""
        with self.frozen(name):
            time.sleep(seconds)

    def is_writing(self, name: str) -> bool:
        """Whether a process has the embedded database's lock, so that nobody else can write."""
        held = (line.split() for line in Path("/proc/locks").read_text().splitlines())
        process = str(self.processes[name].pid)
        return any({"POSIX", "WRITE", process} <= set(words) for words in held)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        self.processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.processes[name].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(timeout=30)
        self.processes.clear()
        self.since.clear()
        self.died.clear()

    def finish(self) -> None:
        """Time passes, and undisturbed workers do what is left."""
        self.stop()
        left, idle = 0, 0
        while idle < MOST_IDLE:
            self.python(_LATER)
            with suppress(subprocess.TimeoutExpired):
                self.command("worker", "--once", "--only", "bank", "--only", "tell")
            before, left = left, self._waiting()
            if not left:
                return
            idle = idle + 1 if 0 < before <= left else 0

    def _waiting(self) -> int:
        """How many messages and statements wait."""
        held = self.summary()
        messages = sum(count for kind, count in held["messages"].items() if kind.endswith(" waiting"))
        return messages + sum(count for state, count in held["imports"].items() if state in ("waiting", "running"))

    def summary(self) -> dict[str, Any]:
        """What the house holds in the end."""
        return dict(json.loads(self.python(_SUMMARY)))


def program(*words: str) -> list[str]:
    """One of our commands."""
    return [sys.executable, "-m", "zahlmeister", *words]


@contextmanager
def house(
    home: Path,
    crew: Mapping[str, Sequence[str]],
    *,
    mails: str,
    database: str,
    notes: Path,
    metrics: str = "",
    offices: Collection[str] = (),
) -> Iterator[House]:
    """A house in an empty folder, whose processes are to be started yet.

    Args:
        home: its folder.
        crew: its processes, see `House`.
        mails: where mails go, see the settings.
        database: likewise.
        notes: the folder for what the processes say.
        metrics: the key with which figures may be asked for.
        offices: those of the processes that answer.
    """
    environment = {
        **os.environ,
        "ZAHLMEISTER_HOME": str(home),
        "ZAHLMEISTER_MAIL": mails,
        "ZAHLMEISTER_DATABASE": database,
        "ZAHLMEISTER_METRICS": metrics,
        "ZAHLMEISTER_PRIVATE": "1",  # the far side is on this machine
        "ZAHLMEISTER_AHEAD": "30000",  # so that a process reads ahead, too
        "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    made = House(home, crew, environment, notes, offices=offices)
    try:
        yield made
    finally:
        made.stop()
