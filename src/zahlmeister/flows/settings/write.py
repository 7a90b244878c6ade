"""How each row that switches are kept in is written, inside the caller's transaction and turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from zahlmeister.collection.models import CreditorData
from zahlmeister.correspondence.models import InformationRule
from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.dunning.plan import BaseDay, Ending
from zahlmeister.dunning.policies import standard
from zahlmeister.flows.letter_settings import put_rule as put_information
from zahlmeister.flows.refund_settings import put_settings
from zahlmeister.flows.settings.switch import Form, Store, Switch, Value
from zahlmeister.flows.steer_dunning import PolicyWanted, drop_policy, put_policy
from zahlmeister.flows.tell_of_money import put_rule as put_notice
from zahlmeister.merchants.models import Event, Merchant, NoticeRule
from zahlmeister.orders.models import Shop
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Group:
    """What is to be written into one row. `is_dropped`: the shop's own is to go instead."""

    merchant: Merchant
    of: str
    about: int
    values: Mapping[Switch, Value]
    at: datetime
    is_dropped: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        return {switch.column: value for switch, value in self.values.items()}

    @property
    def shop(self) -> Shop:
        """The shop that it is about.

        Raises:
            Refused: it is not one of this merchant's.
        """
        found = Shop.objects.filter(merchant=self.merchant, pk=self.about).first()
        if found is None:
            raise Refused("This shop does not exist.")
        return found


def _merchant(group: Group) -> None:
    _of_nobody_else(group)
    Merchant.objects.filter(pk=group.merchant.pk).update(**group.columns)
    group.merchant.refresh_from_db()


def _refunds(group: Group) -> None:
    _of_nobody_else(group)
    put_settings(group.merchant, group.columns)


def _asking(group: Group) -> None:
    shop = group.shop if group.about else None
    if group.is_dropped:
        if shop is None:
            raise Refused("Only a shop can have what all shops have.")
        drop_policy(group.merchant, group.of, shop.pk)
        return
    row = _rule(group)
    columns = {name: value for name, value in group.columns.items() if name != "levels"}
    for name, value in columns.items():
        setattr(row, name, value)
    levels = _levels(row.levels, group)
    put_policy(group.merchant, _wanted(row, levels, group))


def _rule(group: Group) -> DunningPolicy:
    """What counts now for the shop or for all: the rule that is kept, or the one that a merchant begins with."""
    rows = DunningPolicy.objects.filter(merchant=group.merchant, payment_kind=group.of, customer_group="")
    own = rows.filter(shop=group.about).first() if group.about else None
    begins = next(row for row in standard(group.merchant.pk) if row.payment_kind == group.of)
    return own or rows.filter(shop=None).first() or begins


def _levels(levels: list[dict[str, Any]], group: Group) -> list[dict[str, Any]]:
    """The levels with what is said of their days, of how each is sent, and of its fee; the rest of each stays.

    Raises:
        Refused: something is said of a level that is not there.
    """
    told = {switch.form: value for switch, value in group.values.items() if switch.column == "levels"}
    made = [dict(one) for one in levels]
    if Form.COUNTS in told:
        days = _row(told[Form.COUNTS])
        fresh = [{"sent_by": SentBy.MAIL.value, "fees": {}} for _day in days[len(made) :]]
        made = [{**level, "days": day} for level, day in zip([*made, *fresh], days, strict=False)]
    for form, values in told.items():
        if form is not Form.COUNTS and len(_row(values)) > len(made):
            raise Refused("More is said than there are reminders; say their days first.")
    currency = group.merchant.currency
    for level, way in zip(made, _row(told.get(Form.CHOICES)), strict=False):
        level["sent_by"] = way
    for level, fee in zip(made, _row(told.get(Form.AMOUNTS)), strict=False):
        others = {code: minor for code, minor in level.get("fees", {}).items() if code != currency}
        level["fees"] = {**others, currency: fee} if fee else others
    return made


def _row(value: Value) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _wanted(row: DunningPolicy, levels: list[dict[str, Any]], group: Group) -> PolicyWanted:
    names = (
        "asks_once", "on_working_days", "minimum_minor", "bank_hours", "term_days",
        "with_interest", "with_flat_sum", "claims_costs",
    )  # fmt: skip
    return PolicyWanted(
        payment_kind=group.of,
        levels=levels,
        base=BaseDay(row.base),
        ending=Ending(row.ending),
        end_days=row.end_days,
        is_on=row.is_on,
        shop_id=group.about or None,
        since=row.since,
        more={name: getattr(row, name) for name in names},
    )


def _information(group: Group) -> None:
    """A rule that begins is for orders from today on, or a shop would write to a year of buyers."""
    if group.is_dropped:
        raise Refused("Each shop has its own here.")
    columns = group.columns
    known = InformationRule.objects.filter(merchant=group.merchant, shop=group.shop, payment_kind=group.of)
    if not known.exists():
        columns = {"since": timezone.localdate(group.at), **columns}
    put_information(group.shop, group.of, columns)


def _notices(group: Group) -> None:
    _of_nobody_else(group)
    event = Event(group.of)
    kept = NoticeRule.objects.filter(merchant=group.merchant, event=event).first() or NoticeRule(event=event)
    told = {"to_buyer": kept.to_buyer, "to_merchant": kept.to_merchant, **group.columns}
    put_notice(group.merchant, event, told["to_buyer"], told["to_merchant"])


def _collection(group: Group) -> None:
    _of_nobody_else(group)
    if not CreditorData.objects.filter(merchant=group.merchant).update(**group.columns):
        raise Refused("Who the creditor is has to be said before; see the page Collection.")


def _of_nobody_else(group: Group) -> None:
    if group.about or group.is_dropped:
        raise Refused("This is the same for all shops.")


WRITERS: Mapping[Store, Callable[[Group], None]] = {
    Store.MERCHANT: _merchant,
    Store.REFUNDS: _refunds,
    Store.ASKING: _asking,
    Store.INFORMATION: _information,
    Store.NOTICES: _notices,
    Store.COLLECTION: _collection,
}
