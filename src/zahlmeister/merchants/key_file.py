"""The file with the installation's secrets, readable by its owner only. The first process that looks for it makes it.

    SECRET                  the first of these seals and signs, those below it still open and are still believed
    next SECRET             opens and is believed already, and will be the first one
    mark PURPOSE HEX        what verifies long-lived links that a secret made which is not here any more
    public PURPOSE HEX      what verifies signatures of such a secret

A process that runs sees at once when the file has changed.
"""

import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_KINDS = ("next", "mark", "public")


@dataclass(frozen=True, slots=True)
class Keys:
    """What the file says.

    Attributes:
        used: the secrets, the newest first; the first one seals and signs.
        coming: a secret that will be the first one; empty for none.
        marks: keys of HMAC-SHA-256 by purpose, which verify and make nothing.
        publics: public keys of Ed25519 by purpose.
    """

    used: tuple[str, ...]
    coming: str = ""
    marks: tuple[tuple[str, bytes], ...] = ()
    publics: tuple[tuple[str, bytes], ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that opens and is believed, the one that seals first."""
        return (*self.used, self.coming) if self.coming else self.used


def keys(path: Path) -> Keys:
    """What the file at `path` says now.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no secret, or a line that means nothing.
    """
    found = path.stat()
    return _read(path, (found.st_ino, found.st_mtime_ns, found.st_size))


def made_keys(path: Path) -> Keys:
    """What the file says; the first caller makes it, and everybody after reads the same one."""
    if not path.exists():
        made = _written(path, Keys((new_secret(),)))
        try:
            os.link(made, path)  # whole or not at all, and only where nothing is
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return keys(path)


def write(path: Path, wanted: Keys) -> None:
    """Put other secrets into the file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    _written(path, wanted).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_secret() -> str:
    """50 bytes of chance."""
    return secrets.token_urlsafe(50)


def _written(path: Path, wanted: Keys) -> Path:
    """A file beside `path` that holds them, on the disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(_text(wanted))
        file.flush()
        os.fsync(file.fileno())
    return beside


def _text(told: Keys) -> str:
    lines = [
        *told.used,
        *([f"next {told.coming}"] if told.coming else []),
        *(f"mark {purpose} {key.hex()}" for purpose, key in told.marks),
        *(f"public {purpose} {key.hex()}" for purpose, key in told.publics),
    ]
    return "".join(f"{line}\n" for line in lines)


@lru_cache(8)
def _read(path: Path, state: tuple[int, int, int]) -> Keys:
    del state  # another one is another content
    used: list[str] = []
    named: dict[str, list[list[str]]] = {kind: [] for kind in _KINDS}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        kind, *words = line.split() or [""]
        if not kind:
            continue
        if not words:
            used.append(kind)
        elif kind in named and len(words) == (1 if kind == "next" else 2):
            named[kind].append(words)
        else:
            raise ValueError(f"Line {number} of “{path}” means nothing; put that file back from a copy.")
    if not used:
        raise ValueError(f"“{path}” holds no secret; put that file back from a copy.")
    coming = named["next"][-1][0] if named["next"] else ""
    marks, publics = (tuple((purpose, bytes.fromhex(key)) for purpose, key in named[k]) for k in ("mark", "public"))
    return Keys(tuple(used), coming, marks, publics)
