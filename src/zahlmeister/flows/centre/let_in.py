"""Who comes into the customer centre: by a link in a mail, or by what the shop says of somebody it knows.

Nobody learns here whether an address is known: whoever asks for a link gets the same answer, in the same time.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from zahlmeister.flows.centre.password import show_code
from zahlmeister.flows.centre.tell import tell_customer
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.centre import CentreKind
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import take_first
from zahlmeister.orders.models import Customer as Buyer
from zahlmeister.orders.models import Shop
from zahlmeister.orders.queries import ordered_by
from zahlmeister.prepaid.links import LASTS, LASTS_FROM_SHOP, REST, customer_behind, sign_in_address
from zahlmeister.prepaid.models import Account, AskedLink, Customer
from zahlmeister.prepaid.queries import centre_of
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "customer"


def ask_link(merchant: Merchant, email: str, *, language: str, at: datetime) -> None:
    """Note that somebody at the door wants a link to sign in; who it is, and whether he is known, is seen later."""
    address = email.strip().lower()
    if is_mail_address(address):
        told = {"language": language, "at": at}
        AskedLink.objects.update_or_create(merchant=merchant, email=address, defaults=told)


def send_link_next(*, clock: Clock) -> AskedLink | None:
    """A worker's turn: send a link to one who has asked, if this address may come in; None when nobody has asked.

    Another link within a minute is not sent.
    """
    now = clock()
    rows = AskedLink.objects.select_related("merchant").order_by("at", "pk")
    return take_first("send_link", rows, lambda asked: _send_link(asked, now), at=now)


def _send_link(asked: AskedLink, at: datetime) -> None:
    merchant = asked.merchant
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        AskedLink.objects.filter(pk=asked.pk, at=asked.at).delete()
        customer = _known(merchant, asked.email, asked.language, at) if centre_of(merchant.pk).is_on else None
        if customer is None or customer.is_blocked or _was_just_sent(customer, at):
            return
        customer.link, customer.link_until = customer.link + 1, at + LASTS
        customer.save(update_fields=["link", "link_until"])
        tell_customer(customer, CentreKind.SIGN_IN, f"link:{customer.pk}:{customer.link}", at=at, link=customer.link)


def enter_by_link(merchant: Merchant, token: str, code: str = "", *, at: datetime) -> Customer | None:
    """Use a link; None when it is old, was used, or is none of ours. A link signs in once.

    Who has a second factor gives a code of it, too: a wrong one lets nobody in, and the link is not used up.
    """
    found = customer_behind(merchant.pk, token, at=at)
    if found is None or not centre_of(merchant.pk).is_on:
        return None
    customer, link = found
    if customer.has_second_factor and not show_code(customer, code, at=at):
        return None
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        mine = Customer.objects.filter(pk=customer.pk, link=link, is_blocked=False)
        if not mine.update(link=link + 1, link_until=None, signed_in_at=at):
            return None
        record(merchant.pk, [Happened("customer", customer.pk, "signed_in", BY, "link")], at=at)
        open_accounts(customer, at=at)
    customer.refresh_from_db()
    return customer


def let_in_from_shop(shop: Shop, email: str, name: str, *, language: str, by: str, at: datetime) -> str:
    """The address that signs in somebody whom the shop has signed in: the newest link, without the mail.

    The shop's program proves by its key who asks; a link signs in once, and links of before are good no more.

    Raises:
        Refused: the merchant has no centre, the address cannot be one, or this customer may not come in.
    """
    if not centre_of(shop.merchant_id).is_on:
        raise Refused("The customer centre of this merchant is closed.")
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        customer = let_in(shop.merchant, email, name, language, by=by, at=at)
        if customer.is_blocked:
            raise Refused("This customer may not sign in.")
        customer.link, customer.link_until = customer.link + 1, at + LASTS_FROM_SHOP
        customer.save(update_fields=["link", "link_until"])
        record(shop.merchant_id, [Happened("customer", customer.pk, "sent_by_shop", by)], at=at)
    return sign_in_address(customer)


def let_in(merchant: Merchant, email: str, name: str, language: str, *, by: str, at: datetime) -> Customer:
    """Give somebody access, inside the caller's transaction and turn; who has it already keeps it.

    Raises:
        Refused: the address cannot be one.
    """
    address = email.strip().lower()
    if not is_mail_address(address):
        raise Refused(f"“{email[:80]}” is no mail address; the way in is a link by mail.")
    customer, is_new = Customer.objects.get_or_create(
        merchant=merchant,
        email=address,
        defaults={"name": name[:200], "language": language, "created_by": by, "created_at": at},
    )
    if is_new:
        record(merchant.pk, [Happened("customer", customer.pk, "let_in", by)], at=at)
    return customer


def open_accounts(customer: Customer, *, at: datetime) -> list[Account]:
    """An account for each buyer and currency that was ordered with this mail address, and at least one.

    Inside the caller's transaction and turn; accounts that exist stay as they are.
    """
    ordered = ordered_by(customer.merchant_id, customer.email).filter(customer__isnull=False)
    buyers = Buyer.objects.in_bulk(list(ordered.values_list("customer", flat=True)))
    for number, currency in ordered.order_by("customer", "currency").values_list("customer", "currency").distinct():
        if not Account.objects.filter(customer=customer, buyer=number, currency=currency).exists():
            open_account(customer, currency, buyer=buyers[number], by=BY, at=at)
    if not Account.objects.filter(customer=customer).exists():
        open_account(customer, customer.merchant.currency, by=BY, at=at)
    return list(Account.objects.filter(customer=customer))


def open_account(
    customer: Customer, currency: str, *, buyer: Buyer | None = None, name: str = "", by: str, at: datetime
) -> Account:
    """Open an account, inside the caller's transaction and turn."""
    last = Account.objects.filter(merchant_id=customer.merchant_id).aggregate(last=Max("number"))["last"] or 0
    account = Account.objects.create(
        merchant_id=customer.merchant_id,
        customer=customer,
        number=last + 1,
        name=(name or (buyer.company or buyer.number if buyer else ""))[:120],
        currency=currency,
        buyer=buyer,
        created_by=by,
        created_at=at,
    )
    record(customer.merchant_id, [Happened("account", account.pk, "opened", by)], at=at)
    return account


def _known(merchant: Merchant, address: str, language: str, at: datetime) -> Customer | None:
    customer = Customer.objects.filter(merchant=merchant, email=address).first()
    if customer is not None or not centre_of(merchant.pk).lets_in_buyers:
        return customer
    order = ordered_by(merchant.pk, address).order_by("-pk").first()
    return let_in(merchant, address, order.name, language, by=BY, at=at) if order else None


def _was_just_sent(customer: Customer, at: datetime) -> bool:
    return customer.link_until is not None and at < customer.link_until - LASTS + REST
