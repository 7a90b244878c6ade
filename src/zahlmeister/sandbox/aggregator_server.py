"""An open-banking aggregator played by ourselves, over HTTP on this machine, in front of the sandbox bank.

It has a page on which the customer consents, ends consents when their days are over, answers each account four times a
day and no more, and gives every transaction a new number in each answer, as some banks do.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.movements import MerchantAccount, Movement
from zahlmeister.sandbox.paying_bank import SandboxBank

#: Status, headers and content.
Answer = tuple[int, dict[str, str], bytes]
SECRET_ID, SECRET_KEY = "brigitte-id", "brigitte-key"
CALLS_A_DAY = 4
BANKS = (("SANDBOX_BANK", "Sandbox Bank"), ("OTHER_BANK", "Another Bank"))
_PAGE = (
    "<!doctype html><html lang='en'><title>Sandbox Bank</title><h1>Sandbox Bank</h1>"
    "<p>Zahlmeister wants to read your accounts for {days} days.</p>"
    "<form method='post'><button name='said' value='yes'>I agree</button>"
    "<button name='said' value='no'>No</button></form></html>"
)


@dataclass(slots=True)
class _Consent:
    redirect: str
    days: int
    status: str = "CR"
    until: date = date.min


class AggregatorServer:
    """Serves the accounts of one customer of the bank that keeps its books in a file, until closed."""

    def __init__(self, books: Path, accounts: tuple[MerchantAccount, ...], *, today: date, port: int = 0) -> None:
        self.books, self.accounts, self._today = books, accounts, today
        self.calls: Counter[tuple[str, str, date]] = Counter()
        self.page_size = 1000
        self._numbers = count(1)
        self._days: dict[str, int] = {}
        self._consents: dict[str, _Consent] = {}
        self._http = HTTPServer(("127.0.0.1", port), self._handler())
        self._thread = Thread(target=self._http.serve_forever, daemon=True)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def address(self) -> str:
        return f"{self.root}/api/v2"

    def start(self) -> "AggregatorServer":
        self._thread.start()
        return self

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def bank(self) -> SandboxBank:
        """The bank behind it, for this thread."""
        return SandboxBank(books=self.books, today=self._today)

    def withdraw_consents(self) -> None:
        """The customer takes every consent back at the bank."""
        for consent in self._consents.values():
            consent.status = "EX"

    # ---- HTTP --------------------------------------------------------------------------------------------------

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def _answer(self, body: bytes) -> None:
                url = urlsplit(self.path)
                status, headers, content = server.answer(self.command, url.path, url.query, body, self.headers)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing: tests look at what was counted."""

        return Handler

    def answer(self, method: str, path: str, query: str, body: bytes, headers: Any) -> Answer:
        """What the server says: status, headers and content."""
        parts = [part for part in path.split("/") if part]
        if parts[:1] == ["consent"]:
            return self._person(method, parts[1], body)
        said = json.loads(body) if body else {}
        if parts[-2:] == ["token", "new"]:
            if (said.get("secret_id"), said.get("secret_key")) != (SECRET_ID, SECRET_KEY):
                return _json(401, {"summary": "Authentication failed", "detail": "No active account found"})
            return _json(200, {"access": "token-1", "access_expires": 86400})
        if headers.get("Authorization") != "Bearer token-1":
            return _json(401, {"summary": "Invalid token", "detail": "Token is invalid or expired."})
        return self._asked(parts[2:], said, query)

    def _asked(self, parts: list[str], said: dict[str, Any], query: str) -> Answer:
        match parts:
            case ["institutions"]:
                return _json(200, [{"id": number, "name": name} for number, name in BANKS])
            case ["agreements", "enduser"]:
                number = f"agreement-{next(self._numbers)}"
                self._days[number] = int(said["access_valid_for_days"])
                return _json(201, {"id": number})
            case ["requisitions"]:
                number = f"consent-{next(self._numbers)}"
                self._consents[number] = _Consent(said["redirect"], self._days[said["agreement"]])
                return _json(201, {"id": number, "link": f"{self.root}/consent/{number}"})
            case ["requisitions", number]:
                return _json(200, {"status": self._status(number), "accounts": list(self._account_numbers())})
            case ["accounts", number, what]:
                return self._account(number, what, query)
            case _:
                return _json(404, {"summary": "Not found"})

    # ---- the customer's page -----------------------------------------------------------------------------------

    def _person(self, method: str, number: str, body: bytes) -> Answer:
        consent = self._consents[number]
        if method == "GET":
            return 200, {"Content-Type": "text/html"}, _PAGE.format(days=consent.days).encode()
        says_yes = parse_qs(body.decode()).get("said") == ["yes"]
        consent.status = "LN" if says_yes else "RJ"
        consent.until = self.bank().today + timedelta(days=consent.days)
        return 302, {"Location": f"{consent.redirect}?ref={number}"}, b""

    def _status(self, number: str) -> str:
        consent = self._consents[number]
        if consent.status == "LN" and self.bank().today >= consent.until:
            consent.status = "EX"
        return consent.status

    # ---- accounts ----------------------------------------------------------------------------------------------

    def _account_numbers(self) -> Iterator[str]:
        return (f"account-{each.iban[-6:]}" for each in self.accounts)

    def _account(self, number: str, what: str, query: str) -> Answer:
        account = dict(zip(self._account_numbers(), self.accounts, strict=True))[number]
        if "LN" not in {self._status(each) for each in self._consents}:
            return _json(401, {"summary": "End User Agreement (EUA) has expired", "type": "AccessExpiredError"})
        bank, asked = self.bank(), parse_qs(query)
        if what == "details":
            return _json(
                200, {"account": {"iban": account.iban, "currency": account.currency, "ownerName": account.owner}}
            )
        if "page" not in asked:
            self.calls[number, what, bank.today] += 1
            if self.calls[number, what, bank.today] > CALLS_A_DAY:
                return _json(429, {"summary": "Rate limit exceeded"}, {"Retry-After": "43200"})
        if what == "balances":
            balance = {"amount": bank.balance(account.iban).text(), "currency": account.currency}
            told = {"balanceType": "interimBooked", "balanceAmount": balance, "referenceDate": bank.today.isoformat()}
            return _json(200, {"balances": [told]})
        since = date.fromisoformat(asked["date_from"][0]) if "date_from" in asked else date.min
        booked = [
            self._told(account, each)
            for day in bank.statements(account.iban)
            for each in day.movements
            if day.on >= since
        ]
        return _json(200, {"transactions": self._page(number, booked, int(asked.get("page", ["0"])[0]))})

    def _page(self, number: str, booked: list[dict[str, Any]], page: int) -> dict[str, Any]:
        start = page * self.page_size
        told: dict[str, Any] = {"booked": booked[start : start + self.page_size], "pending": []}
        if start + self.page_size < len(booked):
            told["_links"] = {"next": {"href": f"/accounts/{number}/transactions/?page={page + 1}"}}
        return told

    def _told(self, account: MerchantAccount, movement: Movement) -> dict[str, Any]:
        """A movement as the Berlin Group writes it."""
        is_paid_to_us = (movement.amount.minor > 0) is not movement.is_return
        names = ("debtor", "creditor") if is_paid_to_us else ("creditor", "debtor")
        told = {
            "transactionId": f"T{next(self._numbers)}",
            "bookingDate": movement.booked_on.isoformat(),
            "valueDate": movement.booked_on.isoformat(),
            "transactionAmount": {"amount": _signed(movement.amount), "currency": movement.amount.currency},
            f"{names[0]}Name": movement.counterparty,
            f"{names[0]}Account": {"iban": movement.iban} if movement.iban else None,
            f"{names[1]}Name": account.owner,
            f"{names[1]}Account": {"iban": account.iban},
            "endToEndId": movement.end_to_end_id,
            "mandateId": movement.mandate_id,
            "remittanceInformationUnstructured": movement.remittance,
            "remittanceInformationStructured": movement.creditor_reference,
            "bankTransactionCode": "-".join(movement.booking.iso),
            "proprietaryBankTransactionCode": f"{movement.booking.swift}+{movement.booking.code}+9310",
            "additionalInformation": movement.booking.text,
        }
        return {name: value for name, value in told.items() if value is not None}


def _signed(amount: Amount) -> str:
    return amount.text()


def _json(status: int, told: Any, headers: dict[str, str] | None = None) -> Answer:
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(told).encode()
