"""What somebody looks for, on its way through addresses: an account number stands in none.

Addresses stay in a browser's memory, in what people send each other and in the logs of proxies. Words do no harm there
and can be kept and sent; an account number is sealed for the merchant, and only his pages open it. The same number
gives the same address, so that views that were kept show the same.
"""

from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.seal import Unopened
from zahlmeister.merchants.sealed_number import opened_number, sealed_number
from zahlmeister.money.accounts import is_iban, masked, tidy
from zahlmeister.office import typed

#: What is looked for is never longer.
LONGEST = 120
_PURPOSE = "looked for"


def in_address(text: str, merchant: Merchant) -> str:
    """What is looked for as it may stand in an address: sealed where it is an account number or has one in it."""
    if text.startswith("~") or not _tells_account(text):
        return text
    return sealed_number(f"{merchant.pk} {text[:LONGEST]}", _PURPOSE)


def as_typed(text: str, merchant: Merchant | None) -> str:
    """What was typed, of which this stands in an address; what another merchant's page has sealed stays closed."""
    plain = typed.plain(text).strip()
    if merchant is not None and plain.startswith("~"):
        try:
            whose, _, found = opened_number(plain, _PURPOSE).partition(" ")
        except Unopened:
            return plain[:LONGEST]
        if whose == str(merchant.pk):
            return found
    return plain[:LONGEST]


def without_account(path: str, query: QueryDict, merchant: Merchant) -> str:
    """The same address with what is looked for sealed; empty where nothing has to be."""
    text = query.get("q", "")
    kept = in_address(text, merchant)
    if kept == text:
        return ""
    hidden = query.copy()
    hidden["q"] = kept
    return f"{path}?{hidden.urlencode()}"


def led_to(told: QueryDict, merchant: Merchant) -> HttpResponseBase:
    """Lead from a search field to its list: `at` is the list's path, everything else what it is narrowed by.

    Raises:
        Http404: `at` is no page of the house.
    """
    path = urlsplit(told.get("at", "")).path
    try:
        resolve(path)
    except Resolver404:
        raise Http404 from None
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        raise Http404
    others = [(name, values) for name, values in told.lists() if name not in {"at", "csrfmiddlewaretoken", "q"}]
    kept = [(name, str(value)) for name, values in others for value in values if value]
    if text := told.get("q", "").strip()[:LONGEST]:
        kept.append(("q", in_address(text, merchant)))
    return redirect(f"{path}?{urlencode(kept)}" if kept else path)


def _tells_account(text: str) -> bool:
    return masked(text.upper()) != text.upper() or is_iban(tidy(text)) or typed.is_part_of_iban(text)
