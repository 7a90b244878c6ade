"""An open-banking aggregator: a licensed service through which accounts at thousands of banks are read.

A person consents at the bank's own page, for so many days; with that consent the accounts are read a few times a day.
The interface is that of GoCardless Bank Account Data, which others offer alike: token, institutions, agreement,
requisition with a link, accounts. What an account tells is the JSON of the Berlin Group, see `formats.berlin`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.banks.question import Account, Choice
from zahlmeister.refusals import Unreachable

#: What a consent covers; nothing can be paid with it.
SCOPE = ("balances", "details", "transactions")
#: More pages than these have no end.
MOST_PAGES = 100
_ANSWERS = (*web.SUCCESS, 401, 403, 409)


@dataclass(frozen=True, slots=True)
class Access:
    """Whose customer we are at the aggregator."""

    server: str
    secret_id: str
    secret_key: str = field(repr=False)


class Standing(Enum):
    """How far a consent is."""

    OPEN = "open"  # the person has not been at the bank yet, or is there now
    LINKED = "linked"
    REFUSED = "refused"
    OVER = "over"


_STANDING = {"LN": Standing.LINKED, "RJ": Standing.REFUSED, "SU": Standing.REFUSED, "EX": Standing.OVER}


class ConsentOver(Unreachable):
    """The consent has ended or was withdrawn; a person has to give it anew."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)


@contextmanager
def opened(access: Access) -> Iterator["Aggregator"]:
    """The aggregator, signed in to.

    Raises:
        Unreachable: it does not answer, or does not know us (this one permanent).
        Refused: the address is none that may be asked.
    """
    with web.site(access.server) as there:
        keys = {"secret_id": access.secret_id, "secret_key": access.secret_key}
        told = there.ask(web.Question("POST", "token/new/", json=keys)).json()
        yield Aggregator(there, _text(told, "access"))


class Aggregator:
    """What can be asked of it. Every verb raises `refusals.Unreachable` with a sentence."""

    def __init__(self, there: web.Site, token: str) -> None:
        self._there = there
        self._headers = {"Authorization": f"Bearer {token}"}

    def institutions(self, country: str) -> tuple[Choice, ...]:
        """The banks of a country, by name."""
        told = self._get("institutions/", {"country": country.lower()})
        banks = (Choice(_text(each, "id"), _text(each, "name")) for each in told)
        return tuple(sorted(banks, key=lambda bank: bank.label.casefold()))

    def consent(self, institution: str, *, back_to: str, days: int, reference: str) -> tuple[str, str]:
        """Prepare a consent: its number, and the page to which the person has to go."""
        terms = {
            "institution_id": institution,
            "access_valid_for_days": days,
            "max_historical_days": 90,
            "access_scope": list(SCOPE),
        }
        agreement = _text(self._post("agreements/enduser/", terms), "id")
        wish = {"redirect": back_to, "institution_id": institution, "agreement": agreement, "reference": reference}
        made = self._post("requisitions/", wish)
        return _text(made, "id"), _text(made, "link")

    def standing(self, consent: str) -> tuple[Standing, tuple[str, ...]]:
        """How far a consent is, and the numbers of its accounts."""
        told = self._get(f"requisitions/{consent}/")
        numbers = tuple(str(each) for each in told.get("accounts") or ())
        return _STANDING.get(str(told.get("status")), Standing.OPEN), numbers

    def account(self, number: str) -> Account:
        """What an account is called at its bank."""
        told = self._get(f"accounts/{number}/details/").get("account") or {}
        iban = str(told.get("iban") or told.get("bban") or "")
        name = str(told.get("ownerName") or told.get("name") or "")
        return Account(iban, number=number, currency=str(told.get("currency") or ""), name=name)

    def movements(self, account: Account, since: date) -> bytes:
        """What moved on an account, with its balance: a file of its own, as `formats.berlin` reads it."""
        balances = self._get(f"accounts/{account.number}/balances/").get("balances") or []
        path = f"accounts/{account.number}/transactions/"
        query: dict[str, str | int] = {"date_from": since.isoformat()}
        lists: dict[str, list[Any]] = {"booked": [], "pending": []}
        for _ in range(MOST_PAGES):
            told = self._get(path, query).get("transactions") or {}
            for name, rows in lists.items():
                rows.extend(told.get(name) or [])
            following = _next_page(told)
            if following is None:
                break
            path, query = following, {}
        own = {"iban": account.iban, "currency": account.currency}
        return json.dumps({"account": own, "balances": balances, "transactions": lists}, default=str).encode()

    def _get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        return self._said(web.Question("GET", path, query or {}, headers=self._headers))

    def _post(self, path: str, told: Mapping[str, Any]) -> Any:
        return self._said(web.Question("POST", path, json=told, headers=self._headers))

    def _said(self, question: web.Question) -> Any:
        reply = self._there.ask(question, accepted=_ANSWERS)
        told = reply.json()
        if reply.status in web.SUCCESS:
            return told
        why = " ".join(str(told.get(name) or "") for name in ("summary", "detail")).strip() if told else ""
        if "expired" in why.lower() or "consent" in why.lower() or "suspended" in why.lower():
            raise ConsentOver(f"The bank's consent has ended: {why}")
        raise Unreachable(f"{reply.host} does not allow this ({reply.status}): {why}", permanent=True)


def _next_page(told: Mapping[str, Any]) -> str | None:
    """The address of the next page, as the Berlin Group links it; within the site."""
    link = (told.get("_links") or {}).get("next")
    href = link.get("href") if isinstance(link, dict) else link
    return str(href).lstrip("/") if href else None


def _text(told: Any, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, str) or not value:
        raise Unreachable(f"The aggregator's answer has no “{name}”.")
    return value
