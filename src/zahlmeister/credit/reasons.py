"""Every reason there is: its code, which never changes its meaning, its sort, and its sentence for our people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from zahlmeister.credit.rules import Reason


class Sort(StrEnum):
    """What sort of reason it is, the one first that decides what the buyer is told."""

    CONTRACT = "contract"  # the terms do not allow it for anybody
    RISK = "risk"  # the buyer is told nothing but that it does not go now
    TRIES = "tries"  # asked too often
    IDENTITY = "identity"  # who the buyer is could not be seen
    DATA = "data"  # something is missing or mistyped: correct it and ask again
    NOTE = "note"  # explains a decision and is against nobody


@dataclass(frozen=True, slots=True)
class Kind:
    """One reason. `text` is English with its facts as `%(fact)s`; the office translates it.

    `is_final` reasons make a decline that asking again does not change. `by_address` ones rest on nothing but an
    address, on which nobody may be declined alone (§ 31 (1) no. 3 BDSG).
    """

    sort: Sort
    text: str
    is_final: bool = False
    by_address: bool = False


REASONS: Mapping[str, Kind] = {
    "FIELD_MISSING": Kind(Sort.DATA, "“%(field)s” is missing."),
    "FIELD_UNREADABLE": Kind(Sort.DATA, "“%(field)s” cannot be right: %(value)s."),
    "AMOUNT_WRONG": Kind(Sort.DATA, "The articles make %(made)s, and the order says %(told)s."),
    "ADDRESS_DOUBTFUL": Kind(Sort.DATA, "Mail to %(postcode)s reached %(known)s, never %(city)s."),
    "TOO_YOUNG": Kind(Sort.IDENTITY, "The buyer is %(age)s years old; %(least)s are needed."),
    "COUNTRY_NOT_ALLOWED": Kind(Sort.CONTRACT, "Nobody in %(country)s may buy on invoice."),
    "DELIVERY_COUNTRY_NOT_ALLOWED": Kind(Sort.CONTRACT, "Nothing goes to %(country)s on invoice."),
    "CURRENCY_NOT_ALLOWED": Kind(Sort.CONTRACT, "The rules are for %(allowed)s, and the order is in %(currency)s."),
    "COMPANIES_NOT_ALLOWED": Kind(Sort.CONTRACT, "Companies may not buy on invoice."),
    "PERSONS_NOT_ALLOWED": Kind(Sort.CONTRACT, "Consumers may not buy on invoice."),
    "METHOD_NOT_ALLOWED": Kind(Sort.CONTRACT, "The method “%(method)s” is not offered."),
    "IBAN_MISSING": Kind(Sort.DATA, "A direct debit needs an account."),
    "BASKET_TOO_SMALL": Kind(Sort.CONTRACT, "The order of %(amount)s is below %(least)s."),
    "BASKET_TOO_LARGE": Kind(Sort.CONTRACT, "The order of %(amount)s is above %(most)s."),
    "DELIVERED_ELSEWHERE": Kind(Sort.CONTRACT, "The goods go to another address than the invoice."),
    "PICK_UP_PLACE": Kind(Sort.CONTRACT, "The goods go to a place that anybody can fetch them from (%(place)s)."),
    "LISTED": Kind(Sort.RISK, "On the block list: %(what)s.", is_final=True),
    "LISTED_ADDRESS": Kind(Sort.RISK, "The address is on the block list.", is_final=True, by_address=True),
    "OVERDUE": Kind(Sort.RISK, "%(amount)s are overdue, the oldest for %(days)s days."),
    "DUNNED": Kind(Sort.RISK, "%(amount)s are overdue after %(notices)s written notices, the first on %(first)s."),
    "IN_COLLECTION": Kind(Sort.RISK, "%(amount)s are with a collection agency."),
    "INSOLVENT": Kind(Sort.RISK, "The buyer is insolvent.", is_final=True),
    "ABOVE_LIMIT": Kind(
        Sort.RISK, "%(open)s open, %(reserved)s reserved and this order of %(amount)s exceed the limit of %(limit)s."
    ),
    "TIER_LIMIT": Kind(Sort.NOTE, "As a %(tier)s buyer he may owe %(limit)s."),
    "DEBT_LIMIT": Kind(Sort.NOTE, "Nobody may owe more than %(limit)s."),
    "KNOWN_GOOD": Kind(Sort.NOTE, "%(paid)s invoices paid, never a notice, and only %(amount)s."),
    "TOO_MANY_ORDERS": Kind(Sort.RISK, "%(count)s orders within %(hours)s hours; %(most)s are usual."),
    "TOO_MUCH_MONEY": Kind(Sort.RISK, "Orders of %(amount)s within %(hours)s hours; %(most)s are usual."),
    "MANY_NAMES": Kind(Sort.RISK, "%(count)s other names have ordered from this address.", by_address=True),
    "RISKY_GOODS": Kind(Sort.RISK, "%(amount)s of the order are %(category)s."),
    "AT_NIGHT": Kind(Sort.RISK, "Ordered at night, at %(hour)s o'clock, for %(amount)s."),
    "EXPRESS_FIRST": Kind(Sort.RISK, "The first order, %(amount)s, and it is to leave at once."),
    "RETURNS": Kind(Sort.RISK, "%(percent)s %% of what was bought came back."),
    "BUREAU_RED": Kind(Sort.RISK, "%(bureau)s advises against it (%(grade)s)."),
    "BUREAU_YELLOW": Kind(Sort.RISK, "%(bureau)s is undecided (%(grade)s)."),
    "BUREAU_UNKNOWN": Kind(Sort.IDENTITY, "%(bureau)s does not know the buyer (%(grade)s)."),
    "BUREAU_SILENT": Kind(Sort.NOTE, "%(bureau)s was not heard: %(why)s"),
    "GUARANTOR": Kind(Sort.RISK, "The guarantor does not carry it; what else it knows is not told."),
    "GUARANTOR_GOOD": Kind(Sort.NOTE, "The guarantor carries it; what else it knows is not told."),
    "PRECHECK_TRIES": Kind(Sort.TRIES, "Asked beforehand %(count)s times within %(hours)s hours."),
    "IDENTITY_TRIES": Kind(Sort.TRIES, "%(count)s failed attempts within %(hours)s hours."),
    "RISK_TRIES": Kind(Sort.TRIES, "Declined less than %(hours)s hours ago."),
    "ADDRESS_ALONE": Kind(Sort.NOTE, "Nothing but the address speaks against it: a person decides."),
    "NOT_TOLD": Kind(Sort.NOTE, "The buyer was not told that addresses are used: “%(rule)s” does not count."),
    "SAID_BY_PERSON": Kind(Sort.NOTE, "%(by)s decided: %(why)s"),
}


def because(code: str, field: str = "", /, **facts: object) -> Reason:
    """A reason of this code with its sentence filled in."""
    told = {"field": field, **facts}
    return Reason(code, REASONS[code].text % told, field)


def sort_of(reasons: Iterable[Reason]) -> Sort:
    """The gravest sort among them; a note where there is none."""
    found = {REASONS[reason.code].sort for reason in reasons}
    return next((sort for sort in Sort if sort in found), Sort.NOTE)
