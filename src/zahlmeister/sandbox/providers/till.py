"""The till behind every stand-in of a payment provider: sales, what was paid and sent back, and the calls that are due.

It keeps the rules that all providers share: a sale is paid once, no more goes back than came in, the same key is the
same sale or refund, and a page that is closed takes no money. How it is spoken to is each stand-in's own.
"""

import re
import secrets
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qs

import httpx

from zahlmeister.sandbox.providers.declined import Declined
from zahlmeister.sandbox.providers.vault import Vault
from zahlmeister.sandbox.shops.served import Asked, Said, Served

#: What every sale costs the merchant: so many ten-thousandths and a fixed part, in minor units.
RATE, FIXED = 140, 25
#: What a chargeback costs him.
CHARGEBACK_FEE = 2000


#: A card that is stored is valid for so long.
VALID_FOR = timedelta(days=400)


#: The method, a pattern of the path, and what answers: with the question, and what the pattern's groups found.
Route = tuple[str, str, Callable[..., Said]]


@dataclass(slots=True)
class Back:
    """Money of a sale that went back."""

    number: str
    minor: int
    key: str
    at: datetime
    state: str = "done"


@dataclass(slots=True)
class Dispute:
    """Money that a buyer took back; `won_at` when the merchant got it again."""

    number: str
    minor: int
    at: datetime
    won_at: datetime | None = None


@dataclass(slots=True)
class Sale:
    """One payment on its way. `state` is open, approved, pending, paid, failed, cancelled or expired.

    `keeps`: how it is paid is to be stored for `owner`; `kept` is what it is stored as, or what it was charged to.
    """

    number: str
    payment: str
    intent: str
    minor: int
    currency: str
    method: str
    text: str
    return_url: str
    cancel_url: str
    webhook_url: str
    created_at: datetime
    expires_at: datetime
    state: str = "open"
    paid_at: datetime | None = None
    keeps: bool = False
    owner: str = ""
    kept: str = ""
    failure: str = ""
    backs: list[Back] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    @property
    def fee(self) -> int:
        """What the provider keeps of it."""
        return (self.minor * RATE + 5000) // 10_000 + FIXED

    @property
    def refunded(self) -> int:
        return sum(back.minor for back in self.backs if back.state != "failed")

    @property
    def taken_back(self) -> int:
        return sum(one.minor for one in self.disputes if one.won_at is None)

    @property
    def ours(self) -> int:
        """What the merchant has of it after everything."""
        if self.paid_at is None:
            return 0
        fees = self.fee + CHARGEBACK_FEE * len(self.disputes)
        return self.minor - self.refunded - self.taken_back - fees


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that is due: where to, and what."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Paid:
    """A payout that was made."""

    number: str
    statement: str
    minor: int
    kept: int
    at: datetime


