"""An agency with a REST interface, spoken by its profile."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zahlmeister.connectors.agencies.contract import Document, Invoice, Page
from zahlmeister.connectors.agencies.profile import Call, Profile
from zahlmeister.connectors.agencies.read_news import found, page_of
from zahlmeister.connectors.agencies.template import fill
from zahlmeister.connectors.web import SUCCESS, Question, Reply, Site, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

#: “It is there already”: what was not answered in time had arrived, and is not handed over twice.
_THERE = 409


@contextmanager
def opened(profile: Profile, *, address: str, secrets: Mapping[str, str], currency: str) -> Iterator["RestAgency"]:
    """The agency at an address, its headers filled with the keys that the merchant was given."""
    headers = fill(dict(profile.headers), secrets, profile.words)
    with site(address, headers=headers) as far_side:
        yield RestAgency(profile, far_side, currency)


class RestAgency:
    """See `contract.Agency`."""

    def __init__(self, profile: Profile, far_side: Site, currency: str) -> None:
        self._profile, self._site, self._currency = profile, far_side, currency

    def submit(self, claim: Document, invoice: Invoice | None, key: str) -> str:
        document = {**claim, "key": key, "invoice": _as_text(invoice)}
        call = self._profile.calls["submit"]
        reply = self._asked(call, document, key, also=_THERE)
        return str(found(reply.json(), call.number) or "") if call.number else ""

    def tell(self, telling: Document, key: str) -> None:
        call = self._profile.calls.get(telling["kind"]) or self._profile.calls.get("tell")
        if call is None:
            what = telling["kind"].replace("_", " ")
            raise Unreachable(f"{self._profile.title} takes no {what} by this way; tell it yourself.", permanent=True)
        self._asked(call, {**telling, "key": key}, key, also=_THERE)

    def news(self, after: str) -> Page:
        call = self._profile.calls["news"]
        reply = self._asked(call, {"after": after}, "")
        return page_of(self._profile, reply.json(), before=after, currency=self._currency)

    def cost_of_cancelling(self, case: str) -> Amount | None:
        call = self._profile.calls.get("cost_of_cancelling")
        if call is None:
            return None
        answer = self._asked(call, {"case": case}, "").json()
        told = found(answer, call.amount)
        return None if told is None else Amount.parse(str(told), found(answer, call.currency) or self._currency)

    def _asked(self, call: Call, document: Mapping[str, Any], key: str, also: int | None = None) -> Reply:
        path, body = fill([call.path, call.body], document, self._profile.words)
        headers = {"Idempotency-Key": key} if key else {}
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, default=str).encode()
            headers["Content-Type"] = "application/json"
        question = Question(call.method, path, content=content, headers=headers)
        return self._site.ask(question, accepted={*SUCCESS, also} if also else SUCCESS)


def _as_text(invoice: Invoice | None) -> dict[str, str]:
    if invoice is None:
        return {"name": "", "content": ""}
    return {"name": invoice.name, "content": base64.b64encode(invoice.content).decode()}
