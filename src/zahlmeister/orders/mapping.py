"""What a shop's payment methods and statuses mean: read from the merchant's mapping, or told by the shop itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zahlmeister.connectors.shops.contract import Reading, ShopOrder, Verdict
from zahlmeister.connectors.shops.systems import SYSTEMS, Defaults
from zahlmeister.orders.models import KindMapping, PaymentKind, ShopConnection

#: The kinds that are watched; what is “other” is known and left alone.
KINDS = (PaymentKind.PREPAYMENT, PaymentKind.INVOICE, PaymentKind.COD)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What payment kinds mean in one shop; `by_kind` is empty where the shop keeps its own mapping."""

    by_kind: Mapping[str, Defaults]
    is_kept_by_shop: bool

    def kind_of(self, order: ShopOrder) -> str | None:
        """The payment kind of an order; None when it is not to be processed."""
        if self.is_kept_by_shop:
            return order.kind if order.kind in KINDS else PaymentKind.PREPAYMENT.value
        kinds = [kind for kind, meant in self.by_kind.items() if order.payment_method in meant.methods]
        return next(iter(kinds), None)

    def status_for(self, kind: str, verdict: Verdict) -> str | None:
        """What is written back; empty where the shop decides itself; None when nothing is told."""
        if self.is_kept_by_shop:
            return ""
        meant = self.by_kind.get(kind)
        if meant is None:
            return None
        return meant.paid if verdict is Verdict.PAID else meant.cancelled or None

    def reading(self, connection: ShopConnection) -> Reading:
        """Which orders are wanted from the shop."""
        kinds = {kind: (meant.methods, meant.open) for kind, meant in self.by_kind.items()}
        subshops = tuple(str(connection.settings.get("subshops", "")).replace(",", " ").split())
        return Reading(kinds=kinds, subshops=subshops, since=connection.since)


def meaning(connection: ShopConnection) -> Meaning:
    """The mapping as it stands."""
    if SYSTEMS[connection.system].keeps_mapping:
        return Meaning({}, is_kept_by_shop=True)
    rows = KindMapping.objects.filter(merchant_id=connection.merchant_id, connection=connection).order_by("kind")
    return Meaning(
        {
            row.kind: Defaults(tuple(row.methods), tuple(row.open_statuses), row.paid_status, row.cancelled_status)
            for row in rows
            if row.methods
        },
        is_kept_by_shop=False,
    )


def write_mapping(connection: ShopConnection, wanted: Mapping[str, Defaults]) -> None:
    """Keep what each payment kind means, in place of what was kept before."""
    for kind in KINDS:
        meant = wanted.get(kind, Defaults((), ()))
        KindMapping.objects.update_or_create(
            merchant_id=connection.merchant_id,
            connection=connection,
            kind=kind,
            defaults={
                "methods": list(meant.methods),
                "open_statuses": list(meant.open),
                "paid_status": meant.paid,
                "cancelled_status": meant.cancelled,
            },
        )


def fitting(defaults: Mapping[str, Defaults], methods: Iterable[str], statuses: Sequence[str]) -> dict[str, Defaults]:
    """The defaults of a system as far as this shop has those methods and statuses; all of them where it names none."""
    known_methods, known_statuses = set(methods), set(statuses)

    def keep(codes: Iterable[str], known: set[str]) -> tuple[str, ...]:
        return tuple(code for code in codes if code in known or not known)

    return {
        kind: Defaults(
            keep(meant.methods, known_methods),
            keep(meant.open, known_statuses),
            *("".join(keep([code], known_statuses)) for code in (meant.paid, meant.cancelled)),
        )
        for kind, meant in defaults.items()
    }


def objections(wanted: Mapping[str, Defaults]) -> list[str]:
    """What does not go together in a mapping, each a sentence; nothing when it can be used."""
    said = []
    used: dict[str, str] = {}
    for kind, meant in wanted.items():
        label = PaymentKind(kind).label
        twice = [method for method in meant.methods if used.setdefault(method, kind) != kind]
        if twice:
            said.append(f"The payment method “{twice[0]}” can only belong to one payment kind.")
        if meant.methods and not meant.open:
            said.append(f"Choose at least one open status for {label}, or no payment method.")
        if meant.paid and meant.paid in meant.open and meant.methods:
            said.append(f"“{meant.paid}” cannot be both open and paid for {label}.")
        if meant.cancelled and meant.cancelled in (*meant.open, meant.paid) and meant.methods:
            said.append(f"“{meant.cancelled}” cannot be cancelled and something else for {label}.")
    if not any(meant.methods for meant in wanted.values()):
        said.append("Choose at least one payment method; otherwise nothing is read from this shop.")
    return said
