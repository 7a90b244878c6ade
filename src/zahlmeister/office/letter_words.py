"""The words for letters: what each kind is called, and when it is sent."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.correspondence.pages import payment_page
from zahlmeister.correspondence.queries import letters_of_order
from zahlmeister.letters.centre import CentreKind
from zahlmeister.letters.house import HouseKind
from zahlmeister.letters.kinds import Kind
from zahlmeister.orders.models import PaymentKind
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import about
from zahlmeister.outbox.states import MessageState
from zahlmeister.receivables.models import OpenItem

KINDS = {
    Kind.PAYMENT_INFORMATION: gettext_lazy("Payment information"),
    Kind.PAYMENT_INFORMATION_AGAIN: gettext_lazy("Payment information, once more"),
    Kind.INVOICE_INFORMATION: gettext_lazy("Payment information for an invoice"),
    Kind.UNDERPAID: gettext_lazy("Something is missing"),
    Kind.OVERPAID: gettext_lazy("Paid too much"),
    Kind.PAID_LATE: gettext_lazy("Paid after the cancellation"),
    Kind.PAID: gettext_lazy("Payment has arrived"),
    Kind.CANCELLED: gettext_lazy("Order cancelled"),
    Kind.COD_QUESTION: gettext_lazy("Question about cash on delivery"),
    Kind.PAYMENT_REMINDER_1: gettext_lazy("Payment reminder 1"),
    Kind.PAYMENT_REMINDER_2: gettext_lazy("Payment reminder 2"),
    Kind.PAYMENT_REMINDER_3: gettext_lazy("Payment reminder 3"),
    Kind.PAYMENT_REMINDER_4: gettext_lazy("Payment reminder 4"),
    Kind.PAYMENT_REMINDER_5: gettext_lazy("Payment reminder 5"),
    Kind.DUNNING_NOTICE_1: gettext_lazy("Dunning notice 1"),
    Kind.DUNNING_NOTICE_2: gettext_lazy("Dunning notice 2"),
    Kind.DUNNING_NOTICE_3: gettext_lazy("Dunning notice 3"),
    Kind.DUNNING_NOTICE_4: gettext_lazy("Dunning notice 4"),
    Kind.DUNNING_NOTICE_5: gettext_lazy("Dunning notice 5"),
    Kind.REFUND_ANNOUNCED: gettext_lazy("A refund is coming"),
    Kind.REFUND_ACCOUNT_ASKED: gettext_lazy("Bank details for a refund"),
    Kind.REFUND_ACCOUNT_CHANGED: gettext_lazy("Bank details for a refund were changed"),
    Kind.REFUND_CAME_BACK: gettext_lazy("A refund came back"),
    Kind.REFUND_SENT: gettext_lazy("A refund was sent"),
    Kind.ORDER_PAID: gettext_lazy("To you: order paid"),
    Kind.ORDER_PAID_IN_PART: gettext_lazy("To you: order paid in part"),
    Kind.ORDER_OVERPAID: gettext_lazy("To you: order overpaid"),
    Kind.ORDER_PAID_LATE: gettext_lazy("To you: money for a cancelled order"),
    Kind.OVERDUE_NOTICE: gettext_lazy("To you: order overdue"),
    Kind.UNCLEAR_PAYMENTS: gettext_lazy("To you: unclear payments"),
    Kind.MAIL_UNDELIVERABLE: gettext_lazy("To you: a message came back"),
}

#: Mails of the house to the merchant's own people, whose words are not the merchant's to change.
HOUSE_KINDS = {
    HouseKind.CONFIRM_ACCOUNT: gettext_lazy("To you: confirm an account for payouts"),
    HouseKind.ACCOUNT_ASKED: gettext_lazy("To you: account for payouts asked for"),
    HouseKind.ACCOUNT_APPROVED: gettext_lazy("To you: account for payouts approved"),
    HouseKind.DEBIT_ANNOUNCED: gettext_lazy("To you: a collection is coming"),
    HouseKind.MANDATE_GIVEN: gettext_lazy("To you: direct debit mandate"),
    HouseKind.BALANCE_NOT_COLLECTED: gettext_lazy("To you: an overdrawn account could not be collected"),
    HouseKind.DEBT_NOT_COLLECTED: gettext_lazy("To you: what the operator has paid for you could not be collected"),
    HouseKind.BALANCE_RECALLED: gettext_lazy("To you: what was paid into the pooled account was taken off it again"),
    HouseKind.BALANCE_NOT_BACK: gettext_lazy("To you: what was taken off the pooled account has not come back"),
    HouseKind.BALANCE_NOT_BROUGHT: gettext_lazy("To you: what was collected did not reach the pooled account"),
    HouseKind.INVOICE: gettext_lazy("To you: invoice"),
    HouseKind.INVITED: gettext_lazy("To somebody invited"),
    HouseKind.FORGOTTEN: gettext_lazy("To one of you: new password"),
    HouseKind.LEAVES_ADDRESS: gettext_lazy("To one of you: the mail address changes"),
    HouseKind.TAKES_ADDRESS: gettext_lazy("To one of you: confirm the new mail address"),
    HouseKind.FACTOR_ASKED: gettext_lazy("To one of you: a lost second factor is to be taken away"),
    HouseKind.FACTOR_TAKEN: gettext_lazy("To one of you: the second factor was taken away"),
    HouseKind.REGISTER: gettext_lazy("To somebody who registers"),
    HouseKind.REGISTERED_BEFORE: gettext_lazy("To somebody who has an access already"),
    HouseKind.VERIFICATION_ASKED: gettext_lazy("To the operator: documents to look at"),
    HouseKind.VERIFICATION_RECEIVED: gettext_lazy("To you: the documents have arrived"),
    HouseKind.VERIFICATION_ACCEPTED: gettext_lazy("To you: verified"),
    HouseKind.VERIFICATION_ASKED_AGAIN: gettext_lazy("To you: a document is missing"),
    HouseKind.VERIFICATION_REJECTED: gettext_lazy("To you: the verification has failed"),
    HouseKind.REFUNDS_NOT_COLLECTED: gettext_lazy("To you: refunds could not be collected"),
    HouseKind.CHARGE_UNKNOWN: gettext_lazy("To you: nobody knows whether a customer was charged"),
    HouseKind.BOOKS_DIFFER: gettext_lazy("To you: books and bank differ"),
    HouseKind.BOOKS_DELIVERED: gettext_lazy("To the bookkeeper: a file of bookings"),
    HouseKind.BOOKS_TRIAL: gettext_lazy("To the bookkeeper: a trial"),
}
#: Mails of the customer centre to customers, likewise.
CENTRE_KINDS = {
    CentreKind.SIGN_IN: gettext_lazy("Link into the customer centre"),
    CentreKind.TRANSFER: gettext_lazy("How to transfer to the customer account"),
    CentreKind.DEPOSIT: gettext_lazy("Money has arrived on the customer account"),
    CentreKind.REJECTED: gettext_lazy("A top-up was not accepted"),
    CentreKind.ACCESS_CHANGED: gettext_lazy("Access to the customer centre changed"),
    CentreKind.CHARGE_FAILED: gettext_lazy("A charge by itself has failed"),
    CentreKind.CHARGE_STOPPED: gettext_lazy("Charging by itself has stopped"),
    CentreKind.CHARGE_OVER: gettext_lazy("Charging by itself was switched off"),
    CentreKind.BALANCE_LOW: gettext_lazy("The balance is getting low"),
    CentreKind.BACK_ASKED: gettext_lazy("A balance is to go back"),
    CentreKind.BACK_STAYS: gettext_lazy("A balance does not go back"),
}
_NAMES = {str(kind): name for kind, name in (*KINDS.items(), *HOUSE_KINDS.items(), *CENTRE_KINDS.items())}

#: What Pingen calls the state of a letter when it is handed in; another word is shown as it is.
PRINT_WORDS = {
    "validating": gettext_lazy("is being looked at"),
    "fixing": gettext_lazy("is being looked at"),
    "submitted": gettext_lazy("handed in"),
    "accepted": gettext_lazy("accepted"),
    "printing": gettext_lazy("is being printed"),
    "processing": gettext_lazy("is being printed"),
    "sent": gettext_lazy("posted"),
}


def kind_name(kind: str) -> str:
    """What a kind of letter is called; the word itself when it is none of ours any more."""
    return str(_NAMES.get(kind, kind))


def print_state(status: str) -> str:
    """What a print service says of a letter, in words of ours where we know them."""
    return str(PRINT_WORDS.get(status, status))


@dataclass(frozen=True, slots=True)
class LettersAbout:
    """The letters about an order: those that left, those on their way, and whether one can be sent now."""

    sent: list[tuple[SentLetter, str]]
    waiting: list[Message]
    page: str
    can_send: bool


def letters_about(item: OpenItem) -> LettersAbout:
    """What the page of an order says of its letters."""
    order = item.order
    waiting = about(item.merchant_id, f"order:{order.pk}").filter(channel__in=["mail", "letter"])
    return LettersAbout(
        [(row, kind_name(row.kind)) for row in letters_of_order(item.merchant_id, order.pk)],
        list(waiting.filter(state__in=[MessageState.WAITING, MessageState.STUCK])),
        payment_page(item.pk),
        item.open_minor > 0 and order.payment_kind in {PaymentKind.PREPAYMENT, PaymentKind.INVOICE},
    )
