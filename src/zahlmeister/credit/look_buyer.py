"""The rules of the ladder that look at the buyer: what he owes, how he paid, how often he asks, what a bureau says."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from zahlmeister.credit.look import Case, Seen, Values, number, words
from zahlmeister.credit.reasons import Sort, because
from zahlmeister.credit.rules import Asked, Facts, Light, Outcome, Overdue, Reason

#: § 31 (2) no. 4 BDSG: two written notices, the first at least four weeks ago, and no objection.
NOTICES, FIRST_NOTICE = 2, timedelta(weeks=4)
#: Keys that tell one buyer from another; a shared house or connection does not.
SAME_BUYER = frozenset({"customer", "email", "person"})
_CODES = {Light.RED: "BUREAU_RED", Light.YELLOW: "BUREAU_YELLOW", Light.UNKNOWN: "BUREAU_UNKNOWN"}


def identity_tries(case: Case, values: Values) -> Seen:
    """Were there too many failed attempts to say who the buyer is?"""
    return _tries("IDENTITY_TRIES", Sort.IDENTITY, case, values)


def risk_tries(case: Case, values: Values) -> Seen:
    """Was the buyer declined for his risk a short while ago?"""
    return _tries("RISK_TRIES", Sort.RISK, case, values)


def _tries(code: str, sort: Sort, case: Case, values: Values) -> Seen:
    hours, most = number(values, "hours"), number(values, "most")
    span = timedelta(hours=hours)
    failed = sorted(
        one.at
        for one in case.facts.asked
        if one.sort == sort
        and one.outcome in (Outcome.DECLINED, Outcome.DECLINED_FINAL)
        and one.shares & SAME_BUYER
        and one.at > case.at - span
    )
    if len(failed) < most:
        return Seen({"failed": len(failed)})
    again = failed[-most] + span
    return Seen({"failed": len(failed)}, (because(code, count=len(failed), hours=hours),), retry_after=again)


def listed(case: Case, _values: Values) -> Seen:
    """Does the block list hold the buyer's e-mail address, its domain, his phone or account?"""
    kinds = sorted(case.facts.listed - {"address"})
    return Seen({"listed": kinds}, (because("LISTED", what=", ".join(kinds)),) if kinds else ())


def listed_address(case: Case, _values: Values) -> Seen:
    """Does the block list hold the address?"""
    is_listed = "address" in case.facts.listed
    return Seen({"listed": int(is_listed)}, (because("LISTED_ADDRESS"),) if is_listed else ())


def overdue(case: Case, values: Values) -> Seen:
    """Does he owe what has been due for some days, and does not object?"""
    days, least = number(values, "days"), number(values, "least_minor")
    rows = [one for one in case.facts.overdue if not one.is_disputed and (case.today - one.due_on).days >= days]
    owed = sum(one.minor for one in rows)
    if not rows or owed < least:
        return Seen({"owed": owed})
    oldest = max((case.today - one.due_on).days for one in rows)
    return Seen({"owed": owed, "days": oldest}, (because("OVERDUE", amount=case.money(owed), days=oldest),))


def dunned(case: Case, values: Values) -> Seen:
    """Does he owe what he was written for so often that the law lets it count?"""
    level = max(number(values, "notices"), NOTICES)
    rows = [one for one in case.facts.overdue if counts_by_law(one, case.today) and len(one.noticed_on) >= level]
    owed = sum(one.minor for one in rows)
    if not rows:
        return Seen({"owed": 0})
    notices, first = max(len(one.noticed_on) for one in rows), min(one.noticed_on[0] for one in rows)
    told = {"amount": case.money(owed), "notices": notices, "first": first}
    return Seen({"owed": owed, "notices": notices}, (because("DUNNED", **told),))


def counts_by_law(claim: Overdue, today: date) -> bool:
    """Whether a claim may speak against a buyer: § 31 (2) no. 4 BDSG, which binds bureaus; the house keeps to it."""
    is_warned = len(claim.noticed_on) >= NOTICES and claim.noticed_on[0] <= today - FIRST_NOTICE
    return is_warned and not claim.is_disputed


