"""Where a merchant hears of mails that came back, with what opens it."""

from zahlmeister.connectors.mail.imap import Mailbox
from zahlmeister.correspondence.models import MailReturns
from zahlmeister.merchants.seal import opened, seal


def mailbox_of(returns: MailReturns) -> Mailbox:
    """The mailbox.

    Raises:
        Refused: the line would not be private.
    """
    password = opened(bytes(returns.sealed), _purpose(returns)).get("password", "")
    return Mailbox(returns.host, returns.port, returns.security, returns.user, password, returns.folder)


def key_of(returns: MailReturns) -> str:
    """The key with which the provider signs its calls; empty when none is stored."""
    return str(opened(bytes(returns.sealed), _purpose(returns)).get("key", ""))


def keep_returns(returns: MailReturns, password: str, key: str) -> None:
    """Keep the row; what is empty of password and key stays as it is stored."""
    known = opened(bytes(returns.sealed), _purpose(returns)) if returns.sealed else {}
    secrets = {name: value for name, value in {**known, "password": password, "key": key}.items() if value}
    secrets = {**known, **secrets}
    returns.sealed, returns.has_key = seal(secrets, _purpose(returns)), bool(secrets.get("key"))
    returns.save()


def _purpose(returns: MailReturns) -> str:
    return f"mail-returns:{returns.merchant_id}"
