"""The words for what the house knows by a stable word: clues, reasons, steps, books."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from zahlmeister.banking.models import BankTransaction
from zahlmeister.banking.payer_account import Unusable
from zahlmeister.banking.payer_account import unusable as origin_unusable
from zahlmeister.ledger.rules import Book
from zahlmeister.matching.facts import Clue
from zahlmeister.matching.hypothesis import IDENTITY, NUMBER
from zahlmeister.matching.words import clue_text, reason_text
from zahlmeister.office import collection_words, customer_words, payout_words, provider_words, purchase_words
from zahlmeister.office.asking_words import asking_steps
from zahlmeister.office.program_words import program_steps
from zahlmeister.office.refund_steps import refund_postings, refund_steps
from zahlmeister.receivables.going_back import origin_of

#: Whose words stand in files of their own.
_MORE = (payout_words, collection_words, customer_words, provider_words, purchase_words)
#: A clue this heavy fills its bar: a thousand times more likely than by chance, in bits.
FULL_BAR_BITS = 12
BAR = 64

BOOKS = {
    Book.BANK: gettext_lazy("Bank"),
    Book.UNCLEAR: gettext_lazy("Unassigned payments"),
    Book.RECEIVABLES: gettext_lazy("Open items"),
    Book.ORDERS: gettext_lazy("Orders"),
    Book.SURPLUS: gettext_lazy("Overpayments owed to customers"),
    Book.TOLERANCE: gettext_lazy("Small differences accepted"),
    Book.DISCOUNT: gettext_lazy("Cash discounts"),
    Book.CHARGES: gettext_lazy("Bank charges"),
    Book.CARRIER_FEES: gettext_lazy("Carriers' fees"),
    Book.OTHER_INCOME: gettext_lazy("Money not for an order"),
    Book.OTHER_SPENDING: gettext_lazy("Money sent"),
    Book.ON_ITS_WAY: gettext_lazy("Transfers on their way"),
    Book.RETURNS: gettext_lazy("Money that came back"),
    Book.REFUNDS: gettext_lazy("Refunds owed"),
    Book.WITH_OPERATOR: gettext_lazy("With the operator"),
    Book.HELD: gettext_lazy("Held for merchants"),
    Book.PAID_ELSEWHERE: gettext_lazy("Paid elsewhere"),
    Book.DUNNING: gettext_lazy("Fees for paying late"),
    Book.INTEREST: gettext_lazy("Default interest"),
    Book.OPENING: gettext_lazy("Opening balances"),
    **{name: word for more in _MORE for name, word in more.BOOKS.items()},
}

UNUSABLE = {
    Unusable.CASH: gettext_lazy("It was paid in cash; ask the payer for an account before anything is sent back."),
    Unusable.CARRIER: gettext_lazy("It comes from the carrier, not from the buyer; ask the buyer for an account."),
    Unusable.PROVIDER: gettext_lazy("It comes from a payment provider; what is to go back goes back through it."),
    Unusable.OWN: gettext_lazy("It comes from this very account of yours."),
    Unusable.BANK_INTERNAL: gettext_lazy("The account belongs to the bank itself; ask the payer for theirs."),
    Unusable.FOREIGN: gettext_lazy("It comes from abroad without an IBAN; ask the payer for an account."),
    Unusable.NONE: gettext_lazy("The bank names no account; ask the payer for one before anything is sent back."),
    Unusable.INVALID: gettext_lazy("The account named is no IBAN; ask the payer for one before anything is sent back."),
}


@dataclass(frozen=True, slots=True)
class ClueLine:
    """A clue as the page shows it: in words, with a bar as long as it is heavy."""

    words: str
    is_for: bool
    bar: int


def clue_lines(clues: Sequence[dict[str, Any]]) -> list[ClueLine]:
    """The clues of a suggestion, the heaviest first."""
    lines = [_clue_line(clue) for clue in sorted(clues, key=lambda clue: -abs(clue["weight"]))]
    return [line for line in lines if line.words]


@dataclass(frozen=True, slots=True)
class Side:
    """What one answer has to say about one aspect; nothing when it says nothing."""

    title: str
    clues: Sequence[ClueLine]


def side_by_side(answers: Sequence[Sequence[dict[str, Any]]]) -> list[list[Side]]:
    """The clues of several answers by aspect, the same aspects in the same order for each.

    An aspect about which none of them says anything is left out.
    """
    titles = {
        "number": _("Number in the text"),
        "payer": _("Who pays"),
        "amount": pgettext("an aspect", "Amount"),
        "circumstances": _("Circumstances"),
    }
    sorted_out = [
        {aspect: [clue for clue in clues if _aspect(clue["kind"]) == aspect] for aspect in titles} for clues in answers
    ]
    told = [aspect for aspect in titles if any(answer[aspect] for answer in sorted_out)]
    return [[Side(titles[aspect], clue_lines(answer[aspect])) for aspect in told] for answer in sorted_out]


_ABOUT_NUMBERS = NUMBER | {"other_number", "other_open_number", "not_named"}


def _aspect(kind: str) -> str:
    if kind in _ABOUT_NUMBERS:
        return "number"
    if kind in IDENTITY or kind == "other_name":
        return "payer"
    return "amount" if kind.startswith("amount") else "circumstances"


def reason(word: str) -> str:
    """Why a payment was not assigned, or why it is ignored; empty when there is nothing to say."""
    return reason_text(word, language()) if word else ""


def language() -> str:
    """The reader's language: de or en."""
    return "de" if (get_language() or "de").startswith("de") else "en"


