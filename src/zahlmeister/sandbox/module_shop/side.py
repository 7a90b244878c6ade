"""The module's side of the protocol: what it does when it is asked, step by step as its source does it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import md5

from zahlmeister.sandbox.module_shop.books import CANCELLED, OPEN, PAID, Books, Placed
from zahlmeister.sandbox.module_shop.dialects import Dialect
from zahlmeister.sandbox.module_shop.hiding import Failed, Kept, hide, reveal
from zahlmeister.sandbox.module_shop.php import csv
from zahlmeister.sandbox.module_shop.telling import credit_line, order_line

PROBE, ECHO = "Can you hear me?", "Yes, I see you!"
_DANGEROUS = re.compile(r"['\"\\;()=]|--")


class Fatal(Exception):
    """PHP stops: 500 with an empty body."""


@dataclass(slots=True)
class Switches:
    """What the merchant has switched, and what is wrong with the shop today."""

    export: bool = True
    changes: bool = True
    list_empty: bool = False
    charset: str = "utf-8"  # of the database
    content_type: str = "text/html; charset=UTF-8"
    warning_before: bool = False
    warning_after: bool = False
    half: bool = False
    broken: bool = False  # answers 500
    without_openssl: bool = False
    without_mcrypt: bool = False
    silent_seconds: int = 0


@dataclass(slots=True)
class Module:
    """A module installed in a shop; `kept` by subshop, the empty one where there are none."""

    dialect: Dialect
    books: Books = field(default_factory=Books)
    switches: Switches = field(default_factory=Switches)
    kept: dict[str, Kept] = field(default_factory=dict)
    injected: list[str] = field(default_factory=list)  # what would have broken out of SQL

    def answer(self, action: str, told: Mapping[str, str]) -> str:
        """The body of the answer.

        Raises:
            Fatal: the action is unknown, or PHP stops in the middle of it.
        """
        known = _ACTIONS.get(action.lower() if self.dialect.only else action)
        if known is None or (action.endswith("refunds") and not self.dialect.refunds):
            raise Fatal
        if action == "readinvoicepdf" and not self.dialect.invoices:
            raise Fatal
        try:
            return known(self, told)
        except Failed:
            raise Fatal from None

    def init(self, told: Mapping[str, str]) -> str:
        said = "connection:connectionsuccess|accesskey:"
        kept = self._kept(told)
        given = md5(self._param(told, "accesscode").encode(), usedforsecurity=False).hexdigest()
        if given != self._param(told, "accesscode_hash"):
            return said + f"MD5 Hashes do not match! Shop {given} given {told.get('accesscode_hash', '')}"
        whose = f" for subshop {told['s']}" if told.get("s") else ""
        if kept.access_code not in {"", "undefined", given}:
            return said + f"Access Code already set{whose}! Shop {kept.access_code}, given (hash) {given}"
        kept.access_code = given
        said += "accesskeysuccess|apikey:"
        key = self._param(told, "apikey")
        if kept.api_key not in {"", "undefined", key}:
            return said + f"API Key already set{whose}! Shop {kept.api_key}, given {key}"
        kept.api_key = key
        return said + "apikeysuccess|encryption:" + self._choose(told, kept)

    def _choose(self, told: Mapping[str, str], kept: Kept) -> str:
        offers = (
            ("openssl", self._has_openssl(), "privateKey", "publicKey", "testSSLEnc"),
            ("mcrypt", self._has_mcrypt(), "mCryptSecretKey", "mCryptIV", "testMCryptEnc"),
            ("base64", True, "", "", "testBase64Enc"),
        )
        kept.encryption = ""
        for name, there, private, public, probe in offers:
            if not there:
                continue
            if private:
                kept.put_keys(self._param(told, private), self._param(told, public))
            if _heard(kept, name, self._param(told, probe)) == PROBE:
                kept.encryption = name
                shown = "openssl#OpenSSL 3.0.22 25 Aug 2026#805306720" if name == "openssl" else name
                return f"{shown}|decryptiontest:ok|encryptiontest:{_shown(kept)}"
        return "ERROR:no encryption possible|decryptiontest:error|encryptiontest:error"

    def test(self, told: Mapping[str, str]) -> str:
        kept = self._kept(told)
        return hide(kept, reveal(kept, kept.encryption, self._param(told, "test")))

    def info(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told):
            return ""
        return hide(self._kept(told), csv([f"{self.dialect.name} 1.0", "1.9.9"]))

    def readorders(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told) or not self.switches.export:
            return ""
        kept, asked = self._kept(told), self._revealed(told, "o")
        if asked == "all":
            numbers = [] if self.switches.list_empty else self.books.open_numbers(self._stores(told))
            return hide(kept, csv(numbers)) if numbers or self.dialect.empty_list_is_hidden else ""
        found = [self.books.orders[one] for one in self._ids(asked) if one in self.books.orders]
        lines = "".join(order_line(order, self.dialect, self.switches.charset) for order in found)
        return hide(kept, lines) if lines else ""

    def updateorders(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told) or not self.switches.changes:
            return ""
        done = [row[0] for row in self._rows(told) if self._is_taken(*row)]
        return hide(self._kept(told), csv(done)) if done else ""

    def readrefunds(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told):
            return ""
        kept, asked = self._kept(told), self._revealed(told, "o")
        if asked == "all":
            numbers = self.books.open_credits()
            return hide(kept, csv(numbers)) if numbers else ""
        found = [self.books.credits[one] for one in self._ids(asked) if one in self.books.credits]
        return hide(kept, "".join(credit_line(one, self.switches.charset) for one in found)) if found else ""

    def updaterefunds(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told):
            return ""
        done = []
        for number, status, callback in self._rows(told):
            if number not in self.books.credits:
                raise Fatal
            credit = self.books.credits[number]
            credit.transaction = credit.transaction or callback
            credit.comments.append(f"{status} [{callback}]")
            done.append(number)
        return hide(self._kept(told), csv(done))

    def readinvoicepdf(self, told: Mapping[str, str]) -> str:
        if not self._is_let_in(told):
            return ""
        order = self.books.orders.get(self._revealed(told, "order_id"))
        pdf = order.invoices.get(self._revealed(told, "o"), b"") if order else b""
        return pdf.decode("latin-1")

    def _is_taken(self, number: str, word: str, callback: str) -> bool:
        """Whether the module acknowledges a change, which it makes if it is one."""
        order = self.books.orders.get(number)
        status = self.books.written.get((order.kind, word)) if order else None
        if order is None or not status:
            return False
        if order.status == status:
            return self.dialect.repeats
        revived = self.dialect.revives and word == "PAID" and order.status == CANCELLED
        if order.status != OPEN and not revived:
            return False
        self.books.write(number, status, by="module", comment=f"Komfortkasse ID {callback}")
        order.transaction = callback
        return True

    def _is_let_in(self, told: Mapping[str, str]) -> bool:
        if not self.dialect.checks_access:
            return True
        given = md5(self._param(told, "accesscode").encode(), usedforsecurity=False).hexdigest()
        chosen = told.get("s", "").split(",") if self.dialect.subshops == "plain" else [""]
        return all(one in self.kept and self.kept[one].access_code == given for one in chosen)

    def _kept(self, told: Mapping[str, str]) -> Kept:
        """The settings of the first subshop named."""
        first = told.get("s", "").split(",")[0] if self.dialect.subshops == "plain" else ""
        return self.kept.setdefault(first, Kept(width=self.dialect.width))

    def _stores(self, told: Mapping[str, str]) -> list[str]:
        if not told.get("s") or not self.dialect.subshops:
            return []
        text = told["s"] if self.dialect.subshops == "plain" else self._revealed(told, "s")
        self._sql(text.replace(",", ""))
        return text.split(",")

    def _rows(self, told: Mapping[str, str]) -> list[tuple[str, str, str]]:
        rows = []
        for line in self._revealed(told, "o").split("\n"):
            number, word, callback, *_ = (*(part.strip() for part in line.split(";")), "", "")
            for part in (number, word, callback):
                self._sql(part)
            rows.append((number, word, callback))
        return rows

    def _ids(self, asked: str) -> list[str]:
        for one in asked.split(";"):
            self._sql(one)
        return asked.split(";")

    def _sql(self, text: str) -> None:
        """The real modules put this into SQL as it is; here it is written down what would have broken out."""
        if _DANGEROUS.search(text):
            self.injected.append(text)

    def _revealed(self, told: Mapping[str, str], name: str) -> str:
        kept = self._kept(told)
        return reveal(kept, kept.encryption, self._param(told, name))

    def _param(self, told: Mapping[str, str], name: str) -> str:
        if name not in told and self.dialect.needs_all:
            raise Fatal
        return told.get(name, "")

    def _has_mcrypt(self) -> bool:
        return self.dialect.mcrypt and not self.switches.without_mcrypt

    def _has_openssl(self) -> bool:
        return self.dialect.openssl and not self.switches.without_openssl


_ACTIONS: dict[str, Callable[[Module, Mapping[str, str]], str]] = {
    "init": Module.init,
    "test": Module.test,
    "info": Module.info,
    "readorders": Module.readorders,
    "updateorders": Module.updateorders,
    "readrefunds": Module.readrefunds,
    "updaterefunds": Module.updaterefunds,
    "readinvoicepdf": Module.readinvoicepdf,
}


def _heard(kept: Kept, name: str, probe: str) -> str:
    try:
        return reveal(kept, name, probe)
    except (Failed, ValueError):
        return ""


def _shown(kept: Kept) -> str:
    try:
        return hide(kept, ECHO)
    except Failed as failed:
        return str(failed)


def outcome(order: Placed) -> str:
    """What the shop believes about the money of an order: PAID, CANCELLED, or nothing yet."""
    return {PAID: "PAID", CANCELLED: "CANCELLED"}.get(order.status, "")