class Till(Served):
    """See the module. `broken` answers are given before anything is done, `lost` ones after it was done.

    Args:
        now: the clock, which a story may move.
        calls: whether calls go out by themselves a moment after they are due; else `deliver` sends them.
    """

    #: What a buyer's page is called.
    title = ""
    #: A sale stays open for so long where nobody says otherwise.
    OPEN_FOR = timedelta(hours=3)

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, calls: bool = False) -> None:
        self.now, self.calls = now, calls
        self.sales: dict[str, Sale] = {}
        self.payouts: list[Paid] = []
        self.due: list[Sent] = []
        self.webhook_url = ""
        self.broken = self.lost = 0
        self.vault = Vault()
        self._keys: dict[str, tuple[str, Said]] = {}
        super().__init__()

    # ---- what each stand-in says for itself ------------------------------------------------------------------------

    @abstractmethod
    def check(self, asked: Asked) -> None:
        """Refuse a question whose keys are wrong."""

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """What answers what."""

    @abstractmethod
    def refusal(self, declined: Declined) -> Said:
        """How this provider says no."""

    @abstractmethod
    def event(self, what: str, sale: Sale, about: object = None) -> None:
        """Something has happened that the merchant is called about."""

    # ---- being asked ----------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/page/"):
            return self._page(asked)
        if self.broken:
            self.broken -= 1
            return Said(500, b"<html><title>Internal error</title></html>")
        self._expire()
        try:
            answer = self._routed(asked)
        except Declined as declined:
            answer = self.refusal(declined)
        if self.lost:
            self.lost -= 1
            return Said(502, b"Bad gateway")
        return answer

    def _routed(self, asked: Asked) -> Said:
        self.check(asked)
        for method, pattern, answer in self.routes():
            found = re.fullmatch(pattern, asked.path)
            if method == asked.method and found:
                return answer(asked, *found.groups())
        raise Declined("missing", f"Nothing is here: {asked.method} {asked.path}", 404)

    def once(self, asked: Asked, key: str, make: Callable[[], Said]) -> Said:
        """The same key is answered with the same answer; with another question it is refused."""
        told = sha256(asked.path.encode() + asked.content).hexdigest()
        if key in self._keys:
            before, answer = self._keys[key]
            if before != told:
                raise Declined("idempotency", "This key was used with another question.")
            return answer
        answer = make()
        if key and answer.status < 500:
            self._keys[key] = (told, answer)
        return answer

    def open(self, **facts: Any) -> Sale:
        """A new sale, open to be paid."""
        number = facts.pop("number", "") or self.number("sale")
        sale = Sale(number=number, payment=self.number("payment"), created_at=self.now(), **facts)
        self.sales[number] = sale
        return sale

    def sale(self, number: str) -> Sale:
        """The sale of a number, whichever of its numbers that is."""
        for sale in self.sales.values():
            if number in {sale.number, sale.payment}:
                return sale
        raise Declined("missing", f"No such payment: {number}", 404)

    def number(self, what: str) -> str:
        """A number as this provider writes them."""
        return f"{what}_{secrets.token_hex(8)}"

    # ---- what buyers and banks do ---------------------------------------------------------------------------------

    def approve(self, number: str) -> Sale:
        """The buyer pays."""
        sale = self.sale(number)
        self._expire()
        if sale.state == "open":
            self.take(sale)
        return sale

    def take(self, sale: Sale) -> None:
        """The money is there."""
        sale.state, sale.paid_at = "paid", self.now()
        if sale.keeps:
            sale.owner = sale.owner or self.number("owner")
            sale.kept = self.vault.keep(self.number("kept"), sale.owner, self.now().date() + VALID_FOR).number
        self.event("paid", sale)

    def decline(self, number: str) -> Sale:
        """The buyer's bank says no."""
        sale = self.sale(number)
        if sale.state == "open":
            sale.state = "failed"
            self.event("failed", sale)
        return sale

    def give_up(self, number: str) -> Sale:
        """The buyer goes back without paying."""
        sale = self.sale(number)
        if sale.state == "open":
            sale.state = "cancelled"
            self.event("cancelled", sale)
        return sale

    def refund(self, sale: Sale, minor: int, key: str) -> Back:
        """Money goes back; never more than is left of the sale."""
        if sale.paid_at is None:
            raise Declined("unpaid", "This payment was not paid.")
        if minor <= 0 or minor > sale.minor - sale.refunded - sale.taken_back:
            raise Declined("too_much", "The amount is more than what is left of this payment.")
        back = Back(self.number("refund"), minor, key, self.now())
        sale.backs.append(back)
        self.event("refunded", sale, back)
        return back

    def refund_fails(self, number: str) -> None:
        """The newest refund of a sale comes back from the buyer's bank."""
        sale = self.sale(number)
        sale.backs[-1].state = "failed"
        self.event("refund_failed", sale, sale.backs[-1])

    def charge_back(self, number: str, minor: int | None = None) -> Dispute:
        """The buyer takes the money back."""
        sale = self.sale(number)
        dispute = Dispute(self.number("dispute"), minor or sale.minor - sale.refunded, self.now())
        sale.disputes.append(dispute)
        self.event("charged_back", sale, dispute)
        return dispute

    def win(self, number: str) -> None:
        """The merchant wins the dispute."""
        sale = self.sale(number)
        sale.disputes[-1].won_at = self.now()
        self.event("won", sale, sale.disputes[-1])

    def pay_out(self) -> Paid:
        """Send everything that is the merchant's and was not sent before to his account."""
        total = sum(sale.ours for sale in self.sales.values()) - sum(paid.minor + paid.kept for paid in self.payouts)
        paid = Paid(self.number("payout"), self.number("statement").upper(), total, 0, self.now())
        self.payouts.append(paid)
        self.event("paid_out", next(iter(self.sales.values())), paid)
        return paid

    @property
    def owes(self) -> int:
        """What the merchant has here: everything that is his and was not paid out."""
        return sum(sale.ours for sale in self.sales.values()) - sum(paid.minor + paid.kept for paid in self.payouts)

    def _expire(self) -> None:
        for sale in self.sales.values():
            if sale.state == "open" and self.now() >= sale.expires_at:
                sale.state = "expired"
                self.event("expired", sale)

    # ---- calls ----------------------------------------------------------------------------------------------------

    def call(self, sent: Sent) -> None:
        """A call is due."""
        self.due.append(sent)
        if self.calls:
            threading.Thread(target=self._deliver_soon, daemon=True).start()

    def _deliver_soon(self) -> None:
        """Once the question that is being answered is."""
        with self._lock:
            pass
        self.deliver()

    def deliver(
        self, send: Callable[[Sent], int] | None = None, *, times: int = 1, backwards: bool = False
    ) -> list[int]:
        """Make the calls that are due.

        Args:
            send: how; over HTTP when absent.
            times: each so often.
            backwards: the newest first.

        Returns:
            The statuses they were answered with.
        """
        due, self.due = self.due, []
        if backwards:
            due.reverse()
        return [(send or _posted)(sent) for sent in due for _ in range(times)]

    # ---- the buyer's page -----------------------------------------------------------------------------------------

    def page(self, sale: Sale) -> str:
        """Where the buyer is sent."""
        return f"{self.address}/page/{sale.number}"

    def _page(self, asked: Asked) -> Said:
        number = asked.path.split("/")[2]
        if asked.method != "POST":
            return Said(200, self._shown(self.sale(number)).encode(), {"Content-Type": "text/html; charset=utf-8"})
        what = parse_qs(asked.content.decode()).get("what", [""])[0]
        verbs = {"approve": self.approve, "decline": self.decline, "cancel": self.give_up}
        sale = verbs[what](number)
        back = sale.cancel_url if what == "cancel" else sale.return_url
        return Said(303, b"", {"Location": back})

    def _shown(self, sale: Sale) -> str:
        buttons = "".join(
            f'<p><button name="what" value="{what}">{word}</button></p>'
            for what, word in (("approve", "Approve"), ("decline", "Decline"), ("cancel", "Cancel"))
        )
        is_open = sale.state == "open"
        body = f'<form method="post">{buttons}</form>' if is_open else "<p>This payment is closed.</p>"
        amount = f"{sale.minor // 100}.{sale.minor % 100:02} {escape(sale.currency)}"
        return (
            f'<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
            f"<title>{self.title} stand-in</title><h1>{self.title} stand-in</h1>"
            f"<p>{escape(sale.text)}: {amount}</p>{body}"
        )


def _posted(sent: Sent) -> int:
    return httpx.post(sent.url, content=sent.body, headers=dict(sent.headers), timeout=10, trust_env=False).status_code


def fields(content: bytes) -> dict[str, str]:
    """A form as it was sent, each name once."""
    return {name: values[-1] for name, values in parse_qs(content.decode(), keep_blank_values=True).items()}


def text_of(minor: int) -> str:
    """An amount as “12.50”, for currencies with two decimals."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02}"


def minor_of(text: str) -> int:
    """“12.50” in minor units."""
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])
