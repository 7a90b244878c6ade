"""What a buyer is told when the claim of his invoice was sold: he can pay only to whom it belongs now.

§ 407 BGB protects a buyer who pays the seller because nobody has told him; the notice takes that from him. The merchant
prints it on the invoice, and whatever the guarantor writes says it too. Languages without it get the English one.
"""

_TEXTS = {
    "de": (
        "Die Forderung aus dieser Rechnung wurde an {payee} abgetreten. Mit schuldbefreiender Wirkung kann nur an "
        "{payee} gezahlt werden: IBAN {iban}, Verwendungszweck {reference}."
    ),
    "en": (
        "The claim of this invoice was assigned to {payee}. It can be paid with discharging effect to {payee} only: "
        "IBAN {iban}, reference {reference}."
    ),
    "fr": (
        "La créance de cette facture a été cédée à {payee}. Seul un paiement à {payee} est libératoire : "
        "IBAN {iban}, communication {reference}."
    ),
    "it": (
        "Il credito di questa fattura è stato ceduto a {payee}. Solo il pagamento a {payee} ha effetto liberatorio: "
        "IBAN {iban}, causale {reference}."
    ),
}


def assignment_text(language: str, *, payee: str, iban: str, reference: str) -> str:
    """The notice about an invoice.

    Args:
        language: of the invoice, such as de or de-AT.
        payee: whom the claim belongs to now.
        iban: his account.
        reference: what the buyer writes on the transfer.
    """
    text = _TEXTS.get(language[:2].lower(), _TEXTS["en"])
    return text.format(payee=payee, iban=_grouped(iban), reference=reference)


def _grouped(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
