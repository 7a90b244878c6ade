"""A stand-in for Pingen on this machine: drafts, letters that are submitted once, and what goes wrong on the way.

It plays what `connectors.post.pingen` says it was read from. What a real Pingen answers to a second submission was
nowhere to be read; here it is refused, and counted, because the letter would not be printed again either.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zahlmeister.sandbox.shops.served import Asked, Said, Served, said

ORGANISATION, CLIENT, SECRET = "b85c7b52", "wollstube", "garn-und-nadel"
_TOKEN = "a-token-of-twelve-hours"  # noqa: S105 - of a stand-in
_LETTERS = f"/organisations/{ORGANISATION}/deliveries/letters"


@dataclass(slots=True)
class Drafted:
    """A letter there. `seen` counts how often somebody asked for it."""

    number: str
    name: str
    pdf: bytes
    status: str
    submitted_at: str | None = None
    product: str = ""
    seen: int = 0


class PingenStandIn(Served):
    """Pingen with one organisation.

    `looks` is how often a draft is still being validated when it is asked for, `verdict` what it is then. `lose` names
    questions (method and end of the path) that are done and whose answer is lost, once each; `down` answers 500.
    """

    def __init__(self) -> None:
        self.letters: dict[str, Drafted] = {}
        self.printed: list[str] = []
        self.looks, self.verdict, self.price = 0, "valid", Decimal("1.25")
        self.lose: set[tuple[str, str]] = set()
        self.down = False
        self._files: dict[str, bytes] = {}
        super().__init__()

    def answer(self, asked: Asked) -> Said:
        """See `Served.answer`."""
        if self.down:
            return Said(500)
        done = self._answer(asked)
        lost = next((one for one in self.lose if asked.method == one[0] and asked.path.endswith(one[1])), None)
        if lost is None:
            return done
        self.lose.discard(lost)
        return Said(504)

    def _answer(self, asked: Asked) -> Said:
        if asked.path == "/auth/access-tokens":
            return self._token(asked)
        if asked.path.startswith("/bucket/") and asked.method == "PUT":
            self._files[asked.path] = asked.content
            return Said(201 if "authorization" not in asked.headers else 400)
        if asked.headers.get("authorization") != f"Bearer {_TOKEN}":
            return Said(401)
        if asked.path == "/file-upload":
            url = f"{self.address}/bucket/{len(self.asked)}"
            return said({"data": {"attributes": {"url": url, "url_signature": url[::-1]}}})
        return self._about_letters(asked)

    def _token(self, asked: Asked) -> Said:
        words = asked.content.decode()
        right = f"client_id={CLIENT}" in words and f"client_secret={SECRET}" in words and "client_credentials" in words
        return said({"access_token": _TOKEN, "expires_in": 43200}) if right else Said(401)

    def _about_letters(self, asked: Asked) -> Said:
        if asked.path == _LETTERS:
            return self._draft(asked) if asked.method == "POST" else said({"data": []})
        number, _, verb = asked.path.removeprefix(f"{_LETTERS}/").partition("/")
        letter = self.letters.get(number)
        if letter is None:
            return Said(404)
        if asked.method == "PATCH" and verb == "send":
            return self._send(letter, asked)
        letter.seen += 1
        if letter.status == "validating" and letter.seen > self.looks:
            letter.status = self.verdict
        return said(self._told(letter))

    def _draft(self, asked: Asked) -> Said:
        wanted = json.loads(asked.content)["data"]["attributes"]
        url = wanted["file_url"]
        if wanted["file_url_signature"] != url[::-1] or wanted["auto_send"] is not False:
            return Said(422)
        number = f"letter-{len(self.letters) + 1}"
        pdf = self._files[url.removeprefix(self.address)]
        self.letters[number] = Drafted(number, wanted["file_original_name"], pdf, "validating")
        return said(self._told(self.letters[number]), 201)

    def _send(self, letter: Drafted, asked: Asked) -> Said:
        if letter.status != "valid":
            return Said(409)
        letter.status, letter.submitted_at = "submitted", "2026-11-20T09:42:48+0100"
        letter.product = json.loads(asked.content)["data"]["attributes"]["delivery_product"]
        self.printed.append(letter.name)
        return said(self._told(letter))

    def _told(self, letter: Drafted) -> dict[str, Any]:
        attributes = {
            "status": letter.status,
            "file_original_name": letter.name,
            "price_currency": "CHF",
            "price_value": self.price,
            "submitted_at": letter.submitted_at,
        }
        return {"data": {"id": letter.number, "type": "letters", "attributes": attributes}}