def book(name: str) -> str:
    """The name of one of our books."""
    return str(BOOKS[Book(name)])


def actor(by: str) -> str:
    """Who did something: a person's address, or the house itself."""
    house = {
        "matcher": _("found by itself"),
        "import": _("from the statement"),
        "system": _("by the house itself"),
        "house": _("by the house itself"),
        "shop": _("from the shop"),
        "dunning": _("by the daily run"),
        "bank": _("by the bank"),
        "buyer": _("by the buyer"),
        "customer": _("by the customer"),
    }
    if by.startswith("shop:"):
        return _("from the shop %(name)s") % {"name": by.removeprefix("shop:")}
    if by.startswith("connection:"):
        return _("fetched from %(name)s") % {"name": by.removeprefix("connection:")}
    return house.get(by, by)


def step(subject: str, verb: str) -> str:
    """What happened to an order, a payment or a file, as a heading."""
    words = _steps()
    return words.get(f"{subject}:{verb}") or words.get(verb) or verb.replace("_", " ")


def _steps() -> dict[str, str]:
    return {
        "opened": _("Order came in"),
        "changed": _("Order changed"),
        "paid": _("Paid"),
        "part_paid": _("Paid in part"),
        "item:reopened": _("Open again"),
        "item:informed": _("Payment information sent"),
        "item:mail_came_back": _("A mail to the buyer came back"),
        "cancelled": _("Cancelled"),
        "marked_paid": _("Marked as paid by hand"),
        "asked": _("Reminded"),
        "costs_dropped": _("Costs of delay dropped"),
        "overdue": _("Overdue"),
        "unmarked": _("No longer marked as paid"),
        "recorded": pgettext("a payment", "Recorded from the statement"),
        "assigned": pgettext("a payment", "Assigned"),
        "suggested": pgettext("a payment", "Suggestion made"),
        "unclear": pgettext("a payment", "No order found"),
        "unassigned": pgettext("a payment", "Assignment taken back"),
        "ignored": pgettext("a payment", "Ignored"),
        "unignored": pgettext("a payment", "No longer ignored"),
        "divided": pgettext("a payment", "Its parts are told by another file"),
        "list_handed_in": pgettext("a payment", "Advice list handed in"),
        "divided_by_list": pgettext("a payment", "Divided by an advice list"),
        "going_back": pgettext("a payment", "Sent back"),
        "stays": pgettext("a payment", "Not sent back after all"),
        "early": pgettext("a payment", "Booked before the start of its account"),
        "account:changed": pgettext("an account", "Changed"),
        "rule:made": pgettext("a rule", "Made"),
        "account:started": pgettext("an account", "The day it is settled from was moved"),
        "account:confirmed": pgettext("an account", "Said to be the merchant's"),
        "account:denied": pgettext("an account", "Said not to be the merchant's"),
        "account:use_said": pgettext("an account", "Said which orders are paid to it"),
        "account:use_forgotten": pgettext("an account", "No longer said which orders are paid to it"),
        "handed_in": pgettext("a file", "Handed in"),
        "tried_again": pgettext("a file", "Tried again"),
        "started": pgettext("a file", "Reading started"),
        "done": pgettext("a file", "Read to the end"),
        "broken": pgettext("a file", "Stopped at an error"),
        "discarded": pgettext("a file", "Set aside"),
        "columns_told": pgettext("a file", "Told what its columns mean"),
        **program_steps(),
        "invoice_handed_in": pgettext("an order", "Invoice handed in"),
        "item:refund_promised": _("Refund promised"),
        "item:refund_withdrawn": _("Refund withdrawn"),
        **asking_steps(),
        **refund_steps(),
        "transfer:drafted": _("Drafted"),
        "transfer:approved": _("Approved"),
        "transfer:cancelled": _("Cancelled"),
        "transfer:fell_back": _("Not possible as an instant transfer; it goes as an ordinary one"),
        "transfer:in_file": _("Put into a file for the bank"),
        "transfer:withdrawn": _("Its file was withdrawn"),
        "transfer:accepted": _("The bank has accepted it"),
        "transfer:executed": _("The bank reports it as executed"),
        "transfer:paid": _("The statement shows it"),
        "transfer:rejected": _("The bank has rejected it"),
        "transfer:returned": _("It came back"),
        "transfer:payee_verified": _("The recipient's name was verified"),
        "transfer:payee_confirmed": _("The recipient's name was confirmed"),
        "transfer:sent_twice": _("The bank takes its file for a double"),
        "transfer:looked_at": _("Somebody has looked at what was odd"),
        "mandate:signed": _("Signed"),
        "mandate:revoked": _("Revoked"),
        "debit:drafted": _("Drafted"),
        "debit:told": _("The debtor was told"),
        "debit:approved": _("Approved"),
        "debit:cancelled": _("Cancelled"),
        "debit:in_file": _("Put into a file for the bank"),
        "debit:withdrawn": _("Its file was withdrawn"),
        "debit:accepted": _("The bank has accepted it"),
        "debit:collected": _("The bank reports it as executed"),
        "debit:paid": _("The statement shows it"),
        "debit:rejected": _("The bank has rejected it"),
        "debit:returned": _("It came back"),
        "debit:sent_twice": _("The bank takes its file for a double"),
        "debit:looked_at": _("Somebody has looked at what was odd"),
        "debit_returned": _("The debtor's bank took the direct debit back"),
        "payment_file:made": _("Made"),
        "payment_file:exported": _("Downloaded"),
        "payment_file:withdrawn": _("Withdrawn"),
        "payment_file:queued": _("Put in line to be sent"),
        "payment_file:taken_back": _("Taken out of the line"),
        "payment_file:sending": _("Is being sent"),
        "payment_file:sent": _("Sent"),
        "payment_file:not_sent": _("Not sent"),
        "payment_file:unsure": _("Nobody knows whether it arrived"),
        "payment_file:arrived": _("The bank has it"),
        "payment_file:not_arrived": _("The bank does not have it"),
        "connection:connected": _("Connected"),
        "connection:consent_renewed": _("Asked for a new consent"),
        "connection:pin_renewed": _("New PIN"),
        "connection:answered": _("The bank's question was answered"),
        "connection:paused": _("Paused"),
        "connection:troubled": _("Did not answer"),
        "connection:stuck": _("Needs a person"),
        "connection:not_taken": _("A file was not taken"),
        "shop:connected": pgettext("a shop", "Connected"),
        "shop:mapped": pgettext("a shop", "Said what its words mean"),
        "shop:columns_told": pgettext("a shop", "Said what the columns of its files mean"),
        "shop:columns_forgotten": pgettext("a shop", "What its columns mean was forgotten"),
        "shop:paused": pgettext("a shop", "Paused"),
        "shop:resumed": pgettext("a shop", "Read again"),
        "shop:deregistered": pgettext("a shop", "Deregistered"),
        "shop:access_given": pgettext("a shop", "Got a new access"),
        "shop:troubled": pgettext("a shop", "Did not answer"),
        "shop:answers": pgettext("a shop", "Answers again"),
        "shop:deactivated": pgettext("a shop", "Switched off after too many errors"),
        "shop:doubted": pgettext("a shop", "Its list of open orders was too short to be believed"),
        "shop:confirmed": pgettext("a shop", "The short list was said to be right"),
        "shop:not_taken": pgettext("a shop", "An order was not taken"),
        "disappeared": _("Gone from the shop"),
        "legacy": _("Not in the shop any more, from before"),
        "back": _("Back in the shop"),
        "shop_told": _("The shop was told"),
        **{key: word for more in _MORE for key, word in more.steps().items()},
    }


