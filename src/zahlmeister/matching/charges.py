"""Did banks on the way keep a part of this payment, although nobody says so?

A transfer from outside SEPA passes banks that each take their charge, and a paper slip paid in at a counter costs its
receiver a fee. What arrives is a little too low, and the customer has paid all of it.
"""

from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import words

#: Countries whose transfers arrive whole: the geographical scope of the SEPA schemes (EPC409-09, October 2025).
SEPA = words(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT "
    "RO RS SE SI SK SM VA"
)
#: GVC of foreign transfers, and what ISO calls a cross-border credit.
_FOREIGN_CODES = frozenset({"201", "202", "203", "204", "205", "206", "211"})
_CROSS_BORDER = ("XBCT", "XBST")
#: How banks call what was paid in on paper or at a counter.
_PAPER_CODES = frozenset({"082", "PMNT/CNTR/CDPT", "PMNT/CNTR/BCDP"})
_PAPER_WORDS = ("EINZAHLUNGSSCHEIN", "ZAHLSCHEIN", "BAREINZAHLUNG", "SCHALTEREINZAHLUNG", "BELEGHAFT")
#: At most so much, in minor units, and at most this part of what is owed.
_MOST_FOREIGN, _PART_FOREIGN = 3_000, 4
_MOST_PAPER, _PART_PAPER = 500, 10
_CURRENCIES = frozenset({"EUR", "CHF", "USD", "GBP"})


def may_be_charges(payment: Payment, missing: int, owed: int) -> bool:
    """Whether what is missing, in minor units above zero, may have been kept on the way."""
    if payment.currency not in _CURRENCIES:
        return False
    if _is_foreign(payment):
        return missing <= _MOST_FOREIGN and missing * _PART_FOREIGN <= owed
    return _is_paper(payment) and missing <= _MOST_PAPER and missing * _PART_PAPER <= owed


def _is_foreign(payment: Payment) -> bool:
    iban, code = payment.iban or "", payment.bank_code or ""
    if code in _FOREIGN_CODES or code.endswith(_CROSS_BORDER):
        return True
    return iban[:2].isalpha() and iban[2:4].isdigit() and len(iban) >= 15 and iban[:2] not in SEPA


def _is_paper(payment: Payment) -> bool:
    text = (payment.booking_text or "").upper()
    return payment.bank_code in _PAPER_CODES or any(word in text for word in _PAPER_WORDS)
