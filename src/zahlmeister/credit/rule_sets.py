"""Rule sets as they are kept: every version that was ever published, the newest in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from zahlmeister.credit.kinds import KINDS, Effect, State
from zahlmeister.credit.ladder import RuleSet, Setting, setting_of, standard
from zahlmeister.credit.models import RuleSetVersion
from zahlmeister.refusals import Unreadable


def in_force(merchant_id: int, currency: str) -> RuleSet:
    """The merchant's rules now; those of everybody as long as none were published."""
    row = versions(merchant_id, currency).first()
    return rule_set_of(row) if row else standard(currency)


def versions(merchant_id: int, currency: str) -> Any:
    """Every published version, the newest first."""
    return RuleSetVersion.objects.filter(merchant_id=merchant_id, currency=currency).order_by("-version")


def rule_set_of(row: RuleSetVersion) -> RuleSet:
    """A kept version as the ladder wants it. A rule that came into the house later begins in its usual way."""
    settings = {
        code: _setting(code, row.settings[code]) if code in row.settings else setting_of(kind)
        for code, kind in KINDS.items()
    }
    return RuleSet(row.currency, settings, row.version)


def publish(
    merchant_id: int, rules: RuleSet, *, why: str, preview: Mapping[str, Any], by: str, at: datetime
) -> RuleSetVersion:
    """Keep a new version behind the newest, inside the caller's transaction."""
    newest = versions(merchant_id, rules.currency).first()
    row = RuleSetVersion(
        merchant_id=merchant_id,
        currency=rules.currency,
        version=(newest.version if newest else 0) + 1,
        settings={code: _document(rules.of(code)) for code in KINDS},
        preview=dict(preview),
        why=why,
        by=by,
        at=at,
    )
    row.save(force_insert=True)
    return row


def changed(rules: RuleSet, told: Mapping[str, Any]) -> RuleSet:
    """The rules with some of them set otherwise, as plain data: rule → what of it is set.

    Raises:
        Unreadable: a rule or setting that there is not.
    """
    settings = dict(rules.settings)
    for code, wanted in told.items():
        if code not in KINDS:
            raise Unreadable(f"There is no rule “{code}”.")
        before = _document(rules.of(code))
        unknown = (set(wanted) - set(before)) | (set(wanted.get("values", ())) - set(KINDS[code].defaults()))
        if unknown:
            raise Unreadable(f"The rule “{code}” has no “{min(unknown)}”.")
        values = {**before["values"], **wanted.get("values", {})}
        try:
            settings[code] = _setting(code, {**before, **wanted, "values": values})
        except ValueError:
            raise Unreadable(f"The rule “{code}” is set to something that there is not.") from None
    return replace(rules, settings=settings)


def _document(setting: Setting) -> dict[str, Any]:
    return {
        "state": str(setting.state),
        "effect": str(setting.effect),
        "values": {name: list(one) if isinstance(one, tuple) else one for name, one in setting.values.items()},
        "limit_minor": setting.limit_minor,
        "one_in": setting.one_in,
        "methods": list(setting.methods),
    }


def _setting(code: str, told: Mapping[str, Any]) -> Setting:
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in told["values"].items()}
    return Setting(
        State(told["state"]),
        Effect(told["effect"]),
        {**KINDS[code].defaults(), **values},
        told["limit_minor"],
        told["one_in"],
        tuple(told["methods"]),
    )
