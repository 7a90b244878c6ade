"""Tell buyers to whom the claim of their invoice belongs, wherever they are told how to pay a guarantor."""

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.purchase.assignment import assignment_text
from zahlmeister.purchase.models import Capture
from zahlmeister.receivables.models import OpenItem


def assigned_notice(item: OpenItem, asked: Asked | None, language: str) -> str:
    """The notice of an invoice whose claim was bought; empty for everything else.

    Args:
        item: what is asked for, in the books of who asks.
        asked: what the buyer is to transfer; None when he is not asked to.
        language: of the letter or page.
    """
    if asked is None or not Capture.objects.filter(item=item).exists():
        return ""
    reference = asked.reference or asked.text
    return assignment_text(language, payee=asked.payee.name, iban=asked.iban, reference=reference)
