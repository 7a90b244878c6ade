"""Everything that an agency is handed about an item, and everything that keeps the item from being handed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from zahlmeister.collection.agencies import Chooser
from zahlmeister.collection.eligible import Facts, Hindrance, hindrances
from zahlmeister.collection.law import Costs, costs_of
from zahlmeister.collection.models import Agency, CreditorData
from zahlmeister.connectors.agencies.contract import (
    Address,
    Claim,
    Creditor,
    Debtor,
    InterestSlice,
    Reminder,
)
from zahlmeister.dunning.claims import Claims, claims_of, default_of
from zahlmeister.dunning.forecast import coming, standing_of
from zahlmeister.dunning.models import DunningCase, DunningPolicy, Notice
from zahlmeister.dunning.plan import What
from zahlmeister.dunning.policies import Policies
from zahlmeister.dunning.states import Pause
from zahlmeister.flows.kept_back import money_seen
from zahlmeister.flows.run_dunning import told_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import verification_of
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind
from zahlmeister.orders.states import Presence
from zahlmeister.receivables.costs import unpaid_costs
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED
from zahlmeister.refusals import Refused

#: An agency asks for everything the law allows; what a merchant's notices left out is not given up by that.
_ALL_CLAIMS = DunningPolicy(with_interest=True, with_flat_sum=True)
#: The bank must have been read so recently before somebody is handed over.
_FRESH = timedelta(hours=72)
#: So many items are read in one go.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item with everything that decides on handing it over. Without hindrances there is an agency for it."""

    item: OpenItem
    hindrances: tuple[Hindrance, ...]
    agency: Agency | None
    costs: Costs | None

    @property
    def can_go(self) -> bool:
        return not self.hindrances


class Looking:
    """Looks at items with the eyes of an agency; what is the same for all of them is read once."""

    def __init__(self, merchant: Merchant, *, at: datetime, today: date) -> None:
        self._merchant, self._today = merchant, today
        self._policies, self._agencies = Policies(merchant.pk), Chooser(merchant.pk)
        self._seen = money_seen(merchant.pk)
        read_at = self._seen.bank_read_at
        self._is_stale = read_at is None or at - read_at > _FRESH
        self._is_verified = verification_of(merchant) == Verification.VERIFIED
        self.creditor = CreditorData.objects.filter(merchant=merchant).first()

    def at(self, item: OpenItem) -> Candidate:
        """One item, read with its order, shop, customer's block and dunning case."""
        country = _country(item)
        agency = self._agencies.of(country, item.open)
        facts = self._facts(item, agency)
        found = tuple(hindrances(facts, today=self._today))
        costs = costs_of(country, _decimal(item.open)) if item.open_minor > 0 else None
        return Candidate(item, found, agency, costs)

    def _facts(self, item: OpenItem, agency: Agency | None) -> Facts:
        order, asking = item.order, _asking(item)
        default = default_of(item, told_of(item))
        due_on = item.due_on or item.opened_on
        return Facts(
            open_minor=item.open_minor if item.state in OWED else 0,
            country=_country(item),
            is_on_invoice=order.payment_kind == PaymentKind.INVOICE,
            is_test=order.shop.is_test,
            is_gone=order.presence != Presence.HERE,
            is_handed_over=item.pk in self._seen.at_agencies,
            notices_after_due=_notices(item).filter(on__gte=due_on).count(),
            has_levels_left=self._has_levels_left(item),
            default_since=default.since if default else None,
            is_disputed=_is_paused(asking, Pause.DISPUTE, self._today),
            is_returned=_is_paused(asking, Pause.RETURN, self._today),
            is_blocked=item.pk in self._seen.guaranteed or _is_blocked(item, asking, self._today),
            has_waiting_payment=item.pk in self._seen.likely_paid,
            is_bank_stale=self._is_stale,
            due_on=due_on,
            name=order.company or order.name,
            street=order.street,
            postcode=order.postcode,
            city=order.city,
            invoice_number=order.invoice_number,
            has_agency=agency is not None,
            least_minor=self.creditor.least_minor if self.creditor else 0,
            is_creditor_complete=_is_complete(self.creditor),
            is_verified=self._is_verified,
        )

    def _has_levels_left(self, item: OpenItem) -> bool:
        row = standing_of(item.merchant_id, item.pk)
        step = coming(row, self._policies, today=self._today) if row else None
        return step is not None and step.step.what is What.REMIND


def candidates(merchant: Merchant, *, at: datetime, today: date, most: int | None = None) -> Iterator[Candidate]:
    """The items that asking has not helped with, each with what keeps it from being handed over; oldest debt first."""
    looking = Looking(merchant, at=at, today=today)
    asked = Q(dunning__level__gt=0) | ~Q(dunning__ended="")
    rows = OpenItem.objects.filter(asked, merchant=merchant, state__in=OWED, dunning__isnull=False)
    rows = rows.filter(order__payment_kind=PaymentKind.INVOICE).order_by("opened_on", "pk")
    rows = rows.select_related("order__shop", "order__customer__dunning_block", "dunning")
    for item in rows.iterator(chunk_size=_AT_ONCE) if most is None else rows[:most]:
        yield looking.at(item)


