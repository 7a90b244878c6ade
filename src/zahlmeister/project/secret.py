"""The installation's secret, made once and kept beside its data, readable by its owner only."""

import os
import secrets
from pathlib import Path


def secret(path: Path) -> str:
    """The secret in `path`; the first caller makes it, and everybody after reads the same one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        value = secrets.token_urlsafe(50)
        file.write(value)
    return value
