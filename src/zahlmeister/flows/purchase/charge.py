"""What the guarantor's work costs the merchant: a fee for each invoice and its tax, taken from the next settlement."""

from dataclasses import replace

from zahlmeister.ledger.rules import guarantee_charged, guarantee_tax_charged, seller_charged, seller_tax_charged
from zahlmeister.purchase.dues import Cause, book_both, owe
from zahlmeister.purchase.models import Capture
from zahlmeister.purchase.rules import share
from zahlmeister.purchase.states import DueKind


def charge(of: Capture, cause: Cause) -> None:
    """Charge the fee of a new capture, inside the caller's transaction and both sides' turns."""
    terms = of.authorisation.terms
    fee = terms.fee_minor + share(of.gross_minor, terms.fee_basis_points)
    tax = share(fee, terms.fee_tax_basis_points)
    seller, guarantor = of.merchant_id, terms.guarantor.merchant_id
    if fee:
        owe(of, replace(cause, kind=DueKind.FEE), -fee)
        book_both(of, seller_charged(seller), guarantee_charged(guarantor), fee, cause)
    if tax:
        owe(of, replace(cause, kind=DueKind.FEE_TAX), -tax)
        book_both(of, seller_tax_charged(seller), guarantee_tax_charged(guarantor), tax, cause)
