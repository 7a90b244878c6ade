"""Mails of the channel “customer” leave: in the customer's language, from the merchant, as things stand at that moment.

Like every mail they are kept before they are sent. One that is about something that is over is not needed any more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import Any

from zahlmeister.connectors.mail.server import Line, Rejected
from zahlmeister.connectors.providers.contract import Why
from zahlmeister.correspondence.models import Medium, Sender, SentLetter
from zahlmeister.correspondence.senders import look_of
from zahlmeister.correspondence.sent import content_of, keep, kept, message_id, note_sent
from zahlmeister.correspondence.ways import way_of
from zahlmeister.flows.before_verified import check_letter
from zahlmeister.flows.centre.asked import asked_of_transfer, centre_sender
from zahlmeister.flows.centre.papers import confirmation
from zahlmeister.flows.write_letter import NotNeeded, NotYet
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.letters import blocks
from zahlmeister.letters.centre import CentreKind, centre_letter
from zahlmeister.letters.compose import Block, Link
from zahlmeister.letters.figures import day, money
from zahlmeister.letters.mail import Enclosure, Envelope, mail
from zahlmeister.letters.slips.slip import transfer_slip
from zahlmeister.letters.texts.read import centre_text
from zahlmeister.money.accounts import shortened
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.prepaid import links
from zahlmeister.prepaid.models import AnnouncedTransfer, Customer, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import receipt_number
from zahlmeister.prepaid.states import TransferState
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

_UNTIL_SET_UP = timedelta(hours=1)
Values = dict[str, str | Block]


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Send the mails of one merchant to customers.

    Raises:
        Unreachable: the mail server does not answer, or lets us send nothing.
    """
    merchant_id = messages[0].merchant_id
    sender = centre_sender(merchant_id)
    if sender is None:
        return [
            Later("Nobody is set up to send letters; say in the settings who they come from.", _UNTIL_SET_UP)
            for _message in messages
        ]
    try:
        way = way_of(merchant_id)
    except Refused as refusal:
        return [Later(str(refusal), _UNTIL_SET_UP) for _message in messages]
    if way is None:
        return [Later("No mail server is set up; mails wait for it.", _UNTIL_SET_UP) for _message in messages]
    with way.open() as line:
        return one_by_one(messages, partial(_deliver, line, sender))


def _deliver(line: Line, sender: Sender, message: Message) -> Outcome:
    try:
        letter = kept(message) or _kept(message, sender)
        if letter.sent_at is None:
            parsed = message_from_bytes(content_of(letter), _class=EmailMessage, policy=SMTP)
            line.send(parsed, sender=sender.address, reader=letter.reader)
            note_sent(letter, at=claimed_at(message))
    except NotNeeded as over:
        return Done({"not_needed": str(over)})
    except NotYet as missing:
        return Later(str(missing), _UNTIL_SET_UP)
    except Refused as refusal:
        return Never(str(refusal))
    except Rejected as rejected:
        return Never(str(rejected)) if rejected.is_final else Later(str(rejected))
    return Done({"letter": letter.pk})


def _kept(message: Message, sender: Sender) -> SentLetter:
    check_letter(message.merchant_id, at=claimed_at(message))
    made, letter = written(message, sender, at=claimed_at(message))
    return keep(message, letter, made.as_bytes())


def written(message: Message, sender: Sender, *, at: datetime) -> tuple[EmailMessage, SentLetter]:
    """The mail as it would leave now, and the row that keeps it.

    Raises:
        NotNeeded: what it is about is over.
    """
    payload = message.payload
    kind = CentreKind(payload["kind"])
    customer = Customer.objects.select_related("merchant").get(merchant=message.merchant_id, pk=payload["customer"])
    values, enclosures = _FACTS[kind](customer, payload, sender, at)
    values |= {"shop": sender.name, "greeting": blocks.greeting(customer.name, customer.language)}
    letter = centre_letter(kind, customer.language, values)
    look = look_of(sender)
    envelope = Envelope(customer.email, customer.name, message_id(message, look.address), at)
    row = SentLetter(
        kind=kind.value,
        medium=Medium.MAIL,
        reader=customer.email,
        subject=letter.subject,
        message_id=envelope.message_id,
    )
    return mail(letter, look, envelope, enclosures), row


def _page(customer: Customer, path: str = "") -> Link:
    label = centre_text("page_label", customer.language).subject
    return Link(label, f"{links.address(customer.merchant)}{path}")