def in_collection(case: Case, _values: Values) -> Seen:
    """Is something of his with a collection agency, and not disputed?"""
    owed = sum(one.minor for one in case.facts.overdue if one.is_collected and not one.is_disputed)
    return Seen({"owed": owed}, (because("IN_COLLECTION", amount=case.money(owed)),) if owed else ())


def insolvent(case: Case, _values: Values) -> Seen:
    """Has an agency or a person said that he is insolvent?"""
    is_so = case.facts.is_insolvent
    return Seen({"insolvent": int(is_so)}, (because("INSOLVENT"),) if is_so else ())


def debt_limit(case: Case, values: Values) -> Seen:
    """What nobody may owe more than, all open invoices and reservations together."""
    most = number(values, "most_minor")
    return Seen({"limit": most}, (because("DEBT_LIMIT", limit=case.money(most)),), limit_minor=most)


def tier(case: Case, values: Values) -> Seen:
    """What a buyer may owe by how well he is known."""
    name = tier_of(case.facts, values, is_registered=case.application.registered_on is not None, today=case.today)
    limit = number(values, f"{name}_minor")
    reason = because("TIER_LIMIT", tier=name, limit=case.money(limit))
    return Seen({"tier": name, "limit": limit}, (reason,), limit_minor=limit)


def tier_of(facts: Facts, values: Values, *, is_registered: bool, today: date) -> str:
    """How well a buyer is known: `guest`, `new`, `known` or `trusted`.

    Known is who has paid an invoice at least `known_days` ago; trusted who has paid `trusted_paid` of them and was
    never written to for one.
    """
    known_since = today - timedelta(days=number(values, "known_days"))
    if len(facts.paid_on) >= number(values, "trusted_paid") and not facts.dunned and not facts.overdue:
        return "trusted"
    if any(paid <= known_since for paid in facts.paid_on):
        return "known"
    return "new" if is_registered else "guest"


def within_limit(case: Case, _values: Values) -> Seen:
    """Do open invoices, reservations and this order stay within the smallest limit?"""
    facts, minor = case.facts, case.application.minor
    total = facts.open_minor + facts.reserved_minor + minor
    if case.limit_minor is None or total <= case.limit_minor:
        return Seen({"total": total})
    told = {"open": facts.open_minor, "reserved": facts.reserved_minor, "amount": minor, "limit": case.limit_minor}
    reason = because("ABOVE_LIMIT", **{name: case.money(value) for name, value in told.items()})
    return Seen({"total": total, "limit": case.limit_minor}, (reason,))


def known_good(case: Case, values: Values) -> Seen:
    """Is he one who always paid, and the order small? Then nothing further down is asked."""
    facts, paid = case.facts, len(case.facts.paid_on)
    is_good = paid >= number(values, "least_paid") and not facts.dunned and not facts.overdue
    if not is_good or case.application.minor > number(values, "most_minor"):
        return Seen({"paid": paid})
    reason = because("KNOWN_GOOD", paid=paid, amount=case.money(case.application.minor))
    return Seen({"paid": paid}, (reason,))


def velocity(case: Case, values: Values) -> Seen:
    """Does the same buyer, phone, device or connection order more, or more often, than is usual?"""
    seen: dict[str, object] = {}
    reasons: list[Reason] = []
    for hours, name in ((24, "day"), (168, "week")):
        rows = [one for one in case.facts.asked if one.at > case.at - timedelta(hours=hours)]
        orders = _most_orders(rows, case.application.order)
        money = case.application.minor + _most_money(rows, case.application.order)
        seen |= {f"orders_{name}": orders, f"minor_{name}": money}
        if orders > (most := number(values, f"orders_{name}")):
            reasons.append(because("TOO_MANY_ORDERS", count=orders, hours=hours, most=most))
        if money > (most := number(values, f"minor_{name}")):
            told = {"amount": case.money(money), "hours": hours, "most": case.money(most)}
            reasons.append(because("TOO_MUCH_MONEY", **told))
    return Seen(seen, tuple(reasons))


