"""Money that came back: how each format says that a payment was returned, and why.

A returned payment must never pay an order. The codes are those of the German banks (Geschäftsvorfallcode, DFÜ
agreement, annex 3), of ISO 20022's bank transaction codes, and the text key extensions of `?34`.
"""

import re

#: Returned direct debits (108, 109), returned transfers (159, instant 160), refunds of debits to the one who
#: paid (181, 184) and reversals (193).
RETURN_GVC = frozenset({"108", "109", "159", "160", "181", "184", "193"})

#: ISO sub-families: returned transfer, unpaid and reversed direct debit, cancelled payment, unpaid or
#: reversed cheque.
RETURN_SUBFAMILIES = frozenset({"RRTN", "UPDD", "PRDD", "RPCR", "UPCQ", "CQRV", "UPCT"})

#: The text key extension `?34` of returned items as ISO reason; 914 stands for MS02, MS03 and NARR: no reason
#: given.
REASON_OF_TEXT_KEY = {
    "901": "AC01",
    "902": "AC04",
    "903": "AC06",
    "904": "AG01",
    "905": "AG02",
    "906": "AM04",
    "907": "AM05",
    "908": "BE04",
    "914": "MS03",
    "915": "RC01",
    "916": "TM01",
    "917": "RR01",
}

#: Reasons as ISO writes them (external code list), as banks put them into texts: `Rueckgabegrund: AC04`.
_REASON = re.compile(
    r"\b(AC0[1346]|AC13|AG0[1-3]|AM0[4579]|BE0[1456]|CNOR|CUST|DNOR|FOCR|MD0[1267]|MS0[23]|RC01|RR0[1-4]|SL01|"
    r"TM01)\b"
)


def reason_in(text: str | None) -> str | None:
    """The reason code a text contains; only to be asked about returned payments."""
    found = _REASON.search(text or "")
    return found[1] if found else None
