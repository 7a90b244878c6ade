"""What a rule of the credit check saw, and which field should be corrected: in words, with units."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.credit.rules import Light, Receiving
from zahlmeister.office import shown
from zahlmeister.office.credit_words import KEYS
from zahlmeister.office.sentences import in_words

#: Field of an application → its name.
FIELDS: Mapping[str, str | Promise] = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "company": gettext_lazy("Company"),
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Phone"),
    "iban": gettext_lazy("Account (IBAN)"),
    "born_on": gettext_lazy("Date of birth"),
    "vat_id": gettext_lazy("VAT number"),
    "articles": gettext_lazy("Articles"),
    "street": gettext_lazy("Street"),
    "house_number": gettext_lazy("House number"),
    "postcode": gettext_lazy("Postcode"),
    "city": gettext_lazy("Town"),
    "country": gettext_lazy("Country"),
    "name": gettext_lazy("Name"),
}
PLACES = {"billing": gettext_lazy("Invoice to"), "delivery": gettext_lazy("Goods to")}

MONEY = {
    "owed": gettext_lazy("owed"),
    "limit": gettext_lazy("limit"),
    "total": gettext_lazy("open with this order"),
    "minor": gettext_lazy("sum"),
    "made": gettext_lazy("sum of the articles"),
    "bought": gettext_lazy("bought in a year"),
    "minor_day": gettext_lazy("ordered within a day"),
    "minor_week": gettext_lazy("ordered within a week"),
}
COUNTS = {
    "failed": gettext_lazy("failed attempts"),
    "days": gettext_lazy("days overdue"),
    "notices": gettext_lazy("notices"),
    "paid": gettext_lazy("invoices paid"),
    "orders_day": gettext_lazy("orders within a day"),
    "orders_week": gettext_lazy("orders within a week"),
    "names": gettext_lazy("other names at the address"),
    "towns": gettext_lazy("towns known at the postcode"),
    "age": gettext_lazy("age in years"),
}
YES_OR_NO = {
    "first": gettext_lazy("first order"),
    "express": gettext_lazy("to leave at once"),
    "elsewhere": gettext_lazy("goods go elsewhere"),
    "known": gettext_lazy("place known"),
    "insolvent": gettext_lazy("insolvent"),
    "offered": gettext_lazy("offered"),
}
WORDS = {
    "listed": gettext_lazy("on the block list"),
    "tier": gettext_lazy("acquaintance"),
    "hour": gettext_lazy("ordered at"),
    "percent": gettext_lazy("sent back"),
    "light": gettext_lazy("the bureau says"),
    "grade": gettext_lazy("grade"),
    "marks": gettext_lazy("marks"),
    "needs": gettext_lazy("needed"),
    "billing": gettext_lazy("invoice to country"),
    "delivery": gettext_lazy("goods to country"),
    "currency": gettext_lazy("currency"),
    "kind": gettext_lazy("buyer"),
    "receiving": gettext_lazy("goods are received"),
}
LABELS = {**MONEY, **COUNTS, **YES_OR_NO, **WORDS}
_LIGHTS = {
    Light.GREEN: pgettext_lazy("a bureau's answer", "green"),
    Light.YELLOW: pgettext_lazy("a bureau's answer", "yellow"),
    Light.RED: pgettext_lazy("a bureau's answer", "red"),
    Light.UNKNOWN: pgettext_lazy("a bureau's answer", "unknown"),
    Light.SILENT: pgettext_lazy("a bureau's answer", "not heard"),
}
_RECEIVED = {
    Receiving.ADDRESS: gettext_lazy("at an address"),
    Receiving.PICK_UP_BOX: gettext_lazy("at a pick-up box"),
    Receiving.PICK_UP_SHOP: gettext_lazy("at a pick-up shop"),
    Receiving.COLLECTED: gettext_lazy("collected by the buyer"),
}
_TIERS = {
    "guest": gettext_lazy("Guest"),
    "new": pgettext_lazy("a buyer", "New"),
    "known": pgettext_lazy("a buyer", "Known"),
    "trusted": pgettext_lazy("a buyer", "Trusted"),
}
_QUOTED = re.compile(r"“((?:billing\.|delivery\.)?[a-z_]+)” (?:is missing|cannot be right)")
_AS_A_BUYER = re.compile(r"As a (\w+) buyer ")
_KINDS = {"person": gettext_lazy("person"), "company": gettext_lazy("company")}

#: Setting of a rule → what can be chosen for it, with its name.
CHOICES: Mapping[str, Mapping[str, str | Promise]] = {
    "needs": {name: FIELDS[name] for name in ("born_on", "vat_id", "phone", "email", "house_number")},
    "kinds": _KINDS,
    "places": {each.value: _RECEIVED[each] for each in Receiving if each is not Receiving.ADDRESS},
}


def inputs(seen: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    """What a rule saw: labels and values, money in the decision's currency; what says nothing is left out."""
    told = ((name, _value(name, value, currency)) for name, value in seen.items() if value not in ("", [], None))
    return [(str(LABELS[name]), value) for name, value in told if name in LABELS]


def field(name: str) -> str:
    """A field of an application by its name: `billing.house_number` is “Invoice to: House number”."""
    place, _dot, inner = name.rpartition(".")
    word = str(FIELDS.get(inner, inner))
    return f"{PLACES[place]}: {word}" if place in PLACES else word


def reason(text: str) -> str:
    """Why a rule spoke, in the reader's language; fields and how well a buyer is known are told by their names."""
    for name in _QUOTED.findall(text):
        text = text.replace(f"“{name}”", f"“{field(name)}”")
    known = _AS_A_BUYER.match(text)
    if known and known[1] in _TIERS and get_language() != "en":
        text = text.replace(known[1], str(_TIERS[known[1]]), 1)
    return in_words(text)


def _value(name: str, value: Any, currency: str) -> str:  # as JSON keeps it
    language = get_language() or "en"
    if name in MONEY:
        return f"{shown.money_text(value, currency, language)} {currency}"
    if name in COUNTS:
        return shown.number_text(value, language)
    if name in YES_OR_NO or (name == "listed" and isinstance(value, int)):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_LISTS[name](one) if name in _LISTS else str(one) for one in value)
    return _SINGLE[name](value) if name in _SINGLE else str(value)


def _of(words: Mapping[Any, str | Promise]) -> Callable[[Any], str]:
    return lambda value: str(words.get(value, value))


_LISTS: Mapping[str, Callable[[Any], str]] = {"needs": field, "listed": _of(KEYS)}
_SINGLE: Mapping[str, Callable[[Any], str]] = {
    "tier": _of(_TIERS),
    "light": _of(_LIGHTS),
    "receiving": _of(_RECEIVED),
    "kind": _of(_KINDS),
    "percent": lambda value: f"{value}{shown.NARROW_BLANK}%",
    "hour": lambda value: pgettext("hour of the day", "%(hour)s:00 to %(hour)s:59") % {"hour": value},
}
