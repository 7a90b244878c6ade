"""What a provider has stored of how buyers paid, with their consent, and what becomes of it when it is charged.

It keeps the rules that all providers share: what was removed, revoked or has expired is never charged again, a bank may
want the buyer himself, and nobody is charged by what belongs to another buyer.
"""

from dataclasses import dataclass
from datetime import date

from zahlmeister.sandbox.providers.declined import Declined


@dataclass(slots=True)
class Kept:
    """One way of paying. A charge is declined `declines` times; `asks`: the bank wants the buyer himself."""

    number: str
    owner: str
    valid_until: date
    is_revoked: bool = False
    asks: bool = False
    declines: int = 0


class Vault:
    """Everything that is stored, by its number."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def keep(self, number: str, owner: str, valid_until: date) -> Kept:
        """Store how a buyer has paid."""
        self.kept[number] = Kept(number, owner, valid_until)
        return self.kept[number]

    def revoke(self, number: str) -> None:
        """The buyer, or the merchant, does not want it any more."""
        self.find(number).is_revoked = True

    def find(self, number: str, owner: str | None = None) -> Kept:
        """What is stored under a number and not revoked, and is this buyer's where one is named.

        Raises:
            Declined: `gone`.
        """
        found = self.kept.get(number)
        if found is None or found.is_revoked or owner not in {None, found.owner}:
            raise Declined("gone", f"No such stored way of paying: {number}", 400)
        return found

    def charge(self, number: str, on: date, owner: str | None = None) -> None:
        """Whether it can be charged now.

        Raises:
            Declined: `gone`, `over`, `asks` or `declined`.
        """
        found = self.find(number, owner)
        if on > found.valid_until:
            raise Declined("over", "The card has expired.", 402)
        if found.asks:
            raise Declined("asks", "The bank wants the buyer to confirm this payment.", 402)
        if found.declines:
            found.declines -= 1
            raise Declined("declined", "The card was declined.", 402)
