"""The way a merchant's mails leave: its own mail server, else the installation's."""

from django.conf import settings

from zahlmeister.connectors.mail.server import Smtp, Way, way
from zahlmeister.correspondence.models import MailAccount
from zahlmeister.merchants.seal import opened, seal


def way_of(merchant_id: int) -> Way | None:
    """How mails of this merchant leave; None when nothing is set up.

    Raises:
        Refused: what is set up cannot be used; the sentence says why.
    """
    account = MailAccount.objects.filter(merchant_id=merchant_id).first()
    if account is None:
        return way(settings.MAIL_WAY)
    password = opened(bytes(account.sealed), _purpose(merchant_id)).get("password", "")
    return Smtp(account.host, account.port, account.security, account.user, password)


def keep_account(account: MailAccount, password: str) -> None:
    """Keep a merchant's mail server; an empty password leaves the one that is kept."""
    if password:
        account.sealed = seal({"password": password}, _purpose(account.merchant_id))
    account.save()


def _purpose(merchant_id: int) -> str:
    return f"mail:{merchant_id}"
