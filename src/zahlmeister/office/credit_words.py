"""The words of the credit check: what each rule means, its settings, effects and states, and the history."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from zahlmeister.credit.keys import Kind
from zahlmeister.credit.kinds import Effect, State
from zahlmeister.credit.rules import Method, Outcome

#: Rule → its name, and what it means in a sentence.
RULES = {
    "complete": (
        gettext_lazy("Data complete"),
        gettext_lazy(
            "Names, address and what else you need are there and can be right. The buyer is told which field "
            "to correct."
        ),
    ),
    "adds_up": (gettext_lazy("Articles add up"), gettext_lazy("The articles make the amount of the order.")),
    "age": (gettext_lazy("Of age"), gettext_lazy("Persons are old enough to owe. Companies are not asked.")),
    "market": (gettext_lazy("Countries"), gettext_lazy("Invoice and goods go to countries that you serve.")),
    "currency": (gettext_lazy("Currency"), gettext_lazy("The order is in the currency these rules are made for.")),
    "buyer_kind": (gettext_lazy("Persons and companies"), gettext_lazy("Who may buy on invoice at all.")),
    "method_invoice": (
        gettext_lazy("Invoice is offered"),
        gettext_lazy("Switch the method off for everybody without touching anything else."),
    ),
    "method_direct_debit": (
        gettext_lazy("Direct debit is offered"),
        gettext_lazy("The same for direct debit; it needs the buyer's account."),
    ),
    "basket": (gettext_lazy("Smallest and largest order"), gettext_lazy("Orders outside of it are paid another way.")),
    "delivery": (
        gettext_lazy("Goods go elsewhere"),
        gettext_lazy(
            "The delivery address is not the invoice's. Where something he paid for went before, he is known."
        ),
    ),
    "pick_up": (gettext_lazy("Pick-up boxes"), gettext_lazy("Goods go to a place that anybody can fetch them from.")),
    "address": (
        gettext_lazy("Town and postcode"),
        gettext_lazy(
            "The town is none that your mail has reached at this postcode. Needs three accepted orders from there."
        ),
    ),
    "identity_tries": (
        gettext_lazy("Failed attempts"),
        gettext_lazy("The buyer could not say who he is, again and again."),
    ),
    "risk_tries": (
        gettext_lazy("Declined a short while ago"),
        gettext_lazy("Who was declined for his risk waits before he asks again."),
    ),
    "listed": (
        gettext_lazy("Block list"),
        gettext_lazy("E-mail address, domain, phone or account are on your block list."),
    ),
    "listed_address": (
        gettext_lazy("Block list: address"),
        gettext_lazy("The address is on your block list. Alone it declines nobody: others live there too."),
    ),
    "overdue": (gettext_lazy("Overdue"), gettext_lazy("He owes what has been due for some days and does not object.")),
    "dunned": (
        gettext_lazy("Reminded in writing"),
        gettext_lazy(
            "He owes after at least two notices, the first four weeks ago, undisputed, as § 31 (2) no. 4 BDSG asks."
        ),
    ),
    "in_collection": (gettext_lazy("With an agency"), gettext_lazy("A collection agency asks him for something.")),
    "insolvent": (gettext_lazy("Insolvent"), gettext_lazy("An agency has closed a case of his for insolvency.")),
    "debt_limit": (
        gettext_lazy("Limit for everybody"),
        gettext_lazy("Nobody may owe more: open invoices, reservations and this order together."),
    ),
    "tier": (
        gettext_lazy("Limit by acquaintance"),
        gettext_lazy(
            "Guest, new (registered), known (has paid an invoice some time ago), trusted (has paid many and "
            "was never reminded)."
        ),
    ),
    "known_good": (
        gettext_lazy("Good customer, small order"),
        gettext_lazy("Nothing softer below counts, and no bureau is asked."),
    ),
    "velocity": (
        gettext_lazy("Many orders at once"),
        gettext_lazy(
            "More orders or money in a day or a week than is usual, for any one key he shares with earlier "
            "ones: customer, e-mail, phone, address, device."
        ),
    ),
    "many_names": (
        gettext_lazy("Many names at one address"),
        gettext_lazy(
            "So many others have applied from there in 90 days. Counts only where buyers are told that "
            "addresses are used."
        ),
    ),
    "risky_goods": (
        gettext_lazy("Goods that thieves like"),
        gettext_lazy("Articles of these categories make up so much of the order."),
    ),
    "at_night": (gettext_lazy("At night"), gettext_lazy("Ordered between these hours, from an amount on.")),
    "express_first": (
        gettext_lazy("First order, at once"),
        gettext_lazy("A buyer nobody knows wants the goods to leave at once."),
    ),
    "returns": (
        gettext_lazy("Goods come back"),
        gettext_lazy("More than so much of what he bought in a year came back."),
    ),
    "bureau_red": (gettext_lazy("Bureau: red"), gettext_lazy("The bureau advises against it.")),
    "bureau_yellow": (gettext_lazy("Bureau: yellow"), gettext_lazy("The bureau is undecided.")),
    "bureau_unknown": (
        gettext_lazy("Bureau: unknown"),
        gettext_lazy("The bureau does not know him, or nothing but his address: that is no opinion."),
    ),
    "bureau_silent": (
        gettext_lazy("Bureau: not heard"),
        gettext_lazy("No answer, none that can be read, or it may not be asked."),
    ),
    "within_limit": (
        gettext_lazy("Within the limit"),
        gettext_lazy("What is open, reserved and ordered stays within the smallest limit that any rule gave."),
    ),
}
#: Setting of a rule → its label.
VALUES = {
    "needs": gettext_lazy("Needed fields"),
    "least": gettext_lazy("Years"),
    "countries": gettext_lazy("Countries, as two letters"),
    "kinds": gettext_lazy("Who may buy"),
    "is_offered": gettext_lazy("Offered"),
    "least_minor": gettext_lazy("From this amount"),
    "most_minor": gettext_lazy("Up to this amount"),
    "known_ones_may": gettext_lazy("Known places are fine"),
    "places": gettext_lazy("Looked at when received"),
    "most": gettext_lazy("So many are usual"),
    "hours": gettext_lazy("Within hours"),
    "days": gettext_lazy("Days"),
    "notices": gettext_lazy("Notices"),
    "guest_minor": gettext_lazy("Guest"),
    "new_minor": pgettext_lazy("a buyer", "New"),
    "known_minor": pgettext_lazy("a buyer", "Known"),
    "trusted_minor": pgettext_lazy("a buyer", "Trusted"),
    "known_days": gettext_lazy("Known after days"),
    "trusted_paid": gettext_lazy("Trusted after paid invoices"),
    "least_paid": gettext_lazy("Paid invoices"),
    "orders_day": gettext_lazy("Orders a day"),
    "minor_day": gettext_lazy("Money a day"),
    "orders_week": gettext_lazy("Orders a week"),
    "minor_week": gettext_lazy("Money a week"),
    "categories": gettext_lazy("Categories"),
    "first_hour": gettext_lazy("From hour"),
    "last_hour": gettext_lazy("To hour"),
    "percent": gettext_lazy("Per cent"),
}
EFFECTS = {
    Effect.ACCEPT: pgettext_lazy("effect of a rule", "accept"),
    Effect.LIMIT: pgettext_lazy("effect of a rule", "limit"),
    Effect.REVIEW: pgettext_lazy("effect of a rule", "a person decides"),
    Effect.DECLINE: pgettext_lazy("effect of a rule", "decline"),
}
STATES = {
    State.ON: pgettext_lazy("state of a rule", "on"),
    State.SHADOW: pgettext_lazy("state of a rule", "in the shadow"),
    State.OFF: pgettext_lazy("state of a rule", "off"),
}
OUTCOMES = {
    Outcome.ACCEPTED: pgettext_lazy("a credit decision", "accepted"),
    Outcome.REVIEW: pgettext_lazy("a credit decision", "waits for a person"),
    Outcome.DECLINED: pgettext_lazy("a credit decision", "declined"),
    Outcome.DECLINED_FINAL: pgettext_lazy("a credit decision", "declined for good"),
}
METHODS = {Method.INVOICE: gettext_lazy("Invoice"), Method.DIRECT_DEBIT: gettext_lazy("Direct debit")}
KEYS = {
    Kind.EMAIL: gettext_lazy("E-mail address"),
    Kind.DOMAIN: gettext_lazy("Domain of e-mail addresses"),
    Kind.PHONE: gettext_lazy("Phone"),
    Kind.IBAN: gettext_lazy("Account (IBAN)"),
    Kind.ADDRESS: gettext_lazy("Address"),
}
_TONES = {
    Outcome.ACCEPTED: ("full", "good"),
    Outcome.REVIEW: ("half", "wait"),
    Outcome.DECLINED: ("cross", "muted"),
    Outcome.DECLINED_FINAL: ("cross", "bad"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An outcome as a word with its shape."""

    word: str
    shape: str
    tone: str


def outcome(value: str) -> Shown:
    """An outcome as it is shown."""
    known = Outcome(value)
    return Shown(str(OUTCOMES[known]), *_TONES[known])


def steps() -> dict[str, str]:
    """The steps of the history."""
    return {
        "decided": pgettext("a credit decision", "Decided by the rules"),
        "review_asked": pgettext("a credit decision", "A person was asked to look"),
        "reviewed": pgettext("a credit decision", "Decided by a person"),
        "stripped": pgettext("a credit decision", "The buyer's data were deleted"),
    }
