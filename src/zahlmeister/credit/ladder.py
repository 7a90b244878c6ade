"""The ladder of rules, cheap ones first: how a merchant set them, and what they decide together.

Every rule that is on is looked at, whatever the others say, so that a decision tells all its reasons. Of what spoke the
gravest effect counts; a rule that accepts lets the softer ones behind it not count. A rule in the shadow is recorded
and never counts. A score made by adding is not made here: what decides can be read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from zahlmeister.credit.corrections import corrections
from zahlmeister.credit.kinds import BUREAU, KINDS, WITHIN_LIMIT, Effect, Kind, State
from zahlmeister.credit.look import Case, Seen
from zahlmeister.credit.public import key_of
from zahlmeister.credit.reasons import REASONS, Sort, because, sort_of
from zahlmeister.credit.rules import Application, Decision, Facts, Method, Mode, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Setting:
    """How a merchant set one rule. `one_in` lets it look at every so-manieth application only."""

    state: State
    effect: Effect
    values: Mapping[str, int | tuple[str, ...]] = field(default_factory=dict)
    limit_minor: int = 10_000  # where the effect is a limit and the rule gives none of its own
    one_in: int = 1
    methods: tuple[str, ...] = ()  # it counts for these methods only; none: for all


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of a merchant's rules. Version 0 is what everybody begins with. A rule that is not named is off."""

    currency: str
    settings: Mapping[str, Setting]
    version: int = 0

    def of(self, code: str) -> Setting:
        """How one rule is set."""
        return self.settings.get(code) or replace(setting_of(KINDS[code]), state=State.OFF)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule came to. `counts` says whether it moved the decision; a rule that did not speak has no reasons."""

    rule: str
    state: State
    effect: Effect
    seen: Seen
    methods: tuple[str, ...] = ()
    counts: bool = False

    @property
    def spoke(self) -> bool:
        return bool(self.seen.reasons)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with everything that led to it. `in_shadow` is what it were if the rules in the shadow counted."""

    decision: Decision
    findings: Sequence[Finding]
    in_shadow: Outcome

    @property
    def accepted_early(self) -> bool:
        """Whether a rule that accepts lets the softer ones, and so the bureau, not count."""
        return any(one.counts and one.effect is Effect.ACCEPT for one in self.findings)


def setting_of(kind: Kind) -> Setting:
    """What a merchant begins with."""
    return Setting(kind.state, kind.effect, kind.defaults())


def standard(currency: str) -> RuleSet:
    """The rules every merchant begins with."""
    return RuleSet(currency, {code: setting_of(kind) for code, kind in KINDS.items()})


def decide(application: Application, facts: Facts, rules: RuleSet, *, at: datetime, mode: Mode = Mode.CHECK) -> Verdict:
    """What is decided, and why.

    Args:
        application: what is asked for.
        facts: what the house knows of the buyer.
        rules: the merchant's.
        at: now, in the time zone of the merchant.
        mode: whether only the data are looked at, or everything.
    """
    case = Case(application, facts, at, rules.currency)
    kinds = [
        kind for kind in KINDS.values() if (kind.is_data or mode is not Mode.VALIDATE) and kind.code != WITHIN_LIMIT
    ]
    sample = int(application.fingerprint()[:12], 16)
    found = [one for kind in kinds if (one := _look(kind, rules.of(kind.code), case, sample)) is not None]
    counted = list(_counted(found, is_told=application.was_told))
    limited = replace(case, limit_minor=_limit(counted))
    last = _look(KINDS[WITHIN_LIMIT], rules.of(WITHIN_LIMIT), limited, sample) if mode is not Mode.VALIDATE else None
    if last is not None:
        counted.append(replace(last, counts=last.spoke and last.state is State.ON))
    decision = _decision(application, counted, limited)
    shadow = [replace(one, counts=one.counts or (one.spoke and one.state is State.SHADOW)) for one in counted]
    better = corrections(application, facts.cities)
    return Verdict(
        replace(decision, rule_set_version=rules.version, corrections=better),
        counted,
        _outcome(shadow, application.method)[0],
    )


