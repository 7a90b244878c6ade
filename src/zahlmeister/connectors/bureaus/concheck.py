"""A bureau that is asked by REST in the way of a ConCheck report.

Asked: the order (our reference, proof of interest), the person, the address. Answered: a score value from 1.0 (good) to
6.0, a code of how well the person is known (N0 not at all, N1 yes, N2 with other data, NW the address only), a code of
risk (B0 none, B11 hard marks), and feature codes. Words and codes are those of the public description of the interface.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from zahlmeister.connectors.bureaus.contract import Answer, Enquiry, Interest, Known
from zahlmeister.connectors.web import Question, Site, site
from zahlmeister.refusals import Unreachable

#: A buyer waits in front of the answer.
SECONDS = 8
_INTEREST = {Interest.CREDIT: 1, Interest.CLAIM: 4}
_KNOWN = {"N0": Known.NO, "N1": Known.YES, "N2": Known.DIFFERENTLY, "NW": Known.ADDRESS_ONLY}
_NO_RISK = "B0"
#: Declarations of assets, and insolvency: marks from public registers.
_HARD = {"AV", "AH", "AU", "B11", "IN"}


@contextmanager
def opened(*, address: str, secrets: Mapping[str, str]) -> Iterator["ConCheck"]:
    """The bureau at an address, with the key that the merchant was given."""
    headers = {"Authorization": f"Bearer {secrets.get('key', '')}"}
    with site(address, headers=headers, seconds=SECONDS) as far_side:
        yield ConCheck(far_side)


class ConCheck:
    """See `contract.Bureau`."""

    def __init__(self, far_side: Site) -> None:
        self._site = far_side

    def ask(self, enquiry: Enquiry) -> Answer:
        question = Question("POST", "/concheck", json=_body(enquiry), headers={"Idempotency-Key": enquiry.reference})
        reply = self._site.ask(question)
        told = reply.json()
        try:
            return _answer(told)
        except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError):
            raise Unreachable(f"{self._site.host} answers with a report that cannot be read.") from None


def _body(enquiry: Enquiry) -> dict[str, Any]:
    person: dict[str, Any] = {"FirstName": enquiry.first_name, "LastName": enquiry.last_name}
    if enquiry.born_on:
        person["BirthDate"] = enquiry.born_on.isoformat()
    company = {"Name": enquiry.company, "VatId": enquiry.vat_id}
    return {
        "Order": {
            "CustomerReference": enquiry.reference,
            "ProofOfInterest": _INTEREST[enquiry.interest],
            "ReportFormat": "JSON",
        },
        **({"Company": company} if enquiry.company else {"Person": person}),
        "Address": {
            "Street": enquiry.street,
            "HouseNumber": enquiry.house_number,
            "PostalCode": enquiry.postcode,
            "City": enquiry.city,
            "CountryCode": enquiry.country,
        },
    }


def _answer(told: Mapping[str, Any]) -> Answer:
    known = _KNOWN[told["Identification"]["Code"]]
    score = told.get("ScoreValue")
    grade = Decimal(str(score)) if score is not None else None
    if grade is not None and not Decimal(1) <= grade <= Decimal(6):
        raise ValueError(score)
    risk = told["Risk"]["Code"]
    features = [str(one["Code"]) for one in told.get("Features", ())]
    marks = tuple(code for code in (risk, *features) if code != _NO_RISK)
    return Answer(known, grade, marks, is_negative=any(mark in _HARD for mark in marks))
