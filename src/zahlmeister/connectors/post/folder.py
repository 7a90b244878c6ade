"""Letters for a print service that fetches PDF files from a folder, as many do by SFTP or a hot folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from zahlmeister.refusals import Unreachable


class PrintService(Protocol):
    """Prints and posts letters."""

    def hand_in(self, name: str, pdf: bytes) -> None:
        """Hand a letter in. The same name again is the same letter, and is not printed twice.

        Raises:
            Unreachable: it takes nothing at the moment.
        """
        ...


@dataclass(frozen=True, slots=True)
class PrintFolder:
    """A folder that the print service empties. A file appears whole or not at all."""

    path: str

    def hand_in(self, name: str, pdf: bytes) -> None:
        """See `PrintService.hand_in`. A letter that was fetched before is known by the note left beside it."""
        folder = Path(self.path)
        fetched = folder / ".handed-in" / name
        try:
            fetched.parent.mkdir(parents=True, exist_ok=True)
            if fetched.exists():
                return
            half = folder / f".{name}.part"
            half.write_bytes(pdf)
            half.replace(folder / name)
            fetched.touch()
        except OSError as error:
            raise Unreachable(f"The print folder {self.path} cannot be written: {error}.") from error
