"""What each reason of a decision means, in words that give no figures away: for who may not see them, and for later."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from zahlmeister.purchase.rules import LimitReached

#: Code → its sentence, without the facts that `credit.reasons` fills in and that are deleted after a while.
REASONS: Mapping[str, str | Promise] = {
    "FIELD_MISSING": gettext_lazy("Something that has to be known of the buyer is missing."),
    "FIELD_UNREADABLE": gettext_lazy("Something that was said of the buyer cannot be right."),
    "AMOUNT_WRONG": gettext_lazy("The articles do not make the amount of the order."),
    "ADDRESS_DOUBTFUL": gettext_lazy("Town and postcode do not go together."),
    "TOO_YOUNG": gettext_lazy("The buyer is too young."),
    "COUNTRY_NOT_ALLOWED": gettext_lazy("Nobody in the buyer's country may buy on invoice."),
    "DELIVERY_COUNTRY_NOT_ALLOWED": gettext_lazy("Nothing goes to this country on invoice."),
    "CURRENCY_NOT_ALLOWED": gettext_lazy("The order is in a currency that the rules are not for."),
    "COMPANIES_NOT_ALLOWED": gettext_lazy("Companies may not buy on invoice."),
    "PERSONS_NOT_ALLOWED": gettext_lazy("Consumers may not buy on invoice."),
    "METHOD_NOT_ALLOWED": gettext_lazy("This way to pay is not offered."),
    "IBAN_MISSING": gettext_lazy("A direct debit needs an account."),
    "BASKET_TOO_SMALL": gettext_lazy("The order is too small."),
    "BASKET_TOO_LARGE": gettext_lazy("The order is too large."),
    "DELIVERED_ELSEWHERE": gettext_lazy("The goods go to another address than the invoice."),
    "PICK_UP_PLACE": gettext_lazy("The goods go to a place that anybody can fetch them from."),
    "LISTED": gettext_lazy("The buyer is on the block list."),
    "LISTED_ADDRESS": gettext_lazy("The address is on the block list."),
    "OVERDUE": gettext_lazy("The buyer is overdue with other invoices."),
    "DUNNED": gettext_lazy("The buyer is overdue with other invoices after written notices."),
    "IN_COLLECTION": gettext_lazy("Other invoices of the buyer are with a collection agency."),
    "INSOLVENT": gettext_lazy("The buyer is insolvent."),
    "ABOVE_LIMIT": gettext_lazy("With this order the buyer would owe more than his limit."),
    "TIER_LIMIT": gettext_lazy("How much the buyer may owe comes from what he has paid before."),
    "DEBT_LIMIT": gettext_lazy("Nobody may owe more than a fixed amount."),
    "KNOWN_GOOD": gettext_lazy("The buyer has paid his invoices so far."),
    "TOO_MANY_ORDERS": gettext_lazy("There were more orders within a short time than is usual."),
    "TOO_MUCH_MONEY": gettext_lazy("The orders of a short time are worth more than is usual."),
    "MANY_NAMES": gettext_lazy("Other names have ordered from this address."),
    "RISKY_GOODS": gettext_lazy("Much of the order is of a sort of goods that is looked at."),
    "AT_NIGHT": gettext_lazy("It was ordered at night, for much."),
    "EXPRESS_FIRST": gettext_lazy("It is the first order, and it is to leave at once."),
    "RETURNS": gettext_lazy("Much of what was bought before came back."),
    "BUREAU_RED": gettext_lazy("A credit bureau advises against it."),
    "BUREAU_YELLOW": gettext_lazy("A credit bureau is undecided."),
    "BUREAU_UNKNOWN": gettext_lazy("A credit bureau does not know the buyer."),
    "BUREAU_SILENT": gettext_lazy("A credit bureau was not heard."),
    "GUARANTOR": gettext_lazy("The guarantor does not carry it; what else it knows is not told."),
    "GUARANTOR_GOOD": gettext_lazy("The guarantor carries it; what else it knows is not told."),
    "PRECHECK_TRIES": gettext_lazy("It was asked beforehand too often."),
    "IDENTITY_TRIES": gettext_lazy("The buyer could not say who he is, again and again."),
    "RISK_TRIES": gettext_lazy("The buyer was declined a short while ago."),
    "ADDRESS_ALONE": gettext_lazy("Nothing but the address speaks against it: a person decides."),
    "NOT_TOLD": gettext_lazy("The buyer was not told that addresses are used, so that one rule does not count."),
    "SAID_BY_PERSON": gettext_lazy("A person has decided."),
    LimitReached.DEBTOR: gettext_lazy("The buyer would owe the guarantor more than it carries of one buyer."),
    LimitReached.TOTAL: gettext_lazy("The guarantor carries as much as it may."),
}


def in_general(code: str) -> str:
    """What a reason means without its facts; the code itself where it is one of another version."""
    return str(REASONS.get(code, code))


def told(codes: Iterable[str], sentences: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each reason once: its code, and its sentence with the facts where there is one, or what it means in general."""
    return [(code, sentences.get(code) or in_general(code)) for code in dict.fromkeys(codes)]
