"""What is asked of whoever prints and posts letters: two steps, so that none is printed twice and none is lost.

The place that the first step answers with is kept before the second, and the second looks before it acts. Whoever takes
over from a dead worker goes on at the place that was kept.
"""

from dataclasses import dataclass
from typing import Protocol

from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Posting:
    """What becomes of a letter there. `status` is the service's own word, `price` what it asks where it tells."""

    is_taken: bool
    status: str = ""
    price: Amount | None = None


class PrintService(Protocol):
    """Prints and posts letters."""

    @property
    def known_as(self) -> str:
        """Which service it is, so that a place is never looked for at another one."""

    def lay_down(self, name: str, pdf: bytes) -> str:
        """Bring a letter there without having it printed. Doing it again prints nothing either.

        Returns:
            What the letter is called there.

        Raises:
            Unreachable: it takes nothing at the moment.
        """

    def hand_in(self, place: str) -> Posting:
        """Have a letter printed that was laid down, once: one that is printed already is left alone.

        Returns:
            What becomes of it; not taken when the service has to look at it first.

        Raises:
            Refused: the service does not print it; a person has to look.
            Unreachable: it does not answer, or takes nothing at the moment.
        """

    def check(self) -> None:
        """Speak to the service without changing anything there.

        Raises:
            Unreachable: it does not answer, or does not let us in.
        """