def guarantee_figures() -> dict[str, str]:
    """Which payments a figure of the guarantee counts, as a list says it."""
    return {
        "assignable": _("that could be assigned"),
        "automatic": _("assigned rightly by themselves"),
        "missed": _("that were missed, without a fee"),
        "by_hand": _("assigned by hand though the order was open"),
        "first": _("by hand, and suggested first"),
        "suggested": _("by hand, and suggested among others"),
        "found": _("by hand, and not suggested"),
        "wrong": _("assigned wrongly and taken back"),
        "later": _("by hand, the order not open yet or any more"),
        "listed": _("by hand, divided by a carrier's list"),
        "early": _("by hand, booked before the account's start"),
    }


def disturbances() -> dict[str, tuple[str, dict[str, str]]]:
    """How payments differ from their orders: aspect → its name, and what it shows in words."""
    return {
        "number": (
            _("Number in the text"),
            {
                "exact": _("exact"),
                "torn": _("torn apart, glued or shortened"),
                "slip": _("with a slip"),
                "short": _("without its prefix or year"),
                "other": _("another number"),
                "none": _("none"),
            },
        ),
        "payer": (
            _("Who pays"),
            {
                "customer": _("the customer"),
                "similar": _("a similar name, family"),
                "named": _("somebody who names the customer"),
                "known": _("somebody known to pay for the customer"),
                "other": _("somebody of another name"),
                "none": _("not known"),
            },
        ),
        "amount": (
            pgettext("an aspect", "Amount"),
            {
                "exact": _("exact"),
                "explained": _("different for a reason accepted"),
                "less": _("too little"),
                "more": _("too much"),
                "none": _("not compared"),
            },
        ),
    }


