"""A shop behind a module, as all shops are spoken to. Which orders are open is decided in the shop's own settings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from secrets import token_hex
from typing import Any

from zahlmeister.connectors.shops.contract import (
    About,
    Answer,
    Choice,
    Credit,
    Heard,
    Reading,
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.module import safe
from zahlmeister.connectors.shops.module.ciphers import Cipher, Plain
from zahlmeister.connectors.shops.module.keys import kept_cipher
from zahlmeister.connectors.shops.module.line import Line, may_be_plain
from zahlmeister.connectors.shops.module.orders import read_credit, read_order
from zahlmeister.connectors.shops.module.profiles import Oddity, Profile, Subshops, profile_of
from zahlmeister.connectors.shops.module.wire import NotOurs, glimpse, rows, text, values
from zahlmeister.connectors.web import site
from zahlmeister.refusals import Refused, Unreachable, Unreadable

#: So many orders are asked for, or told about, in one request.
BATCH = 50
_WARNINGS = {
    Oddity.OPEN_TO_ALL: "This module answers whoever asks, without looking at the access code. Restrict its address to "
    "this installation on the shop's web server if you can.",
    Oddity.SETTINGS_READABLE: "This module tells anybody who asks some of the shop's settings. Restrict its address to "
    "this installation on the shop's web server if you can.",
}
_PLAIN = "What is exchanged with this shop is protected by HTTPS alone."
_SHORT = "The shop could keep only short keys (1024 bits); what is exchanged is protected by HTTPS above all."
_UNMOVED = (
    "The shop took no notice and lists the order as open: in the module's settings no status is chosen for this, or "
    "changes are switched off."
)
_LEFT = "The order is no longer open in the shop: it is there already, or a person changed it. It is left as it is."


class ModuleShop:
    """An open line to a module whose cipher was agreed on."""

    def __init__(
        self, line: Line, profile: Profile, access_code: str, cipher: Cipher, settings: Mapping[str, Any]
    ) -> None:
        self._line = line
        self._profile = profile
        self._access = {"accesscode": access_code}
        self._cipher = cipher
        self._settings = settings
        self._subshops = str(settings.get("subshops", ""))
        if self._subshops and profile.subshops is Subshops.NUMBERS:
            self._access["s"] = self._subshops

    def about(self) -> About:
        said = f"Zahlmeister {token_hex(8)}."
        heard = self._revealed("test", {"test": self._cipher.hide(said)})
        if heard.strip() != said:
            raise self._other_keys()
        version, plugin = (*self._info(), "", "")[:2]
        self.open_keys(Reading())
        return About(
            system=self._profile.label,
            version=version,
            plugin_version=plugin,
            encryption=self._cipher.name,
            subshops=tuple(Choice(one, one) for one in self._subshops.split(",") if one),
            warnings=tuple(self._warnings()),
        )

    def methods(self) -> Sequence[Choice]:
        return ()

    def statuses(self) -> Sequence[Choice]:
        return ()

    def open_keys(self, wanted: Reading) -> Sequence[str]:  # noqa: ARG002 - the module chooses by its own settings
        hidden = self._subshops and self._profile.subshops is Subshops.CODES
        return self._list("readorders", {"s": self._cipher.hide(self._subshops)} if hidden else {})

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        """Orders that cannot be asked for or read are told about at the end, when all others have been handed out."""
        fit = [key for key in keys if self._fits(key)]
        wrong = [
            f"“{key[:40]}” is no order number that this module can be asked for." for key in keys if key not in fit
        ]
        for start in range(0, len(fit), BATCH):
            asked = fit[start : start + BATCH]
            found, broken = self._details(asked)
            missing = [key for key in asked if key not in {order.number for order in found}]
            if found and missing:  # a reply may end between two orders; what is missing is asked for once more
                more, broken = self._details(missing)
                found += more
            yield from found
            wrong += broken
        if wrong:
            raise Unreachable(f"{self._line.host}: {' '.join(wrong[:3])}")

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:  # noqa: ARG002 - it knows no time of change
        return self.open_keys(wanted)

    def find(self, number: str) -> ShopOrder | None:
        safe.number(number, digits=self._profile.digits)
        return next((order for order in self.orders([number]) if order.number == number), None)

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(tellings), BATCH):
            answers += self._told(tellings[start : start + BATCH])
        return answers

    def credits(self) -> Sequence[Credit]:
        if "readrefunds" not in self._profile.actions:
            return ()
        keys = self._list("readrefunds", {})
        found = [read_credit(line, self._profile) for line in self._lines("readrefunds", keys)]
        return [credit for credit in found if credit.key in set(keys)]

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        """A module that is asked about a credit note it does not know fails, so the list is looked at before."""
        if "updaterefunds" not in self._profile.actions:
            return Answer(Heard.REFUSED, f"The module of {self._profile.label} takes no word on credit notes.")
        if safe.number(key, digits=False) not in self._list("readrefunds", {}):
            return Answer(Heard.ALREADY, "The shop no longer waits for a word on this credit note.")
        row = (key, safe.callback(status), safe.callback(callback))
        acknowledged = self._values("updaterefunds", {"o": self._cipher.hide(rows([row]))})
        return Answer(Heard.WRITTEN) if key in acknowledged else Answer(Heard.REFUSED, "The shop took no notice.")

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        if "readinvoicepdf" not in self._profile.actions:
            return None
        order = safe.number(order_key, digits=self._profile.digits)
        invoice = safe.number(invoice_number, digits=False)
        wanted = {"o": self._cipher.hide(invoice), "order_id": self._cipher.hide(order)}
        body = self._line.ask("readinvoicepdf", self._access | wanted)
        start, end = body.find(b"%PDF-"), body.rfind(b"%%EOF")
        if 0 <= start < end:
            return body[start : end + len(b"%%EOF")] + b"\n"
        if start >= 0:
            raise Unreachable(f"{self._line.host} broke off in the middle of invoice {invoice}.")
        return None

    def _told(self, tellings: Sequence[Telling]) -> list[Answer]:
        """The module says only which orders are as they should be now, so what was before is looked at first."""
        open_before = set(self.open_keys(Reading()))
        closed = self._statuses([one.key for one in tellings if self._fits(one.key) and one.key not in open_before])
        sent = [one for one in tellings if self._fits(one.key) and not _was_changed(one, closed)]
        lines = [(one.key, one.verdict.value, safe.callback(one.callback)) for one in sent]
        done = set(self._values("updateorders", {"o": self._cipher.hide(rows(lines))})) if lines else set()
        after = self._statuses([key for key in done if key in closed])

        def answer(key: str) -> Answer:
            if not self._fits(key):
                return Answer(Heard.REFUSED, "The number of the order cannot be sent to this shop's module.")
            if key in done:
                return Answer(Heard.ALREADY if key in after and after[key] == closed[key] else Heard.WRITTEN)
            if key in open_before:
                return Answer(Heard.REFUSED, _UNMOVED)
            return Answer(Heard.LEFT, _LEFT) if key in closed else Answer(Heard.UNKNOWN)

        return [answer(one.key) for one in tellings]

    def _fits(self, key: str) -> bool:
        return safe.is_number(key, digits=self._profile.digits)

    def _statuses(self, keys: Sequence[str]) -> dict[str, str]:
        """The statuses of those orders that the shop knows; empty where its module does not tell them."""
        return {order.number: order.status for order in self._details(keys)[0]}

    def _details(self, keys: Sequence[str]) -> tuple[list[ShopOrder], list[str]]:
        """The orders that could be read, and a sentence about each that could not."""
        found, broken = [], []
        for line in self._lines("readorders", keys):
            try:
                found.append(read_order(line, self._profile))
            except Unreadable as refusal:
                broken.append(str(refusal))
        return [order for order in found if order.number in set(keys)], broken

    def _lines(self, action: str, keys: Sequence[str]) -> list[str]:
        if not keys:
            return []
        body = self._bytes(action, {"o": self._cipher.hide(";".join(keys))}).rstrip(b" ")
        if not body.strip():
            self._info()
        elif b"number=" not in body:
            raise self._other_keys()
        elif not body.endswith(b"\n"):
            raise self._broke_off()
        return [line for line in body.decode("latin-1").split("\n") if line.strip()]

    def _list(self, action: str, more: dict[str, str]) -> list[str]:
        """All numbers, whole: an empty list is believed only from a module that otherwise answers.

        A list that ends exactly where a block of the cipher ends could have been cut off there, so it is read twice.
        """
        wanted = {"o": self._cipher.hide("all"), **more}
        body = self._bytes(action, wanted)
        if len(body) % self._cipher.grain == 0 and body and self._bytes(action, wanted) != body:
            raise self._broke_off()
        if not body.strip():
            self._info()
        return self._read(body)

    def _values(self, action: str, more: dict[str, str]) -> list[str]:
        return self._read(self._bytes(action, more))

    def _read(self, body: bytes) -> list[str]:
        try:
            return [value for value in values(text(body)) if value]
        except NotOurs:
            raise (self._broke_off() if body.lstrip().startswith(b'"') else self._other_keys()) from None

    def _info(self) -> list[str]:
        """The versions of shop and module. An empty reply means that the module does not let us in.

        Raises:
            Unreachable: the access code is not the one the shop has.
        """
        told = self._values("info", {})
        if not told:
            raise Unreachable(
                f"The module of {self._line.host} does not let us in: its access code is another one now, or it is "
                "switched off. Look at the module's settings in the shop, then connect the shop again.",
                permanent=True,
            )
        return told

    def _revealed(self, action: str, more: dict[str, str]) -> str:
        return text(self._bytes(action, more))

    def _bytes(self, action: str, more: dict[str, str]) -> bytes:
        body = self._line.ask(action, self._access | more)
        try:
            return self._cipher.reveal(body)
        except NotOurs:
            raise self._nonsense(body) from None

    def _nonsense(self, body: bytes) -> Unreachable:
        if self._cipher.name != "base64" and _is_bare(body):
            return Unreachable(
                f"{self._line.host} answers without the encryption that was agreed on ({self._cipher.name}). Nothing "
                "of it was taken over; find out who changed the module's settings, then connect the shop again.",
                permanent=True,
            )
        seen = glimpse(body)
        return Unreachable(f"{self._line.host} answers with something that is no reply of its module: “{seen}”.")

    def _other_keys(self) -> Unreachable:
        return Unreachable(
            f"What {self._line.host} sends cannot be opened with the keys that were agreed on. Connect the shop again.",
            permanent=True,
        )

    def _broke_off(self) -> Unreachable:
        return Unreachable(f"{self._line.host} broke off in the middle of its answer.")

    def _warnings(self) -> Iterator[str]:
        if self._cipher.name == "base64":
            yield _PLAIN
        if self._cipher.name == "openssl" and int(self._settings.get("key_bits", 2048)) < 2048:
            yield _SHORT
        yield from (sentence for oddity, sentence in _WARNINGS.items() if oddity in self._profile.odd)


def _was_changed(telling: Telling, closed: Mapping[str, str]) -> bool:
    """Whether somebody in the shop has given an order, no longer open, another status than the one we know."""
    status = closed.get(telling.key, "")
    return bool(status and telling.seen_status and status != telling.seen_status)


def _is_bare(body: bytes) -> bool:
    """Whether a reply is readable for everybody."""
    try:
        said = Plain().reveal(body)
    except ValueError:
        return False
    return said.startswith(b'"') or b"number=" in said


@contextmanager
def open_module(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator[ModuleShop]:
    """A shop whose module was introduced; see `handshake.introduce_module` for the settings.

    Raises:
        Refused: the shop was not introduced, or may not be spoken to without encryption.
    """
    profile = profile_of(str(settings.get("module", "")))
    name = secret.get("cipher", "")
    if not name:
        raise Refused("No keys were agreed on with this shop; connect it first.")
    if name == "base64" and not may_be_plain(settings):
        raise Refused("This shop knows no encryption of its own and may only be read by HTTPS, if you allow it.")
    with site(str(settings.get("address", ""))) as far:
        line = Line(far, profile, str(settings.get("path", "")))
        yield ModuleShop(line, profile, secret["access_code"], kept_cipher(secret), settings)
