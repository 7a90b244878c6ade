"""What an authority answers about a VAT id."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the id is valid now; `proof` is how the authority names its answer, `name` whose it is, where told."""

    is_valid: bool
    name: str = ""
    proof: str = ""


class Authority(Protocol):
    """Somebody who knows VAT ids."""

    def ask(self, vat_id: str) -> Answer:
        """Ask about an id such as `DE123456789`.

        Raises:
            Refused: it is written like no VAT id.
            Unreachable: the authority, or that of the country, does not answer now.
        """
        ...
