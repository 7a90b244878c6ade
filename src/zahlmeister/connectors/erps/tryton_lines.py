"""Tryton's amounts: net lines and tax rows, from which gross lines are made that add up to the total."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zahlmeister.connectors.erps.documents import Line, TaxShare
from zahlmeister.money.amount import exponent
from zahlmeister.refusals import Unreadable

Row = Mapping[str, Any]


def minor_of(amount: Decimal, currency: str) -> int:
    """Whole minor units of an amount.

    Raises:
        Unreadable: it has parts of a cent.
    """
    minor = Decimal(amount).scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise Unreadable(f"{amount} {currency} has parts of the smallest coin.")
    return int(minor)


def share_of(total: Decimal, net: Decimal, all_net: Decimal, currency: str) -> int:
    """What of a gross total a part of its net amount is, in whole minor units; the whole where the net is all of it."""
    if not all_net or net == all_net:
        return minor_of(total, currency)
    return _whole((total * net / all_net).scaleb(exponent(currency)))


def lines_of(lines: Sequence[Row], taxes: Sequence[Row], total: int, currency: str) -> tuple[Line, ...]:
    """The billed lines with their tax; what rounding leaves over stands in the largest.

    Tryton rounds the tax of a document and not of its lines, so a line's share of it is reckoned with the one rate of
    the document, or with the mean of its rates where there are several.
    """
    billed = [line for line in lines if line["type"] == "line" and line["amount"]]
    if not billed:
        return ()
    sign = -1 if sum(line["amount"] for line in billed) < 0 else 1
    net = [Decimal(line["amount"]) * sign for line in billed]
    whole = sum(net)
    factor = Decimal(total).scaleb(-exponent(currency)) / whole if whole else Decimal(1)
    gross = [_whole((one * factor).scaleb(exponent(currency))) for one in net]
    largest = max(range(len(gross)), key=lambda index: abs(gross[index]))
    gross[largest] += total - sum(gross)
    rate = Decimal(taxes[0]["tax."]["rate"]) * 100 if len(taxes) == 1 and (taxes[0]["tax."] or {}).get("rate") else None
    return tuple(_line(line, minor, rate) for line, minor in zip(billed, gross, strict=True))


def taxes_of(taxes: Sequence[Row], untaxed: Decimal, currency: str) -> tuple[TaxShare, ...]:
    """The tax shares; none where they do not cover the whole net amount, because part of it is not taxed."""
    shares = tuple(
        TaxShare(
            Decimal((tax["tax."] or {}).get("rate") or 0) * 100,
            minor_of(abs(tax["base"]), currency),
            minor_of(abs(tax["amount"]), currency),
        )
        for tax in taxes
    )
    return shares if sum(share.net_minor for share in shares) == minor_of(untaxed, currency) else ()


def _line(line: Row, minor: int, rate: Decimal | None) -> Line:
    product = line["product."] or {}
    return Line(
        name=str(product.get("rec_name") or line["description"] or ""),
        minor=minor,
        quantity=abs(Decimal(line["quantity"] or 0)),
        article=str(product.get("code") or ""),
        tax_percent=rate,
    )


def _whole(minor: Decimal) -> int:
    return int(minor.quantize(Decimal(1), ROUND_HALF_UP))
