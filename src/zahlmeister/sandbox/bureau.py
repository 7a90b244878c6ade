"""A credit bureau on this machine: it knows people by name and birth date, counts its enquiries, and can be made ill.

Whoever it was told of is answered as told; of everybody else it knows nothing, or the address only where somebody else
lives there. Its faults are those of real ones: it is slow, breaks off, talks nonsense, or wants another key.
"""

import time
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zahlmeister.sandbox.shops.served import Asked, Said, Served, said

#: The key that it accepts.
KEY = "sandbox-key"


class Fault(StrEnum):
    """What is wrong with it now."""

    NONE = "none"
    SILENT = "silent"  # it takes the question and never answers in time
    ERROR = "error"  # 500
    BUSY = "busy"  # 503, later again
    GARBAGE = "garbage"  # a web page
    NONSENSE = "nonsense"  # data that mean nothing
    HALF = "half"  # the answer breaks off


@dataclass(frozen=True, slots=True)
class Somebody:
    """What it knows of a person or company."""

    score: Decimal | None
    identification: str = "N1"
    risk: str = "B0"
    features: tuple[str, ...] = ()


#: What it says when it is ill.
_ILL = {
    Fault.ERROR: said({"error": "internal"}, 500),
    Fault.BUSY: said({"error": "busy"}, 503, {"Retry-After": "5"}),
    Fault.GARBAGE: Said(200, b"<html><title>Wartung</title></html>", {"Content-Type": "text/html"}),
    Fault.NONSENSE: said({"ScoreValue": "sehr gut", "Identification": {"Code": "X"}, "Risk": {}}),
    Fault.HALF: Said(200, b'{"ScoreValue": 2.7, "Ident', {"Content-Type": "application/json"}),
}


class BureauServer(Served):
    """See the module. `seconds` is how long it is silent."""

    def __init__(self, seconds: float = 1) -> None:
        self.fault, self.seconds = Fault.NONE, seconds
        self.reports = 0
        self._known: dict[tuple[str, str], Somebody] = {}
        self._addresses: set[tuple[str, str]] = set()
        super().__init__()

    def knows(self, name: str, born_on: str, somebody: Somebody) -> None:
        """Tell it of a person by first and last name and birth date, or of a company by name and VAT number."""
        self._known[name.casefold(), born_on] = somebody

    def knows_address(self, street: str, postcode: str) -> None:
        """Somebody lives there, whoever he is."""
        self._addresses.add((street.casefold(), postcode))

    def answer(self, asked: Asked) -> Said:
        if self.fault is Fault.SILENT:
            time.sleep(self.seconds)
        if self.fault in _ILL:
            return _ILL[self.fault]
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return said({"error": "unauthorized"}, 401)
        return self._report(asked)

    def _report(self, asked: Asked) -> Said:
        told = asked.json()
        if told["Order"]["ProofOfInterest"] not in {1, 2, 3, 4}:
            return said({"error": "ProofOfInterest is missing"}, 422)
        self.reports += 1
        person, company = told.get("Person") or {}, told.get("Company") or {}
        name = company.get("Name") or f"{person['FirstName']} {person['LastName']}"
        known_by = company.get("VatId") or person.get("BirthDate", "")
        found = self._known.get((name.casefold(), known_by))
        if found is None:
            address = told["Address"]
            lives = (address["Street"].casefold(), address["PostalCode"]) in self._addresses
            found = Somebody(Decimal("3.1") if lives else None, "NW" if lives else "N0")
        return said(
            {
                "Reference": told["Order"]["CustomerReference"],
                "ScoreValue": found.score,
                "Identification": {"Code": found.identification},
                "Risk": {"Code": found.risk},
                "Features": [{"Code": code} for code in found.features],
            }
        )
