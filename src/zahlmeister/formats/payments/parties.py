"""Who pays and who is paid, as an order names them."""

from dataclasses import dataclass, replace

from zahlmeister.formats.payments.checks import LONGEST_NAME, check_bic, check_country, check_iban
from zahlmeister.formats.payments.letters import Speller
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Address:
    """A structured address, or a hybrid one with the street in one or two `lines`.

    Town and country are always named: addresses in lines alone are rejected since 15 November 2026 (EPC rulebooks
    2025; Swiss banks the day before). A line may not repeat what stands in a field of its own.
    """

    town: str
    country: str
    postcode: str | None = None
    street: str | None = None
    building: str | None = None
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_country(self.country, "address")
        if len(self.lines) > 2:
            raise Refused("An address may have two lines beside town and country, not more.")
        if self.lines and (self.street or self.building):
            raise Refused("An address names the street in its own field or in lines, not in both.")
        own = {self.town, self.postcode, f"{self.postcode} {self.town}"}
        if own.intersection(self.lines):
            raise Refused("An address line repeats the town or the postcode; leave the line out.")

    def spelled(self, speller: Speller, whose: str) -> "Address":
        """The address in the bank's letters, each part short enough for its field."""

        def part(text: str | None, what: str, longest: int) -> str | None:
            return None if text is None else speller(text, f"{what} of {whose}", longest)

        return replace(
            self,
            town=speller(self.town, f"town of {whose}", 35),
            postcode=part(self.postcode, "postcode", 16),
            street=part(self.street, "street", 70),
            building=part(self.building, "house number", 16),
            lines=tuple(speller(line, f"address line of {whose}", 70) for line in self.lines),
        )


@dataclass(frozen=True, slots=True)
class Party:
    """A person or company: the name exactly as the bank knows it, because banks compare it with the account."""

    name: str
    address: Address | None = None

    def spelled(self, speller: Speller, whose: str) -> "Party":
        """Name and address in the bank's letters."""
        return Party(
            speller(self.name, f"name of {whose}", LONGEST_NAME),
            self.address.spelled(speller, whose) if self.address else None,
        )


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The account that pays or collects, and its bank's BIC where it is known."""

    iban: str
    bic: str | None = None

    def __post_init__(self) -> None:
        check_iban(self.iban, "own account")
        check_bic(self.bic, self.iban, "own account")
