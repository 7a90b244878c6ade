"""The cheap rules of the ladder: are the data whole, and do the terms allow it? The buyer's past is not looked at."""

import re
from collections.abc import Iterator

from zahlmeister.credit.corrections import country_of, is_near, known_towns, phone_number, split_street
from zahlmeister.credit.look import Case, Seen, Values, number, words
from zahlmeister.credit.reasons import because
from zahlmeister.credit.rules import Application, Method, Place, Reason, Receiving
from zahlmeister.matching.folding import fold, squeeze
from zahlmeister.money.accounts import is_iban

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
#: How a postcode looks, by country; other countries are not looked at.
POSTCODES = {
    "DE": re.compile(r"\d{5}"),
    "AT": re.compile(r"\d{4}"),
    "CH": re.compile(r"\d{4}"),
    "LI": re.compile(r"94\d\d"),
    "NL": re.compile(r"\d{4} ?[A-Z]{2}"),
    "FR": re.compile(r"\d{5}"),
    "IT": re.compile(r"\d{5}"),
    "BE": re.compile(r"\d{4}"),
    "LU": re.compile(r"\d{4}"),
}


def complete(case: Case, values: Values) -> Seen:
    """Is everything there that a decision needs, and can it be what it says?"""
    application = case.application
    wanted = words(values, "needs")
    missing = [because("FIELD_MISSING", name) for name in _missing(application, wanted)]
    return Seen({"needs": list(wanted)}, (*missing, *_unreadable(application)))


def _missing(application: Application, wanted: tuple[str, ...]) -> Iterator[str]:
    if not application.is_company:
        for name in ("first_name", "last_name"):
            letters = sum(sign.isalpha() for sign in getattr(application, name))
            if letters < 2:
                yield name
        if "born_on" in wanted and application.born_on is None:
            yield "born_on"
    elif "vat_id" in wanted and not application.vat_id.strip():
        yield "vat_id"
    yield from (name for name in ("email", "phone") if name in wanted and not getattr(application, name).strip())
    for name, place in _places(application):
        yield from (f"{name}.{part}" for part in _missing_parts(place, is_number_wanted="house_number" in wanted))


def _missing_parts(place: Place, *, is_number_wanted: bool) -> Iterator[str]:
    yield from (part for part in ("street", "postcode", "city", "country") if not getattr(place, part).strip())
    is_house = place.receiving is Receiving.ADDRESS
    if is_number_wanted and is_house and place.street.strip() and not split_street(place)[1]:
        yield "house_number"


def _unreadable(application: Application) -> Iterator[Reason]:
    for name, place in _places(application):
        shape = POSTCODES.get(place.country.upper())
        if shape and place.postcode.strip() and not shape.fullmatch(country_of(place).postcode):
            yield because("FIELD_UNREADABLE", f"{name}.postcode", value=place.postcode)
    email, phone = application.email.strip(), application.phone.strip()
    if email and not _EMAIL.fullmatch(email):
        yield because("FIELD_UNREADABLE", "email", value=email)
    if phone and not phone_number(phone, application.billing.country):
        yield because("FIELD_UNREADABLE", "phone", value=phone)
    if application.iban and not is_iban(application.iban):
        yield because("FIELD_UNREADABLE", "iban", value=application.iban)


def _places(application: Application) -> Iterator[tuple[str, Place]]:
    yield "billing", application.billing
    if application.receives_elsewhere and application.delivery is not None:
        yield "delivery", application.delivery


def adds_up(case: Case, _values: Values) -> Seen:
    """Do the articles make the order's amount? Without articles nothing is compared."""
    application = case.application
    made = sum(article.minor for article in application.articles)
    if not application.articles or made == application.minor:
        return Seen({"made": made})
    reason = because("AMOUNT_WRONG", "articles", made=case.money(made), told=case.money(application.minor))
    return Seen({"made": made}, (reason,))


def age(case: Case, values: Values) -> Seen:
    """Is the buyer of age? Companies have none, and an absent birth date is the business of `complete`."""
    born, today = case.application.born_on, case.today
    if born is None or case.application.is_company:
        return Seen()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    least = number(values, "least")
    reasons = (because("TOO_YOUNG", "born_on", age=years, least=least),) if years < least else ()
    return Seen({"age": years}, reasons)


