"""What the buyer of an order is asked to transfer, wherever it is said: in mails, on slips, on the payment page."""

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import Sender
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.accounts import is_qr_iban, tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import bank_of
from zahlmeister.money.references import is_creditor_reference, is_qr_reference
from zahlmeister.orders.models import Order
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

#: Where a postcode or a town is longer than banks take, the address is left out.
_LONGEST_TOWN, _LONGEST_STREET = 35, 70


def asked_of(item: OpenItem, account: BankAccount, sender: Sender, *, more_minor: int = 0) -> Asked:
    """What to transfer for what is open of an item.

    Args:
        item: with its order.
        account: where the money is to go; see `receivables.pay_to`.
        sender: stands in for the holder's name and gives the payee's address.
        more_minor: what is claimed besides, such as a fee.

    Raises:
        Refused: nothing is open, or reference and account do not go together.
    """
    if item.open_minor <= 0:
        raise Refused(f"Nothing is open on order {item.order.number}.")
    number, reference = tidy(account.number), said_reference(item.order)
    is_structured = is_creditor_reference(reference) or (is_qr_reference(reference) and is_qr_iban(number))
    return Asked(
        payee=Party(
            account.holder or sender.name, _address(sender.street, sender.postcode, sender.city, sender.country)
        ),
        iban=number,
        amount=Amount(item.open_minor + more_minor, item.currency),
        bic=account.bic or _bic(number),
        text="" if is_structured else reference,
        reference=reference if is_structured else "",
        payer=_payer(item.order),
    )


def said_reference(order: Order) -> str:
    """What the buyer is to write on the transfer."""
    return order.reference or order.number


def _payer(order: Order) -> Party | None:
    name = order.company or order.name
    address = _address(order.street, order.postcode, order.city, order.country)
    return Party(name[:70], address) if name else None


def _address(street: str, postcode: str, town: str, country: str) -> Address | None:
    """A whole address; None where a part that banks ask for is missing or longer than they take."""
    if not (postcode and town and len(country) == 2 and len(town) <= _LONGEST_TOWN and len(street) <= _LONGEST_STREET):
        return None
    return Address(town=town, country=country.upper(), postcode=postcode, street=street or None)


def _bic(iban: str) -> str | None:
    bank = bank_of(iban)
    return bank.bic if bank else None
