"""Letters for a print service that fetches PDF files from a folder of this machine."""

from dataclasses import dataclass
from pathlib import Path

from zahlmeister.connectors.post.contract import Posting
from zahlmeister.refusals import Unreachable


@dataclass(frozen=True, slots=True)
class PrintFolder:
    """A folder that the print service empties. A file appears whole or not at all."""

    path: str

    @property
    def known_as(self) -> str:
        return "folder"

    def lay_down(self, name: str, pdf: bytes) -> str:
        """See `PrintService`: under a name that nobody reads."""
        try:
            Path(self.path).mkdir(parents=True, exist_ok=True)
            self._half(name).write_bytes(pdf)
        except OSError as error:
            raise self._not_written(error) from error
        return name

    def hand_in(self, place: str) -> Posting:
        """See `PrintService`. Where the name that nobody reads is gone, the file has its own name, or was fetched."""
        try:
            if self._half(place).exists():
                self._half(place).replace(Path(self.path) / place)
        except OSError as error:
            raise self._not_written(error) from error
        return Posting(is_taken=True)

    def check(self) -> None:
        """See `PrintService`."""
        if not Path(self.path).is_dir():
            raise Unreachable(f"The print folder {self.path} cannot be written: there is no such folder.")

    def _half(self, name: str) -> Path:
        return Path(self.path) / f".{name}.part"

    def _not_written(self, error: OSError) -> Unreachable:
        return Unreachable(f"The print folder {self.path} cannot be written: {error}.")
