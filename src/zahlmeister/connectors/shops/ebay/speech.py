"""Asking eBay: an access token out of the refresh token, the newer API in JSON, the older one in XML."""

import re
from base64 import b64encode
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.told import text
from zahlmeister.refusals import Unreachable

API = "/sell/fulfillment/v1"
#: Germany, and the version of the Trading API whose description was read.
SITE, VERSION = "77", "1423"
NAMESPACE = "urn:ebay:apis:eBLBaseComponents"


class Speech:
    """An account of a seller that answers."""

    def __init__(self, site: web.Site, secret: Mapping[str, str]) -> None:
        self._site = site
        self._secret = secret
        self._token = ""

    def get(self, path: str, query: web.Query, *, also: Container[int] = ()) -> web.Reply:
        """Ask the newer API; a status of `also` is an answer too.

        Raises:
            Unreachable: no answer, no access, or eBay says no.
        """
        question = web.Question("GET", f"{API}/{path}", query)
        reply = self._signed(question)
        if reply.status in web.SUCCESS or reply.status in also:
            return reply
        raise Unreachable(f"{self._site.host} says no ({reply.status}): {_why(reply)}.", permanent=True)

    def complete_sale(self, order_id: str) -> str:
        """Have an order marked as paid; gives what eBay has against it, empty when it was done.

        Raises:
            Unreachable: no answer, or eBay cannot do it now.
        """
        root = etree.Element(f"{{{NAMESPACE}}}CompleteSaleRequest", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs forget that a namespace may be the default
        etree.SubElement(root, f"{{{NAMESPACE}}}OrderID").text = order_id
        etree.SubElement(root, f"{{{NAMESPACE}}}Paid").text = "true"
        question = web.Question(
            "POST",
            "/ws/api.dll",
            content=etree.tostring(root, xml_declaration=True, encoding="UTF-8"),
            headers={
                "Content-Type": "text/xml",
                "X-EBAY-API-CALL-NAME": "CompleteSale",
                "X-EBAY-API-SITEID": SITE,
                "X-EBAY-API-COMPATIBILITY-LEVEL": VERSION,
                "X-EBAY-API-IAF-TOKEN": self._token or self._new_token(),
            },
        )
        return _objection(self._whole_xml(self._site.ask(question), "CompleteSaleResponse"))

    def _whole_xml(self, reply: web.Reply, name: str) -> etree._Element:
        """The answer out of what came, which may have been printed into a web page; half of one is none."""
        found = re.search(rf"<{name}[\s>].*</{name}>".encode(), reply.content, re.DOTALL)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            return etree.fromstring(found[0] if found else b"", parser)
        except etree.XMLSyntaxError:
            raise Unreachable(f"{self._site.host} broke off in the middle of its answer.") from None

    def _signed(self, question: web.Question) -> web.Reply:
        """Ask with the token; a token that has run out meanwhile is renewed once."""
        for _ in range(2):
            headers = {"Authorization": f"Bearer {self._token or self._new_token()}"}
            reply = self._site.ask(replace(question, headers=headers), accepted=_HEARD)
            if reply.status != 401:
                return reply
            self._token = ""
        raise Unreachable(f"{self._site.host} does not accept the access token (401).", permanent=True)

    def _new_token(self) -> str:
        who = b64encode(f"{self._secret['client_id']}:{self._secret['client_secret']}".encode()).decode()
        form = {"grant_type": "refresh_token", "refresh_token": self._secret["refresh_token"]}
        question = web.Question(
            "POST", "/identity/v1/oauth2/token", form=form, headers={"Authorization": f"Basic {who}"}
        )
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400, 401})
        if reply.status not in web.SUCCESS:
            why = text(reply.json(), "error_description").rstrip(".") or "without a reason"
            raise Unreachable(
                f"{self._site.host} does not accept the keys or the refresh token ({reply.status}): {why}.",
                permanent=True,
            )
        self._token = told.needed(reply.json(), "access_token")
        return self._token


#: Statuses behind which eBay says in words what is wrong, and that of a token which has run out.
_HEARD = {*web.SUCCESS, 400, 401, 403, 404}


def _why(reply: web.Reply) -> str:
    errors = told.rows(reply.json(), "errors")
    said = [text(error, "longMessage") or text(error, "message") for error in errors]
    return "; ".join(filter(None, said)).rstrip(".") or "without a reason"


def _objection(answer: Any) -> str:
    """What the Trading API says against it; warnings are none.

    Raises:
        Unreachable: it is not the question that is wrong, but eBay or the sign-in.
    """
    if _said(answer, "Ack") in {"Success", "Warning"}:
        return ""
    error = answer.find(f"{{{NAMESPACE}}}Errors")
    why = (_said(error, "LongMessage") or _said(error, "ShortMessage") or "without a reason").rstrip(".")
    if _said(error, "ErrorClassification") != "RequestError" or "token" in why.lower():
        raise Unreachable(f"eBay cannot do it now: {why}.")
    return f"{why}."


def _said(element: Any, name: str) -> str:
    found = None if element is None else element.findtext(f"{{{NAMESPACE}}}{name}")
    return str(found or "").strip()