def unusable(row: BankTransaction) -> str:
    """Why nothing can be sent back to the account a payment came from; empty when it can."""
    reason = origin_unusable(origin_of(row))
    return str(UNUSABLE[reason]) if reason else ""


def posting_text(text: str) -> str:
    """The occasion of a posting, as a bookkeeper reads it."""
    return _postings().get(text, text.replace("_", " "))


def _postings() -> dict[str, str]:
    return {
        "order_placed": _("Order placed"),
        "order_raised": _("Order amount raised"),
        "order_lowered": _("Order amount lowered"),
        "order_cancelled": _("Order cancelled"),
        "order_revived": _("Order asked for again"),
        "payment_allocated": _("Payment assigned"),
        "payment_taken_back": _("Assignment taken back"),
        "kept_of_a_sum": _("Kept by a bank of a collective entry"),
        "kept_by_carrier": _("Kept by the carrier"),
        "not_kept_by_carrier": _("Not kept by the carrier after all"),
        "paid_too_much": _("Paid too much"),
        "not_for_an_order": _("Not for an order"),
        "for_an_order_after_all": _("For an order after all"),
        "costs_owed": _("Costs of delay owed"),
        "costs_not_owed": _("Costs of delay not owed"),
        "interest_owed": _("Default interest owed"),
        "interest_not_owed": _("Default interest not owed"),
        "crossed_granted": _("Costs of delay crossed with the payment"),
        "crossed_withdrawn": _("Costs of delay did not cross after all"),
        "paid_elsewhere": _("Paid elsewhere"),
        "not_paid_elsewhere": _("Not paid elsewhere after all"),
        "tolerance_granted": _("Small difference accepted"),
        "tolerance_withdrawn": _("Small difference not accepted after all"),
        "discount_granted": _("Cash discount granted"),
        "discount_withdrawn": _("Cash discount withdrawn"),
        "charges_granted": _("Bank charge borne"),
        "charges_withdrawn": _("Bank charge not borne after all"),
        "money_came_in": _("Money came in"),
        "money_went_out": _("Money went out"),
        "money_came_back": _("Money came back"),
        "payment_ordered": _("Transfer handed to the bank"),
        "payment_made": _("Transfer made"),
        "payment_not_made": _("Transfer not made"),
        "payment_returned": _("Transfer came back"),
        "payment_goes_back": _("Payment goes back"),
        "payment_stays": _("Payment does not go back"),
        **refund_postings(),
        "debit_returned": _("Direct debit taken back"),
        "debit_charged": _("Bank charge for a direct debit taken back"),
        "books_begin": _("Books begin"),
        **{key: word for more in _MORE for key, word in more.postings().items()},
    }


def _clue_line(clue: dict[str, Any]) -> ClueLine:
    weight = clue["weight"]
    facts = tuple(str(fact) for fact in clue.get("facts", ()))
    return ClueLine(
        words=clue_text(Clue(kind=clue["kind"], weight=weight, facts=facts), language()),
        is_for=weight >= 0,
        bar=max(4, min(BAR, round(abs(weight) * BAR / FULL_BAR_BITS))),
    )
