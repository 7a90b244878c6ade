"""Letters printed and posted by Pingen (pingen.com).

Addresses, bodies and fields are those of Pingen's own Python SDK (github.com/pingencom/pingen2-sdk-python:
`letters.py`, `file_upload.py`, `oauth.py` and their tests). The words for a letter's status stand in no manual. These
are the ones that the unofficial PingenApiNet took from Pingen's pages; only `valid` is sent, and `submitted_at` tells
what was. No real account was tried.

There is no idempotency key. A letter is made as a draft and its id is kept; it is sent by its id, after a look at it.
An answer lost on the way leaves a draft that nobody sends, or a letter that the next look finds submitted.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from zahlmeister.connectors.post.contract import Posting
from zahlmeister.connectors.web import Question, Reply, Site, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable, Unreadable

ADDRESS = "https://api.pingen.com"
_JSON = "application/vnd.api+json"
#: Pingen looks at a letter before it can be sent.
_LOOKED_AT = {"validating", "fixing"}
_READY = "valid"


@dataclass(frozen=True, slots=True)
class PingenAccess:
    """How to reach an organisation at Pingen. `product` is the kind of posting, `fast` or one of its own names."""

    organisation: str
    client: str
    secret: str = field(repr=False)
    address: str = ADDRESS
    product: str = "fast"


@dataclass(slots=True)
class Pingen:
    """An organisation's letters at Pingen. The token that was got once is used for as long as this lives."""

    access: PingenAccess
    _token: str = field(default="", repr=False)

    @property
    def known_as(self) -> str:
        return f"pingen {self.access.organisation}"

    def lay_down(self, name: str, pdf: bytes) -> str:
        """See `PrintService`: a draft, known by its id."""
        with self._signed_in() as api:
            upload = _attributes(api.get("/file-upload"))
            _put(_word(upload, "url"), pdf)
            draft = {
                "file_original_name": name,
                "file_url": _word(upload, "url"),
                "file_url_signature": _word(upload, "url_signature"),
                "address_position": "left",
                "auto_send": False,
            }
            made = api.ask(_told("POST", self._letters, {"type": "letters", "attributes": draft}))
            return _word(_data(made), "id")

    def hand_in(self, place: str) -> Posting:
        """See `PrintService`."""
        with self._signed_in() as api:
            letter = _attributes(api.get(f"{self._letters}/{place}"))
            if not letter.get("submitted_at") and letter.get("status") == _READY:
                letter = _attributes(api.ask(self._sending(place)))
                return Posting(is_taken=True, status=str(letter.get("status", ""))[:40], price=_price(letter))
        return _posting(letter)

    def check(self) -> None:
        """See `PrintService`."""
        with self._signed_in() as api:
            api.get(self._letters)

    @property
    def _letters(self) -> str:
        return f"/organisations/{self.access.organisation}/deliveries/letters"

    def _sending(self, place: str) -> Question:
        how = {"delivery_product": self.access.product, "print_mode": "simplex", "print_spectrum": "color"}
        return _told("PATCH", f"{self._letters}/{place}/send", {"id": place, "type": "letters", "attributes": how})

    @contextmanager
    def _signed_in(self) -> Iterator[Site]:
        self._token = self._token or self._new_token()
        with site(self.access.address, headers={"Authorization": f"Bearer {self._token}", "Accept": _JSON}) as api:
            yield api

    def _new_token(self) -> str:
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.access.client,
            "client_secret": self.access.secret,
            "scope": "letter",
        }
        with site(self.access.address) as api:
            return _word(_mapping(api.ask(Question("POST", "/auth/access-tokens", form=asked)).json()), "access_token")


def _put(url: str, pdf: bytes) -> None:
    """The file goes where Pingen says, without the token: that is another host."""
    with site(url) as store:
        store.ask(Question("PUT", url, content=pdf))


def _posting(letter: Mapping[str, Any]) -> Posting:
    status, price = str(letter.get("status", ""))[:40], _price(letter)
    if letter.get("submitted_at"):
        return Posting(is_taken=True, status=status, price=price)
    if status in _LOOKED_AT:
        return Posting(is_taken=False, status=status, price=price)
    raise Refused(f"Pingen does not send the letter, which is “{status}” there; look at it on Pingen's pages.")


def _price(letter: Mapping[str, Any]) -> Amount | None:
    try:
        return Amount.parse(str(letter["price_value"]), str(letter["price_currency"]))
    except (KeyError, Unreadable):
        return None


def _told(method: str, path: str, data: Mapping[str, Any]) -> Question:
    return Question(method, path, content=json.dumps({"data": data}).encode(), headers={"Content-Type": _JSON})


def _data(reply: Reply) -> Mapping[str, Any]:
    return _mapping(_mapping(reply.json()).get("data"))


def _attributes(reply: Reply) -> Mapping[str, Any]:
    return _mapping(_data(reply).get("attributes"))


def _word(told: Mapping[str, Any], name: str) -> str:
    word = told.get(name)
    if not isinstance(word, str) or not word:
        raise Unreachable(f"Pingen's answer lacks “{name}”.")
    return word


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
