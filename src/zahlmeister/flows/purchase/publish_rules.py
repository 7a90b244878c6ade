"""Publish another version of the rules, with what it would have changed of the past; no version is ever changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.credit.kinds import KINDS, Effect, Measure, Value
from zahlmeister.credit.ladder import RuleSet, Setting
from zahlmeister.credit.models import RuleSetVersion
from zahlmeister.credit.rule_sets import in_force, publish
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

#: The highest figure a setting may have, by what it is measured in.
_MOST = {
    Measure.HOUR: 24,
    Measure.PERCENT: 100,
    Measure.FLAG: 1,
    Measure.YEARS: 120,
    Measure.HOURS: 24 * 30,
    Measure.DAYS: 3650,
}


def publish_rules(
    merchant: Merchant, rules: RuleSet, why: str, *, preview: Mapping[str, Any], by: str, at: datetime
) -> RuleSetVersion:
    """Let these rules be in force from now on. `rules.version` is the version that was changed.

    Raises:
        Refused: there is no reason, a setting is none, or somebody else has published meanwhile.
    """
    if not why.strip():
        raise Refused("Say why the rules are changed; whoever looks at a decision later will ask.")
    for code, setting in rules.settings.items():
        checked(code, setting)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        now = in_force(merchant.pk, rules.currency)
        if now.version != rules.version:
            raise Refused(f"Version {now.version} of the rules was published meanwhile; look at it first.")
        changed = [code for code in KINDS if now.of(code) != rules.of(code)]
        if not changed:
            raise Refused("Nothing of the rules is changed.")
        row = publish(merchant.pk, rules, why=why.strip()[:240], preview=preview, by=by, at=at)
        facts = {"version": row.version, "rules": changed}
        record(merchant.pk, [Happened("rule_set", row.pk, "published", by, row.why, facts)], at=at)
    return row


def checked(code: str, setting: Setting) -> None:
    """Refuse a setting that means nothing.

    Raises:
        Refused: which rule, and what is wrong.
    """
    kind = KINDS[code]
    if setting.effect not in kind.effects:
        raise Refused(f"The rule “{code}” cannot {setting.effect}.")
    if setting.one_in < 1 or (setting.effect is Effect.LIMIT and setting.limit_minor < 0):
        raise Refused(f"The rule “{code}” has a figure below what is possible.")
    for value in kind.values:
        _check_value(code, value, setting.values.get(value.name, value.default))


def _check_value(code: str, value: Value, told: int | tuple[str, ...]) -> None:
    if isinstance(told, tuple) != (value.measure is Measure.WORDS):
        raise Refused(f"The rule “{code}” has no such value for “{value.name}”.")
    if isinstance(told, int) and not 0 <= told <= _MOST.get(value.measure, 10**12):
        raise Refused(f"The rule “{code}” has a figure for “{value.name}” that is not possible.")