def one(merchant: Merchant, item_id: int, *, at: datetime, today: date) -> tuple[Candidate, CreditorData | None]:
    """One item and the creditor's data.

    Raises:
        Refused: the merchant has no such item.
    """
    rows = OpenItem.objects.filter(merchant=merchant, pk=item_id)
    item = rows.select_related("order__shop", "order__customer__dunning_block", "dunning").first()
    if item is None:
        raise Refused("This order does not exist.")
    looking = Looking(merchant, at=at, today=today)
    return looking.at(item), looking.creditor


def claim_of(item: OpenItem, creditor: CreditorData, *, reference: str, today: date) -> Claim:
    """The whole claim as it is handed over today.

    Raises:
        Refused: the debtor is not in default, so that there is nothing to hand over.
    """
    told = told_of(item)
    default = default_of(item, told)
    if default is None or default.since > today:
        raise Refused("The buyer is not in default yet; an agency could not ask for anything.")
    claims = claims_of(item, _ALL_CLAIMS, today=today, told=told, least_interest=1)
    notices = list(_notices(item).order_by("level"))
    order, currency, costs = item.order, item.currency, unpaid_costs(item)
    return Claim(
        reference=reference,
        order_number=order.number,
        subject=_subject(item, creditor),
        contract_on=order.ordered_on or item.opened_on,
        invoice_number=order.invoice_number,
        invoiced_on=order.invoiced_on or item.opened_on,
        due_on=item.due_on or item.opened_on,
        default_since=default.since,
        default_by=default.reason,
        total=order.total,
        principal=Amount(item.open_minor - (costs if item.claims_costs else 0), currency),
        fees=Amount(min(sum(notice.fee_minor for notice in notices), costs), currency),
        flat=Amount(claims.flat_minor, currency),
        interest=Amount(claims.interest_minor, currency),
        interest_basis=str(claims.facts.get("basis", "")),
        slices=_slices(claims, currency),
        reminders=[
            Reminder(notice.on, notice.level, notice.sent_by, Amount(notice.fee_minor, currency)) for notice in notices
        ],
        creditor=_creditor(creditor),
        debtor=_debtor(item),
        language=order.language[:2] or "de",
    )


def _notices(item: OpenItem) -> QuerySet[Notice]:
    return Notice.objects.filter(merchant_id=item.merchant_id, item=item, was_skipped=False, what=What.REMIND)


def _country(item: OpenItem) -> str:
    return item.order.country.upper() or item.merchant.country


def _decimal(amount: Amount) -> Decimal:
    return Decimal(amount.text())


def _asking(item: OpenItem) -> DunningCase | None:
    try:
        found: DunningCase = item.dunning
    except DunningCase.DoesNotExist:
        return None
    return found


def _is_paused(asking: DunningCase | None, why: Pause, today: date) -> bool:
    return asking is not None and asking.paused_for == why and today <= (asking.paused_until or date.max)


def _is_blocked(item: OpenItem, asking: DunningCase | None, today: date) -> bool:
    """By an agreement or another reason for the order, or for the customer."""
    block = getattr(item.order.customer, "dunning_block", None)
    if block is not None and today <= (block.until or date.max):
        return True
    return any(_is_paused(asking, why, today) for why in (Pause.AGREEMENT, Pause.OTHER))


def _is_complete(creditor: CreditorData | None) -> bool:
    needed = ("name", "street", "postcode", "city", "country", "contact", "phone")
    return creditor is not None and all(getattr(creditor, name).strip() for name in needed)


def _subject(item: OpenItem, creditor: CreditorData) -> str:
    """What was sold, as the contract's subject (§ 13a (1) No. 2 RDG): the articles where the shop told them."""
    names = [
        str(one.get("name") or one.get("number") or "") if isinstance(one, dict) else str(one)
        for one in item.order.items
    ]
    articles = ", ".join(name for name in names if name)
    return f"{creditor.subject}: {articles}"[:140] if articles else creditor.subject


def _slices(claims: Claims, currency: str) -> list[InterestSlice]:
    return [
        InterestSlice(
            first=date.fromisoformat(one["first"]),
            last=date.fromisoformat(one["last"]),
            days=one["days"],
            principal=Amount(one["principal"], currency),
            percent=Decimal(one["percent"]),
        )
        for one in claims.facts.get("slices", [])
    ]


def _creditor(creditor: CreditorData) -> Creditor:
    return Creditor(
        name=creditor.name,
        address=Address(creditor.street, creditor.postcode, creditor.city, creditor.country),
        deducts_tax=creditor.deducts_tax,
        tax_number=creditor.tax_number,
        contact=creditor.contact,
        phone=creditor.phone,
        email=creditor.email,
    )


def _debtor(item: OpenItem) -> Debtor:
    order = item.order
    return Debtor(
        name=order.name,
        company=order.company,
        address=address_of(item),
        email=order.email,
        phone=order.phone,
        customer_number=order.customer_number,
    )


def address_of(item: OpenItem) -> Address:
    """Where the buyer's bill goes, as the shop last said."""
    order = item.order
    return Address(order.street, order.postcode, order.city, _country(item))
