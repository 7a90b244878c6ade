"""Where a merchant hears of mails that came back, with what opens it."""

from collections.abc import Mapping

from zahlmeister.connectors.mail.imap import Mailbox
from zahlmeister.correspondence.models import MailReturns
from zahlmeister.merchants.seal import is_same_place, opened, seal, still_good


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
    """Keep the row; what is empty of password and key stays as it is stored. The key is told to nobody.

    Raises:
        Refused: the password that is kept is for another mailbox.
    """
    known = opened(bytes(returns.sealed), _purpose(returns))
    before: Mapping[str, object] = (
        MailReturns.objects.filter(pk=returns.pk).values("host", "port", "user").first() or {}
    )
    is_same = is_same_place(before, {name: getattr(returns, name) for name in before})
    kept = {"password": known.get("password", "") if returns.host else ""}
    secrets = still_good(kept, {"password": password}, is_same=is_same) | {"key": key or known.get("key", "")}
    secrets = {name: value for name, value in secrets.items() if value}
    returns.sealed, returns.has_key = seal(secrets, _purpose(returns)), bool(secrets.get("key"))
    returns.save()


def _purpose(returns: MailReturns) -> str:
    return f"mail-returns:{returns.merchant_id}"
