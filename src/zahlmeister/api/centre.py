"""The customer centre for programs: who is signed in at the shop comes in here, and what is used is charged."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from zahlmeister.api.program import Absent, by, shop_behind
from zahlmeister.flows.centre.charge import Charge, charge, undo_charge
from zahlmeister.flows.centre.let_in import let_in_from_shop
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.enter import EnteredDifferently
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import told_number

router = Router(tags=["centre"])
Data = dict[str, Any]


class SignInIn(Schema):
    """Somebody who is signed in at the shop."""

    email: str = Field(max_length=254)
    name: str = Field(default="", max_length=200)
    language: str = Field(default="de", max_length=5)


class ChargeIn(Schema):
    """What was used. `key` is the program's own and makes a charge once."""

    account: str = Field(max_length=20)
    amount: Decimal = Field(gt=0, lt=Decimal(10) ** 11)
    currency: str = Field(min_length=3, max_length=3)
    key: str = Field(min_length=1, max_length=60, pattern=r"^[\w.:-]+$")
    text: str = Field(default="", max_length=200)


@router.post("/centre/sign-in")
def sign_in(request: HttpRequest, handed_in: Body[SignInIn]) -> Data:
    """The address that signs this customer in: it is good for one time and a few minutes."""
    shop = shop_behind(request)
    address = let_in_from_shop(
        shop, handed_in.email, handed_in.name, language=handed_in.language[:2], by=by(shop), at=timezone.now()
    )
    return {"address": address}


@router.get("/centre/accounts")
def accounts(request: HttpRequest, email: str) -> list[Data]:
    """A customer's accounts with their balances; none for an address that has no access."""
    shop = shop_behind(request)
    rows = Account.objects.filter(merchant_id=shop.merchant_id, customer__email=email.strip().lower())
    return [_told(row) for row in rows.order_by("number")]


@router.post("/centre/charges")
def charges(request: HttpRequest, handed_in: Body[ChargeIn]) -> Data:
    """Take something off a balance. The same key again changes nothing; with other content it is a conflict."""
    shop = shop_behind(request)
    account = _account(shop, handed_in.account)
    amount = Amount.parse(format(handed_in.amount, "f"), handed_in.currency.upper())
    wanted = Charge(amount, handed_in.key, handed_in.text)
    try:
        entry = charge(shop, account.pk, wanted, by=by(shop), at=timezone.now())
    except EnteredDifferently as conflict:
        raise HttpError(409, str(conflict)) from conflict
    return _entered(entry)


@router.post("/centre/charges/{key}/undo")
def undo(request: HttpRequest, key: str) -> Data:
    """Give back what was charged under this key."""
    shop = shop_behind(request)
    return _entered(undo_charge(shop, key, by=by(shop), at=timezone.now()))


def _account(shop: Shop, number: str) -> Account:
    digits = number.upper().removeprefix("KK-")
    rows = Account.objects.filter(merchant_id=shop.merchant_id, number=int(digits) if digits.isdecimal() else -1)
    account = rows.first()
    if account is None:
        raise Absent(f"There is no account {number}.")
    return account


def _entered(entry: Entry) -> Data:
    return {"entry": entry.pk, "amount": (-entry.amount).text(), **_told(entry.account)}


def _told(account: Account) -> Data:
    held = balance_of(account)
    return {
        "account": told_number(account.number),
        "currency": account.currency,
        "balance": Amount(held.total, account.currency).text(),
        "paid": Amount(held.paid, account.currency).text(),
        "granted": Amount(held.granted, account.currency).text(),
    }
