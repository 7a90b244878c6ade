"""Where a payer may be sent: to the providers' own pages, and nowhere else, whatever an answer says."""

from urllib.parse import urlsplit

from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.refusals import Unreachable

#: The providers' names; payment pages lie on hosts beneath them.
HOSTS = ("paypal.com", "stripe.com", "mollie.com")
_OWN = ("127.0.0.1", "localhost")


def checked(address: str) -> str:
    """The address, when it is a page of a provider's; of this machine only where the operator allows private ones.

    Raises:
        Unreachable: it leads elsewhere.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    is_providers = parts.scheme == "https" and any(f".{host}".endswith(f".{name}") for name in HOSTS)
    if is_providers or (host in _OWN and private_is_allowed()):
        return address
    raise Unreachable("The provider leads to a page that is not its own; nobody is sent there.", permanent=True)
