"""What a payer is asked to transfer: the one record that codes, slips and letters are made from."""

from dataclasses import dataclass

from zahlmeister.formats.payments.checks import check_bic, check_iban
from zahlmeister.formats.payments.parties import Party
from zahlmeister.money.accounts import is_qr_iban
from zahlmeister.money.amount import Amount
from zahlmeister.money.references import is_creditor_reference, is_qr_reference
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Asked:
    """So much to this account, with this reference.

    `payee` is named exactly as the bank knows it, because payers' banks compare name and account. `text` is free
    remittance information; `reference` a structured one: RF… (ISO 11649) or a Swiss QR reference. `payer` is printed
    where a form has room for it.
    """

    payee: Party
    iban: str
    amount: Amount
    bic: str | None = None
    text: str = ""
    reference: str = ""
    payer: Party | None = None

    def __post_init__(self) -> None:
        check_iban(self.iban, "account that is paid to")
        check_bic(self.bic, self.iban, "account that is paid to")
        if self.reference and not (is_creditor_reference(self.reference) or is_qr_reference(self.reference)):
            raise Refused(
                f"“{self.reference[:40]}” is no structured reference: RF… with right check digits (ISO 11649) or the "
                "27 digits of a Swiss QR reference are expected. Anything else goes into the text."
            )
        if is_qr_iban(self.iban) != is_qr_reference(self.reference):
            raise Refused(
                f"A QR-IBAN is paid with a QR reference, and with nothing else; {self.iban} and "
                f"“{self.reference}” do not go together."
            )
