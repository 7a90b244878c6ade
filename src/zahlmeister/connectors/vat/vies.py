"""VIES, the European Commission's service that asks the countries' registers of VAT ids (its REST interface)."""

from typing import Any

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from zahlmeister.connectors.vat.contract import Answer
from zahlmeister.connectors.web import Question, site
from zahlmeister.refusals import Refused, Unreachable

ADDRESS = "https://ec.europa.eu/taxation_customs/vies/rest-api"


class Vies:
    """Asks VIES."""

    def __init__(self, address: str = ADDRESS, *, requester: str = "") -> None:
        """Remember whom to ask.

        Args:
            address: of the service.
            requester: our own VAT id; with it the answer has a number that proves that we have asked.
        """
        self._address = address
        self._requester = requester

    def ask(self, vat_id: str) -> Answer:
        """Ask about an id, as `contract.Authority`."""
        country, number = split(vat_id)
        said = {"countryCode": country, "vatNumber": number}
        if self._requester:
            own = split(self._requester)
            said |= {"requesterMemberStateCode": own[0], "requesterNumber": own[1]}
        with site(self._address) as far:
            told = far.ask(Question("POST", "check-vat-number", json=said)).json()
        return _answer(told, country)


def split(vat_id: str) -> tuple[str, str]:
    """Country and number of an id.

    Raises:
        Refused: it is written like none; check digits are looked at where the country has them.
    """
    try:
        compact = str(vat.validate(vat_id))
    except ValidationError:
        raise Refused(f"“{vat_id}” is no VAT id of the EU: two letters of the country and its number.") from None
    return compact[:2], compact[2:]


def _answer(told: Any, country: str) -> Answer:
    if not isinstance(told, dict) or not isinstance(told.get("valid"), bool):
        raise Unreachable(f"VIES cannot ask {country} now; it is asked again later.")
    name = str(told.get("name") or "").strip("- ")
    return Answer(told["valid"], name, str(told.get("requestIdentifier") or ""))