def needs_bureau(rules: RuleSet, application: Application) -> bool:
    """Whether any rule would look at what a bureau says of this application."""
    sample = int(application.fingerprint()[:12], 16)
    settings = [rules.of(code) for code in BUREAU]
    return any(
        one.state is not State.OFF
        and sample % one.one_in == 0
        and application.minor >= int(str(one.values["least_minor"]))
        for one in settings
    )


def _look(kind: Kind, setting: Setting, case: Case, sample: int) -> Finding | None:
    """What a rule sees; None where it is off, not in the sample, or about a method nobody asked for."""
    asked = (case.application.method, *case.application.others)
    if setting.state is State.OFF or sample % setting.one_in or (kind.method and kind.method not in asked):
        return None
    seen = kind.look(case, {**kind.defaults(), **setting.values})
    if setting.effect is Effect.LIMIT and seen.limit_minor is None and seen.reasons:
        seen = replace(seen, limit_minor=setting.limit_minor)
    methods = (str(kind.method),) if kind.method else setting.methods
    return Finding(kind.code, setting.state, setting.effect, seen, methods)


def _counted(found: Iterable[Finding], *, is_told: bool) -> Iterator[Finding]:
    """Which of them move the decision: those that are on and spoke, were told of, and come before one that accepts."""
    is_good = False
    for one in found:
        spoke_on = one.spoke and one.state is State.ON
        if spoke_on and not is_told and all(REASONS[reason.code].by_address for reason in one.seen.reasons):
            note = because("NOT_TOLD", rule=one.rule)
            yield replace(one, seen=replace(one.seen, reasons=(*one.seen.reasons, note)))
            continue
        yield replace(one, counts=spoke_on and not is_good)
        is_good = is_good or (spoke_on and one.effect is Effect.ACCEPT)


def _limit(findings: Iterable[Finding]) -> int | None:
    """The smallest limit that any of them gave."""
    limits = [
        one.seen.limit_minor
        for one in findings
        if one.counts and one.effect is Effect.LIMIT and one.seen.limit_minor is not None
    ]
    return min(limits, default=None)


def _decision(application: Application, findings: Sequence[Finding], case: Case) -> Decision:
    outcome, against = _outcome(findings, application.method)
    reasons = tuple(reason for one in findings if one.counts for reason in one.seen.reasons)
    if outcome is Outcome.REVIEW and any(one.effect is Effect.DECLINE for one in against):
        reasons += (because("ADDRESS_ALONE"),)
    told = [reason for one in against for reason in one.seen.reasons]
    return Decision(
        outcome=outcome,
        reasons=_sorted(reasons),
        public_text=key_of(outcome, sort_of(told)),
        retry_after=_retry_after(outcome, against, told, case.at),
        limit_minor=case.limit_minor,
        methods={method: _outcome(findings, method)[0] for method in (application.method, *application.others)},
    )


def _outcome(findings: Iterable[Finding], method: Method) -> tuple[Outcome, list[Finding]]:
    """The outcome for one method, and the findings that made it so."""
    counted = [one for one in findings if one.counts and (not one.methods or method in one.methods)]
    declining = [one for one in counted if one.effect is Effect.DECLINE]
    if declining:
        reasons = [reason for one in declining for reason in one.seen.reasons]
        if all(REASONS[reason.code].by_address for reason in reasons):
            return Outcome.REVIEW, declining
        is_final = any(REASONS[reason.code].is_final for reason in reasons if not REASONS[reason.code].by_address)
        return (Outcome.DECLINED_FINAL if is_final else Outcome.DECLINED), declining
    reviewing = [one for one in counted if one.effect is Effect.REVIEW]
    return (Outcome.REVIEW if reviewing else Outcome.ACCEPTED), reviewing


#: So long after a decline for his risk a buyer may ask again.
RISK_REST = timedelta(hours=24)


def _retry_after(outcome: Outcome, against: Iterable[Finding], told: Sequence[Reason], at: datetime) -> datetime | None:
    """When asking again makes sense: at once after correcting, later after a decline for risk, never when final."""
    if outcome is not Outcome.DECLINED:
        return None
    waits = [one.seen.retry_after for one in against if one.seen.retry_after is not None]
    if waits:
        return max(waits)
    return at + RISK_REST if sort_of(told) is Sort.RISK else None


def _sorted(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    order = list(Sort)
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: order.index(REASONS[reason.code].sort)))
