"""Letters for a print service that fetches PDF files from a folder of an SFTP server."""

from dataclasses import dataclass

from zahlmeister.connectors.banks.sftp import Access, Whereabouts, connected
from zahlmeister.connectors.post.contract import Posting


@dataclass(frozen=True, slots=True)
class PrintServer:
    """A server whose `outbox` the print service empties."""

    access: Access

    @property
    def known_as(self) -> str:
        return f"sftp {self.access.host}"

    def lay_down(self, name: str, pdf: bytes) -> str:
        """See `PrintService`: under a name that nobody reads."""
        with connected(self.access) as there:
            there.put(name, pdf)
        return name

    def hand_in(self, place: str) -> Posting:
        """See `PrintService`. Where the name that nobody reads is gone, the file was released, and perhaps fetched."""
        with connected(self.access) as there:
            if there.whereabouts(place) is Whereabouts.PUT:
                there.release(place)
        return Posting(is_taken=True)

    def check(self) -> None:
        """See `PrintService`."""
        with connected(self.access) as there:
            there.lying()