def _most_orders(rows: Iterable[Asked], this: str) -> int:
    """This order and those that share one and the same key with it, by the key that has the most."""
    orders = {(key, one.order) for one in rows for key in one.shares if one.order != this}
    return 1 + max(Counter(key for key, _order in orders).values(), default=0)


def _most_money(rows: Iterable[Asked], this: str) -> int:
    """The same in money; of an order that was asked for again the newest amount."""
    newest: dict[tuple[str, str], int] = {}
    for one in sorted(rows, key=lambda row: row.at):
        newest |= {(key, one.order): one.minor for key in one.shares if one.order != this}
    sums: Counter[str] = Counter()
    for (key, _order), minor in newest.items():
        sums[key] += minor
    return max(sums.values(), default=0)


def many_names(case: Case, values: Values) -> Seen:
    """Have many other names ordered from this address?"""
    count = case.facts.names_at_address
    is_much = count > number(values, "most")
    return Seen({"names": count}, (because("MANY_NAMES", count=count),) if is_much else ())


def risky_goods(case: Case, values: Values) -> Seen:
    """Is much of the basket of a kind that thieves like?"""
    kinds = {word.casefold() for word in words(values, "categories")}
    sums: Counter[str] = Counter()
    for article in case.application.articles:
        if article.category.casefold() in kinds:
            sums[article.category] += article.minor
    total = sum(sums.values())
    if not sums or total < number(values, "least_minor"):
        return Seen({"minor": total})
    reason = because("RISKY_GOODS", amount=case.money(total), category=", ".join(sorted(sums)))
    return Seen({"minor": total}, (reason,))


def at_night(case: Case, values: Values) -> Seen:
    """Is it ordered at night, and for much money? Hours are those of the merchant's country."""
    first, last, hour = number(values, "first_hour"), number(values, "last_hour"), case.at.hour
    is_night = first <= hour < last if first <= last else hour >= first or hour < last
    minor = case.application.minor
    is_so = is_night and minor >= number(values, "least_minor")
    return Seen({"hour": hour}, (because("AT_NIGHT", hour=hour, amount=case.money(minor)),) if is_so else ())


def express_first(case: Case, values: Values) -> Seen:
    """Is it the buyer's first order, and to leave at once?"""
    minor = case.application.minor
    is_first = not case.facts.paid_on and not case.facts.open_minor
    is_so = is_first and case.application.is_express and minor >= number(values, "least_minor")
    inputs = {"first": int(is_first), "express": int(case.application.is_express)}
    return Seen(inputs, (because("EXPRESS_FIRST", amount=case.money(minor)),) if is_so else ())


def returns(case: Case, values: Values) -> Seen:
    """Does most of what he buys come back?"""
    facts = case.facts
    if not facts.bought_minor or facts.bought_minor < number(values, "least_minor"):
        return Seen({"bought": facts.bought_minor})
    percent = 100 * facts.returned_minor // facts.bought_minor
    is_much = percent > number(values, "percent")
    return Seen({"percent": percent}, (because("RETURNS", percent=percent),) if is_much else ())


def bureau(lights: Sequence[Light], case: Case, values: Values) -> Seen:
    """Did the bureau show one of these lights? Only orders from an amount on are asked about."""
    opinion = case.facts.opinion
    if opinion is None or case.application.minor < number(values, "least_minor"):
        return Seen()
    inputs = {"light": str(opinion.light), "grade": opinion.grade, "marks": list(opinion.marks)}
    if opinion.light not in lights:
        return Seen(inputs)
    name = opinion.bureau or "A bureau"
    if opinion.light is Light.SILENT:
        return Seen(inputs, (because("BUREAU_SILENT", bureau=name, why=opinion.why or "no answer."),))
    marks = ", ".join(filter(None, (opinion.grade, *opinion.marks))) or "–"
    return Seen(inputs, (because(_CODES[opinion.light], bureau=name, grade=marks),))
