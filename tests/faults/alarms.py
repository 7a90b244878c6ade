"""What hears a house in trouble: the alerts that operators are given, on figures that are asked for as Prometheus asks.

A run has minutes where operators have days. So seconds count for more in it: what would be heard after ten minutes is
heard after one second (`PACE`), and an alert does not wait before it sounds.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from tests.faults.house import House
from tests.faults.line import Address

ALERTS = Path(__file__).parents[2] / "deploy" / "monitoring" / "alerts.yml"
#: So many seconds of an alert's bound are one second of a run.
PACE = 600
#: Of an office that says nothing, or not what it was asked for.
SILENT = "HouseDoesNotAnswer"
#: A run's disk is so small that it is nearly full from the beginning.
SMALL_DISK = "DiskNearlyFull"
#: Each duty of which nobody takes care when its worker stands still, and what is heard then.
OF_WORKERS = {"reader": "StatementsWait", "teller": "MessagesWait"}
METRICS_KEY = "heard-by-nobody-else"
#: An alert that compares one figure with a number; those that need yesterday's figures are left to Prometheus.
_PLAIN = re.compile(r"^(?:\w+ by \([\w, ]+\) \()?(zahlmeister_[a-z_]+)\)? (>|<|==) ([\d.e]+)$")
_EVERY_SECONDS = 0.5
#: An office that needs longer to tell its figures does not answer.
_PATIENCE = 2


def raised(figures: str, pace: int = 1) -> set[str]:
    """The alerts that fire on figures as Prometheus reads them, whatever time they wait before.

    Args:
        figures: what the office tells.
        pace: so many seconds of a bound are one second.
    """
    found = set()
    for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]:
        if plain := _PLAIN.match(rule["expr"]):
            name, sign, bound = plain[1], plain[2], float(plain[3])
            if name.endswith("_seconds"):
                bound /= pace
            values = [float(one) for one in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", figures, re.MULTILINE)]
            if any({">": value > bound, "<": value < bound, "==": value == bound}[sign] for value in values):
                found.add(rule["alert"])
    return found


@dataclass(slots=True)
class Watch:
    """Asks each office for its figures again and again, and keeps what that raises.

    It also tells the house which office has answered since it was started.
    """

    house: House
    offices: Mapping[str, Address]
    began: Counter[str] = field(default_factory=Counter)  # how often each alarm began to sound
    sounding: dict[str, set[str]] = field(default_factory=dict)  # at each office, when it was last asked
    last: dict[tuple[str, str], float] = field(default_factory=dict)  # when an alarm was last heard at an office
    deaths_heard: int = 0
    deaths_missed: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, name: str) -> None:
        """Ask an office once."""
        host, port = self.offices[name]
        at = time.monotonic()
        try:
            headers = {"Authorization": f"Bearer {METRICS_KEY}"}
            answer = httpx.get(f"http://{host}:{port}/metrics", headers=headers, timeout=_PATIENCE)
        except httpx.HTTPError:
            if name in self.house.died:
                self.house.died.discard(name)
                self.deaths_heard += 1
            self._hear(name, {SILENT}, at)
            return
        if not self.house.answers(name, at):
            return  # said by the one before
        if name in self.house.died:
            self.house.died.discard(name)
            self.deaths_missed += 1
        told = raised(answer.text, PACE) - {SMALL_DISK} if answer.status_code == httpx.codes.OK else {SILENT}
        self._hear(name, told, at)

    def _hear(self, name: str, alarms: set[str], at: float) -> None:
        self.began.update(alarms - self.sounding.get(name, set()))
        self.sounding[name] = alarms
        self.last.update({(alarm, name): at for alarm in alarms})

    def heard_since(self, alarm: str, moment: float, at: str = "") -> bool:
        """Whether it sounded on figures asked for after a moment; at this office, if one is named."""
        return any(
            when > moment for (each, name), when in list(self.last.items()) if each == alarm and at in ("", name)
        )

    def ask_on(self, name: str) -> None:
        """Until it is over."""
        while not self.over.wait(_EVERY_SECONDS):
            if name in self.house.since:
                self.ask(name)

    def quiet(self, name: str, alarms: set[str], patience: float) -> set[str]:
        """Which of the alarms an office still raises when it has had time to say otherwise."""
        until = time.monotonic() + patience
        while (left := self.sounding.get(name, set()) & alarms) and time.monotonic() < until:
            time.sleep(0.1)
        return left


@contextmanager
def watch(house: House, offices: Mapping[str, Address]) -> Iterator[Watch]:
    """Somebody who listens."""
    made = Watch(house, offices)
    ears = [threading.Thread(target=made.ask_on, args=(name,), daemon=True) for name in offices]
    for each in ears:
        each.start()
    try:
        yield made
    finally:
        made.over.set()
        for each in ears:
            each.join(timeout=2 * _PATIENCE)