def _sign_in(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender
    if customer.link != payload["link"] or customer.link_until is None or at > customer.link_until:
        raise NotNeeded("A newer link was asked for, or the time of this one is over.")
    label = centre_text("sign_in_label", customer.language).subject
    return {"centre_page": Link(label, links.sign_in_address(customer))}, []


def _transfer(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del at
    transfer = _the_transfer(payload)
    if transfer.state != TransferState.SENT:
        raise NotNeeded("Its money has come, or it is over.")
    asked, language = asked_of_transfer(transfer, sender), customer.language
    values: Values = {
        "amount": money(transfer.amount, language),
        "reference": transfer.reference,
        "until": day(transfer.expires_on, language),
        "payment_details": blocks.payment_details(asked, language),
        "centre_page": _page(customer, f"transfers/{transfer.pk}/"),
    }
    pdf = transfer_slip(asked, country=customer.merchant.country, language=language)
    return values, [Enclosure(f"{transfer.reference}.pdf", pdf)]


def _deposit(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del at
    entry = Entry.objects.select_related("account__customer", "account__merchant").get(pk=payload["entry"])
    number = receipt_number(entry.receipt or 0, entry.on)
    held = balance_of(entry.account).total
    values: Values = {
        "amount": money(entry.amount, customer.language),
        "balance": money(Amount(held, entry.currency), customer.language),
        "receipt": number,
        "centre_page": _page(customer, f"accounts/{entry.account_id}/"),
    }
    return values, [Enclosure(f"{number}.pdf", confirmation(entry, sender))]


def _rejected(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    transfer = _the_transfer(payload)
    values: Values = {
        "amount": money(transfer.paid, customer.language),
        "reference": transfer.reference,
        "reason": transfer.reason,
        "centre_page": _page(customer, f"transfers/{transfer.pk}/"),
    }
    return values, []


def _access_changed(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del customer, payload, sender, at
    return {}, []


def _balance_low(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    entry = Entry.objects.select_related("account").get(pk=payload["entry"])
    held = balance_of(entry.account).total
    if entry.account.low_minor is None or held >= entry.account.low_minor:
        raise NotNeeded("It was topped up meanwhile.")
    balance = money(Amount(held, entry.currency), customer.language)
    return {"balance": balance, "centre_page": _page(customer, f"accounts/{entry.account_id}/top-up/")}, []


def _charge_failed(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    rows = PaymentIntent.objects.select_related("stored__connection")
    intent = rows.get(merchant_id=customer.merchant_id, pk=payload["intent"])
    values: Values = {
        "amount": money(intent.amount, customer.language),
        "way": str(intent.stored),
        "because": centre_text(f"why_{intent.why or Why.DECLINED.value}", customer.language).subject,
        "centre_page": _page(customer, f"accounts/{intent.account}/top-up/"),
    }
    return values, []


def _charge_over(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    values: Values = {
        "because": centre_text(f"over_{payload['because']}", customer.language).subject,
        "centre_page": _page(customer, f"accounts/{payload['account']}/automatic/"),
    }
    return values, []


def _back_asked(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    refund = Refund.objects.get(merchant_id=customer.merchant_id, pk=payload["refund"])
    values: Values = {
        "amount": money(refund.amount, customer.language),
        "to": shortened(refund.iban) if refund.iban else refund.by_provider,
        "centre_page": _page(customer, f"accounts/{refund.prepaid}/"),
    }
    return values, []


def _back_stays(
    customer: Customer, payload: Mapping[str, Any], sender: Sender, at: datetime
) -> tuple[Values, list[Enclosure]]:
    del sender, at
    entry = Entry.objects.select_related("account").get(merchant_id=customer.merchant_id, pk=payload["entry"])
    values: Values = {
        "amount": money(entry.amount, customer.language),
        "reason": entry.text,
        "centre_page": _page(customer, f"accounts/{entry.account_id}/"),
    }
    return values, []


def _the_transfer(payload: Mapping[str, Any]) -> AnnouncedTransfer:
    return AnnouncedTransfer.objects.select_related("account__merchant", "account__customer", "to").get(
        pk=payload["transfer"]
    )


_Facts = Callable[[Customer, Mapping[str, Any], Sender, datetime], tuple[Values, list[Enclosure]]]
_FACTS: Mapping[CentreKind, _Facts] = {
    CentreKind.SIGN_IN: _sign_in,
    CentreKind.TRANSFER: _transfer,
    CentreKind.DEPOSIT: _deposit,
    CentreKind.REJECTED: _rejected,
    CentreKind.BALANCE_LOW: _balance_low,
    CentreKind.CHARGE_FAILED: _charge_failed,
    CentreKind.CHARGE_STOPPED: _charge_failed,
    CentreKind.CHARGE_OVER: _charge_over,
    CentreKind.BACK_ASKED: _back_asked,
    CentreKind.BACK_STAYS: _back_stays,
    CentreKind.ACCESS_CHANGED: _access_changed,
}
