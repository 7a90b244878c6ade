"""The table of all switches as the page of the reference: written from what is there, so that it cannot be wrong."""

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import override

from zahlmeister.flows.settings.elsewhere import ELSEWHERE
from zahlmeister.flows.settings.read import default, is_own
from zahlmeister.flows.settings.registry import GROUPS, SWITCHES
from zahlmeister.flows.settings.switch import Form, Store, Switch, plain
from zahlmeister.merchants.rights import Area

HEADING = "## What a merchant sets"
_TAKES = {
    Form.SWITCH: "`true`, `false`",
    Form.COUNT: "a whole number from {least} to {most}",
    Form.AMOUNT: 'an amount, `"12.50"`',
    Form.DAY: "a day, `2026-11-30`",
    Form.COUNTS: "up to five whole numbers from {least} to {most}, `[6, 6]`",
    Form.AMOUNTS: 'up to five amounts, `["0.00", "2.50"]`',
}


def description() -> str:
    """Every setting with what it takes, begins with, means and does, as Markdown in English."""
    with override("en"):
        return "\n".join([HEADING, "", *_INTRODUCTION, *_tables(), *_elsewhere()]) + "\n"


_INTRODUCTION = (
    "Each is on the page *Settings* of the office and, unless its page alone changes it, in the file that",
    '`zahlmeister settings` writes and reads. In a file an empty text (`""`) says that nothing is said; a shop\'s',
    '`prepayment`, `invoice` or `cod` = `"as all shops"` gives it back the rules of all shops.',
    "",
    "*whose*: **all** is said once for all shops; **all, shop** may differ in a shop, whose rule of that kind is then",
    "its own as a whole; **shop** and **account** are said for each.",
    "",
)


def _tables() -> Iterator[str]:
    for group, rows in groupby(SWITCHES, lambda one: one.group):
        yield f"### {GROUPS[group]}"
        yield ""
        yield "| key | setting | takes | begins with | whose | right | meaning and effect |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_row(one) for one in rows)
        yield ""


def _row(one: Switch) -> str:
    cells = (
        f"`{one.key}`", one.name, _takes(one), _begins(one), _whose(one), _right(one), f"{one.meaning} {one.effect}",
    )  # fmt: skip
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _takes(one: Switch) -> str:
    if one.choices:
        listed = ", ".join(f"`{code}`" for code, _words in one.choices)
        takes = f"up to five of {listed}" if one.form is Form.CHOICES else f"one of {listed}"
    else:
        takes = _TAKES[one.form].format(least=one.least, most=one.most)
    unit = f" ({one.unit})" if one.unit else ""
    return f"{takes}{unit}{', or nothing' if one.may_be_empty else ''}"


def _begins(one: Switch) -> str:
    value = plain(one, default(one, "EUR"), "EUR")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value) or "nothing"


def _whose(one: Switch) -> str:
    if one.store is Store.ACCOUNT:
        return "account; its page only"
    if one.store is Store.SHOP:
        return "shop; its page only"
    if not is_own(one, 0):
        return "shop"
    return "all, shop" if is_own(one, 1) else "all"


def _right(one: Switch) -> str:
    return f"{Area(one.area).label}{', owners' if one.owner else ''}"


def _elsewhere() -> Iterator[str]:
    yield "### Elsewhere, and always so"
    yield ""
    yield "| setting of others | here |"
    yield "|---|---|"
    for one in ELSEWHERE:
        yield f"| {one.name} | {one.meaning} |"
