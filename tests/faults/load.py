"""A shop that pushes orders and a clerk who hands in statements, each until the house has said that it has them."""

import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.faults.house import EMAIL, PASSWORD
from tests.stage import ANNA, Paid, camt

AT_ONCE = 20
#: Nobody tries for longer to be heard by a house that is supervised, and in which nothing fails any more.
PATIENCE = 300
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(slots=True)
class Load:
    """What was acknowledged. Orders come in lots; each lot is paid by the statement behind it, but for its last."""

    base: str
    key: str
    roll: random.Random
    orders: list[str] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    lines: int = 0
    minor: int = 0
    asked: int = 0
    again: int = 0  # statements that the bank gave twice, as another file with the same lines
    late: int = 0  # statements that came after the one behind them
    held_back: list[tuple[bytes, str]] = field(default_factory=list)
    cookies: httpx.Cookies | None = None  # of the clerk, who stays signed in when a process dies
    stop: threading.Event = field(default_factory=threading.Event)
    calm_since: float | None = None
    wrong: list[str] = field(default_factory=list)  # what was not answered, or not as it should be
    over: threading.Event = field(default_factory=threading.Event)  # no more faults: it has ended, or is to end

    def run(self, least: int) -> None:
        """Push lots until stopped, and at least so many."""
        try:
            lots = 0
            while lots < least or not self.stop.is_set():
                lots += 1
                self._lot(lots)
            self._hand_in_held_back()
        except Exception as trouble:  # noqa: BLE001 - told in the verdict
            self.wrong.append(f"the load ended after {len(self.orders)} orders: {trouble!r}")
        finally:
            self.over.set()

    def _lot(self, number: int) -> None:
        rows = [self._order(100_000_000 + number * 1_000 + n) for n in range(AT_ONCE)]
        self._push(rows)
        self.orders += [row["number"] for row in rows]
        paid = rows[:-1]
        minor = [round(row["amount"] * 100) for row in paid]
        today = datetime.now(UTC).date()  # money that came days before its order would be a person's to decide
        lines = [
            Paid(amount, f"Bestellung {row['number']}", f"Anna {row['billing']['lastName']}", ANNA, on=today)
            for row, amount in zip(paid, minor, strict=True)
        ]
        content = camt(lines, number=number, opening=100_000 + self.minor)
        self._deliver(content, f"day-{number}.xml")
        self.paid += [row["number"] for row in paid]
        self.lines += len(lines)
        self.minor += sum(minor)

    def _deliver(self, content: bytes, name: str) -> None:
        """As banks do: now and then late, behind the next one, and now and then a second time."""
        if not self.held_back and self.roll.random() < 0.15:
            self.held_back.append((content, name))
            self.late += 1
            return
        self._hand_in(content, name)
        self._hand_in_held_back()
        if self.roll.random() < 0.15:
            self.again += 1
            self._hand_in(content.replace(b"<MsgId>M", b"<MsgId>again-"), f"again-{name}")
        if self.roll.random() < 0.15:
            self._hand_in(content, name)  # the same file: the same import

    def _hand_in_held_back(self) -> None:
        while self.held_back:
            self._hand_in(*self.held_back.pop())

    def _order(self, number: int) -> dict[str, object]:
        return {
            "number": str(number),
            "date": f"{datetime.now(UTC):%d-%m-%Y}",
            "type": "PREPAYMENT",
            "amount": self.roll.randrange(500, 20_000) / 100,
            "currency": "EUR",
            "customerEmail": f"buyer{number}@buyers.example",
            "billing": {"firstName": "Anna", "lastName": f"Weber{number}", "countryCode": "DE"},
        }

    def _push(self, rows: list[dict[str, object]]) -> None:
        """The same again until there is an answer: an order that is there already is not there twice."""
        self.calm_since = None
        while True:
            self.asked += 1
            try:
                headers = {"X-Komfortkasse-API-Key": self.key}
                answer = httpx.post(f"{self.base}/api/v2/orders", json=rows, headers=headers, timeout=30)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 200:
                assert not [row for row in answer.json() if "error" in row], answer.text
                return
            self._again(answer, f"{len(rows)} orders from {rows[0]['number']}")

    def _hand_in(self, content: bytes, name: str) -> None:
        """As a clerk: choose the file, and try again when the page does not come; sign in where that is asked for."""
        self.calm_since = None
        while True:
            self.asked += 1
            try:
                with httpx.Client(base_url=self.base, timeout=30, follow_redirects=True, cookies=self.cookies) as clerk:
                    if not self.cookies:
                        self._post(clerk, "/sign-in/", {"username": EMAIL, "password": PASSWORD})
                    files = {"files": (name, content, "application/xml")}
                    answer = self._post(clerk, "/statements/", {"assign_at_once": "1"}, files)
                    self.cookies = clerk.cookies
            except (httpx.HTTPError, LookupError):
                answer = None
            if answer is not None and answer.url.path == "/sign-in/":
                self.cookies = answer = None  # an office that believes in another day has ended the session
            if answer is not None and answer.status_code == 200 and name in answer.text:
                return
            self._again(answer, name)

    def _post(
        self,
        clerk: httpx.Client,
        path: str,
        data: dict[str, str],
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> httpx.Response:
        found = _TOKEN.search(clerk.get(path).text)
        if found is None:
            raise LookupError(path)
        return clerk.post(path, data={**data, "csrfmiddlewaretoken": found[1]}, files=files)

    def _again(self, answer: httpx.Response | None, what: str) -> None:
        """Wait for the next try: for as long as things fail by design, and a bounded time afterwards.

        Raises:
            LookupError: the house has refused what it should take.
            TimeoutError: nobody has answered although nothing failed.
        """
        if answer is not None and answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            raise LookupError(f"{what} was answered by {answer.status_code}: {answer.text[:500]}")
        if self.stop.is_set():
            self.calm_since = self.calm_since or time.monotonic()
            if time.monotonic() > self.calm_since + PATIENCE:
                raise TimeoutError(f"{what} was not answered in {PATIENCE} s in which nothing failed: {answer}")
        time.sleep(0.1)
