"""What every switch of a merchant stands at: his own value, and those of his shops and accounts that have one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import Model

from zahlmeister.banking.models import BankAccount
from zahlmeister.collection.models import CreditorData
from zahlmeister.correspondence.models import InformationRule
from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.dunning.policies import standard
from zahlmeister.flows.settings.registry import SWITCHES
from zahlmeister.flows.settings.switch import ONLY_OF_SHOPS, Form, Place, Store, Switch, Value
from zahlmeister.merchants.models import Merchant, NoticeRule
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.states import AT_WORK
from zahlmeister.refunds.models import RefundSettings
from zahlmeister.refunds.queries import settings_of

#: A row that a switch is kept in, with the shop or account it is for (0 for the merchant).
_Row = tuple[int, Model]
Snapshot = Mapping[Place, Value]


def snapshot(merchant_id: int) -> Snapshot:
    """Every value that is kept. A shop without a value of its own is not in it; the merchant's own always is."""
    merchant = Merchant.objects.get(pk=merchant_id)
    rows: dict[tuple[Store, str], list[_Row]] = {}
    for store, of, about, row in _rows(merchant):
        rows.setdefault((store, of), []).append((about, row))
    return {
        Place(switch.key, about): _value(switch, row, merchant.currency)
        for switch in SWITCHES
        for about, row in rows.get((switch.store, switch.of), ())
    }


def default(switch: Switch, currency: str) -> Value:
    """What a switch stands at until somebody says something else."""
    return _value(switch, _DEFAULTS[switch.store](switch.of), currency)


def value_of(snapshot: Snapshot, switch: Switch, about: int, currency: str) -> Value:
    """What counts for a shop or account, or for the merchant: its own value, his, or the default."""
    for place in (Place(switch.key, about), Place(switch.key)):
        if place in snapshot:
            return snapshot[place]
    return default(switch, currency)


def is_own(switch: Switch, about: int) -> bool:
    """Whether a value can be said for this shop or account (0: the merchant) at all."""
    if switch.store in ONLY_OF_SHOPS or switch.store is Store.ACCOUNT:
        return about != 0
    return about == 0 or switch.store is Store.ASKING


def _rows(merchant: Merchant) -> Iterator[tuple[Store, str, int, Model]]:
    number = merchant.pk
    yield Store.MERCHANT, "", 0, merchant
    yield Store.REFUNDS, "", 0, settings_of(number)
    for policy in _policies(number):
        yield Store.ASKING, policy.payment_kind, policy.shop_id or 0, policy
    for rule in InformationRule.objects.filter(merchant=number):
        yield Store.INFORMATION, rule.payment_kind, rule.shop_id, rule
    notices = {row.event: row for row in NoticeRule.objects.filter(merchant=number)}
    for event in {switch.of for switch in SWITCHES if switch.store is Store.NOTICES}:
        yield Store.NOTICES, event, 0, notices.get(event) or NoticeRule(event=event)
    yield Store.COLLECTION, "", 0, CreditorData.objects.filter(merchant=number).first() or CreditorData()
    for connection in ShopConnection.objects.filter(merchant=number):
        yield Store.SHOP, "", connection.shop_id, connection
    for account in BankAccount.objects.filter(merchant=number, is_ours=True, same_as=None):
        yield Store.ACCOUNT, "", account.pk, account


def _policies(merchant_id: int) -> Iterator[DunningPolicy]:
    """The rules for everybody, of all shops and of single ones; a group's own are looked at on their page."""
    kept = list(DunningPolicy.objects.filter(merchant_id=merchant_id, customer_group=""))
    general = {row.payment_kind for row in kept if row.shop_id is None}
    yield from kept
    yield from (row for row in standard(merchant_id) if row.payment_kind not in general)


def _value(switch: Switch, row: Model, currency: str) -> Value:
    if switch.column == "levels":
        return _of_levels(switch, row, currency)
    if switch.store is Store.SHOP:
        return bool(getattr(row, "state", "") in AT_WORK)
    found: Value = getattr(row, switch.column)
    if switch.form is Form.CHOICE:
        return str(found)
    return found


def _of_levels(switch: Switch, row: Model, currency: str) -> Value:
    """What a rule's levels say of one thing, one after the other; None without a level."""
    levels: list[dict[str, Any]] = getattr(row, "levels", [])
    if not levels:
        return None
    if switch.form is Form.COUNTS:
        return tuple(int(one["days"]) for one in levels)
    if switch.form is Form.AMOUNTS:
        return tuple(int(one.get("fees", {}).get(currency, 0)) for one in levels)
    return tuple(str(one.get("sent_by", "mail")) for one in levels)


def _first_rule(of: str) -> DunningPolicy:
    return next(row for row in standard(0) if row.payment_kind == of)


_DEFAULTS: Mapping[Store, Callable[[str], Model]] = {
    Store.MERCHANT: lambda _of: Merchant(),
    Store.REFUNDS: lambda _of: RefundSettings(),
    Store.ASKING: _first_rule,
    Store.INFORMATION: lambda _of: InformationRule(),
    Store.NOTICES: lambda _of: NoticeRule(),
    Store.COLLECTION: lambda _of: CreditorData(),
    Store.SHOP: lambda _of: ShopConnection(),
    Store.ACCOUNT: lambda _of: BankAccount(),
}
