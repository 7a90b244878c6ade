"""A person says who letters come from, how they leave, in which words, and when buyers are told how to pay."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from zahlmeister.connectors.mail.imap import Mailbox
from zahlmeister.connectors.mail.server import Smtp
from zahlmeister.correspondence.models import InformationRule, MailAccount, MailReturns, OwnText, PrintAccount, Sender
from zahlmeister.correspondence.printing import keep_printing, secret_for, service_of
from zahlmeister.correspondence.queries import example
from zahlmeister.correspondence.returns import keep_returns
from zahlmeister.correspondence.senders import look_of, sender_of
from zahlmeister.correspondence.ways import keep_account
from zahlmeister.flows.settings.noted import noted
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.letters.texts.read import Text, check
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.outbox.write import Said, tell
from zahlmeister.refusals import Refused

_SENDER = ("name", "address", "reply_to", "language", "colour", "street", "postcode", "city", "country", "imprint")
_SERVER = ("host", "port", "security", "user")
_PRINTING = ("way", "user", "organisation", "product", "address", "host", "port", "folder", "fingerprint")


def keep_sender(merchant: Merchant, sender: Sender, *, by: str, at: datetime) -> None:
    """Keep who a shop's letters come from.

    Raises:
        Refused: an address is none, the colour or the logo cannot be shown.
    """
    for address in (sender.address, sender.reply_to):
        if address and not is_mail_address(address):
            raise Refused(f"“{address}” is no mail address: something@domain.example is expected.")
    look_of(sender)
    with transaction.atomic(durable=True):
        changes = _changes(sender, _SENDER, ("logo",))
        sender.save()
        record(merchant.pk, [Happened("sender", sender.pk, "changed", by, facts=changes)], at=at)


def keep_server(merchant: Merchant, account: MailAccount, password: str, *, by: str, at: datetime) -> None:
    """Keep the mail server that a merchant's mails leave through.

    Raises:
        Refused: the line would not be private, or the password that is kept is for another server or user.
    """
    Smtp(account.host, account.port, account.security)
    with transaction.atomic(durable=True):
        changes = _changes(account, _SERVER) | _secrets(password=password)
        keep_account(account, password)
        record(merchant.pk, [Happened("mail_account", account.pk, "changed", by, facts=changes)], at=at)


def keep_mail_returns(
    merchant: Merchant, returns: MailReturns, password: str, key: str, *, by: str, at: datetime
) -> None:
    """Keep where the merchant hears of mails that came back; another mailbox is read from its newest mails on.

    Raises:
        Refused: the line would not be private, or the password that is kept is for another mailbox.
    """
    if returns.host:
        Mailbox(returns.host, returns.port, returns.security)
    returns.numbering, returns.last, returns.looked_at, returns.error = 0, 0, None, ""
    with transaction.atomic(durable=True):
        changes = _changes(returns, (*_SERVER, "folder")) | _secrets(password=password, key=key)
        keep_returns(returns, password, key)
        record(merchant.pk, [Happened("mail_returns", returns.pk, "changed", by, facts=changes)], at=at)


def keep_print_account(merchant: Merchant, account: PrintAccount, secret: str, *, by: str, at: datetime) -> None:
    """Keep who prints a merchant's letters, after speaking to it; an empty secret leaves the one that is kept.

    Raises:
        Refused: the address is none that may be asked, or the secret that is kept is for another service or user.
        Unreachable: it does not answer, or does not let us in.
    """
    given, secret = secret, secret_for(account, secret)
    service_of(account, secret).check()
    with transaction.atomic(durable=True):
        changes = _changes(account, _PRINTING) | _secrets(secret=given)
        keep_printing(account, secret)
        record(merchant.pk, [Happened("print_account", account.pk, "changed", by, facts=changes)], at=at)


def keep_rule(shop: Shop, payment_kind: str, wanted: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """Keep whether and when the buyers of a shop are told how to pay.

    Raises:
        Refused: it is switched on while nobody is set up to send.
    """
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        with noted(shop.merchant_id, by=by, at=at):
            put_rule(shop, payment_kind, wanted)


def put_rule(shop: Shop, payment_kind: str, wanted: Mapping[str, Any]) -> None:
    """The same inside the caller's transaction and turn; nothing is noted."""
    if wanted.get("is_on") and sender_of(shop.merchant_id, shop.pk) is None:
        raise Refused("Nobody is set up to send letters; say in the settings who they come from.")
    InformationRule.objects.update_or_create(
        merchant_id=shop.merchant_id, shop=shop, payment_kind=payment_kind, defaults=dict(wanted)
    )


def keep_text(merchant: Merchant, own: OwnText, *, by: str, at: datetime) -> None:
    """Keep a merchant's own words for a letter.

    Raises:
        Refused: the words cannot be filled in; the sentence says why.
    """
    check(Kind(own.kind), Text(own.subject, own.body))
    with transaction.atomic(durable=True):
        own.save()
        record(merchant.pk, [Happened("own_text", own.pk, "changed", by, facts={"kind": own.kind})], at=at)


def drop_text(merchant: Merchant, own: OwnText, *, by: str, at: datetime) -> None:
    """Go back to the words of the house."""
    with transaction.atomic(durable=True):
        record(merchant.pk, [Happened("own_text", own.pk, "dropped", by, facts={"kind": own.kind})], at=at)
        own.delete()


def send_test(
    merchant: Merchant, shop_id: int | None, kind: Kind, reader: str, *, at: datetime, language: str = ""
) -> None:
    """Send a letter as it would look today to a person of the merchant, in a language or in that of its order.

    Raises:
        Refused: nobody is set up to send, or there is no open order it could be about.
    """
    if sender_of(merchant.pk, shop_id) is None:
        raise Refused("Nobody is set up to send letters; say in the settings who they come from.")
    item = example(merchant.pk, shop_id, kind)
    if item is None:
        raise Refused("There is no open order that this letter could be about.")
    payload = {"kind": kind.value, "item": item.pk, "reader": reader, "language": language}
    key = f"test:{kind}:{item.pk}:{at:%Y%m%d%H%M%S%f}"
    with transaction.atomic(durable=True):
        tell(merchant.pk, [Said("mail", f"test:{key[-60:]}"[:64], key, payload)], at=at)


def _changes(row: models.Model, columns: Iterable[str], unshown: Iterable[str] = ()) -> dict[str, Any]:
    """What is kept otherwise from now on: each column with what it said before and says now, or that it changed."""
    made = type(row)
    kept = made._default_manager.filter(pk=row.pk).first() or made()  # noqa: SLF001 - Django's documented model API
    shown = {name: [str(getattr(kept, name)), str(getattr(row, name))] for name in columns}
    other = {name: True for name in unshown if bytes(getattr(kept, name)) != bytes(getattr(row, name))}
    return {name: pair for name, pair in shown.items() if pair[0] != pair[1]} | other


def _secrets(**given: str) -> dict[str, Any]:
    """Which secrets are new; what they are is told to nobody."""
    return {name: True for name, secret in given.items() if secret}
