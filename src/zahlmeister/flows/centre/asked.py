"""What a customer of the centre is asked to transfer, and who writes to customers."""

from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.senders import sender_of
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.accounts import tidy
from zahlmeister.money.banks import bank_of
from zahlmeister.money.references import is_qr_reference
from zahlmeister.prepaid.models import AnnouncedTransfer


def centre_sender(merchant_id: int) -> Sender | None:
    """Who writes to a merchant's customers: the sender of all shops, else the oldest one of a shop."""
    return sender_of(merchant_id, None) or Sender.objects.filter(merchant_id=merchant_id).order_by("pk").first()


def asked_of_transfer(transfer: AnnouncedTransfer, sender: Sender) -> Asked:
    """What to type or to scan for an announced transfer.

    Raises:
        Refused: reference and account do not go together.
    """
    number = tidy(transfer.to.number)
    bank = bank_of(number)
    is_structured = is_qr_reference(transfer.reference)
    return Asked(
        payee=Party(transfer.to.holder or sender.name, _address(sender)),
        iban=number,
        amount=transfer.amount,
        bic=transfer.to.bic or (bank.bic if bank else None),
        text="" if is_structured else transfer.reference,
        reference=transfer.reference if is_structured else "",
    )


def _address(sender: Sender) -> Address | None:
    if not (sender.postcode and sender.city and sender.country):
        return None
    return Address(
        town=sender.city, country=sender.country.upper(), postcode=sender.postcode, street=sender.street or None
    )