def market(case: Case, values: Values) -> Seen:
    """Are the countries among those that are served?"""
    allowed, application = words(values, "countries"), case.application
    reasons = []
    if (country := application.billing.country.upper()) not in allowed:
        reasons.append(because("COUNTRY_NOT_ALLOWED", "billing.country", country=country))
    goes_to = (application.delivery or application.billing).country.upper()
    if application.receives_elsewhere and goes_to not in allowed:
        reasons.append(because("DELIVERY_COUNTRY_NOT_ALLOWED", "delivery.country", country=goes_to))
    return Seen({"billing": country, "delivery": goes_to}, tuple(reasons))


def currency(case: Case, _values: Values) -> Seen:
    """Is the order in the currency that the rules are made for?"""
    told = case.application.currency
    if told == case.currency:
        return Seen({"currency": told})
    return Seen({"currency": told}, (because("CURRENCY_NOT_ALLOWED", allowed=case.currency, currency=told),))


def buyer_kind(case: Case, values: Values) -> Seen:
    """May persons, companies or both buy on invoice?"""
    kind = "company" if case.application.is_company else "person"
    code = "COMPANIES_NOT_ALLOWED" if kind == "company" else "PERSONS_NOT_ALLOWED"
    return Seen({"kind": kind}, () if kind in words(values, "kinds") else (because(code),))


def method_allowed(method: Method, case: Case, values: Values) -> Seen:
    """Is this method offered, and is there what it needs?"""
    if not number(values, "is_offered"):
        return Seen({"offered": 0}, (because("METHOD_NOT_ALLOWED", method=method),))
    lacks_account = method is Method.DIRECT_DEBIT and not case.application.iban
    return Seen({"offered": 1}, (because("IBAN_MISSING", "iban"),) if lacks_account else ())


def basket(case: Case, values: Values) -> Seen:
    """Is the order neither too small nor too large?"""
    minor, least, most = case.application.minor, number(values, "least_minor"), number(values, "most_minor")
    amount, reasons = case.money(minor), []
    if minor < least:
        reasons.append(because("BASKET_TOO_SMALL", amount=amount, least=case.money(least)))
    if minor > most:
        reasons.append(because("BASKET_TOO_LARGE", amount=amount, most=case.money(most)))
    return Seen({"minor": minor}, tuple(reasons))


def delivery(case: Case, values: Values) -> Seen:
    """Do the goods go where the invoice goes, or where something he paid for went before?"""
    application = case.application
    if not application.receives_elsewhere or application.delivery is None:
        return Seen({"elsewhere": 0})
    is_known = place_key(application.delivery) in case.facts.known_places
    may = bool(number(values, "known_ones_may")) and is_known
    inputs = {"elsewhere": 1, "known": int(is_known)}
    return Seen(inputs, () if may else (because("DELIVERED_ELSEWHERE", "delivery"),))


def pick_up(case: Case, values: Values) -> Seen:
    """Do the goods go to a place that anybody can fetch them from?"""
    receiving = (case.application.delivery or case.application.billing).receiving
    if receiving not in words(values, "places"):
        return Seen({"receiving": str(receiving)})
    return Seen({"receiving": str(receiving)}, (because("PICK_UP_PLACE", "delivery", place=receiving),))


def address(case: Case, _values: Values) -> Seen:
    """Is the town one that mail has reached at this postcode? Only where enough of it has."""
    reasons = []
    for name, place in _places(case.application):
        known = known_towns(place, case.facts.cities)
        is_told = bool(known) and bool(place.city.strip())
        if is_told and not any(is_near(place.city, town) for town in known):
            told = {"postcode": place.postcode, "known": " / ".join(known[:3]), "city": place.city}
            reasons.append(because("ADDRESS_DOUBTFUL", f"{name}.city", **told))
    return Seen({"towns": sum(map(len, case.facts.cities.values()))}, tuple(reasons))


def place_key(place: Place) -> str:
    """An address as one spelling: street, number, postcode and country, without the town."""
    street, house_number = split_street(place)
    parts = (street, house_number, country_of(place).postcode, place.country)
    return "|".join(re.sub(r"[^A-Z0-9]+", "", street_word(part)) for part in parts)


def street_word(text: str) -> str:
    """A street's name folded, with “str.” written out."""
    return re.sub(r"STR(?:\.|$)", "STRASE", squeeze(fold(text.strip())))
