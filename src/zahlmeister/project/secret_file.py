"""Where the installation's secret lies: beside its data, or where a vault has put it."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret_file(named: str, home: Path) -> Path:
    """The file with the installation's secrets.

    Args:
        named: a file that somebody else puts there, such as a credential of systemd or a secret of a container;
            empty for `secret.key` in `home`, which is made where it is missing.
        home: the folder of this installation.

    Raises:
        ImproperlyConfigured: a file was named and is not there. A new secret would open nothing that is sealed.
    """
    if not named:
        return home / "secret.key"
    path = Path(named)
    if not path.is_file():
        raise ImproperlyConfigured(f"“{path}”, which ZAHLMEISTER_SECRET names, is not there.")
    return path
