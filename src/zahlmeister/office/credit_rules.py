"""The rules of the credit check: each with its meaning, default and effect, and what a change would have done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.credit.kinds import KINDS, Effect, Kind, Measure, State, Value
from zahlmeister.credit.ladder import RuleSet, Setting
from zahlmeister.credit.rule_sets import in_force, rule_set_of, versions
from zahlmeister.flows.purchase.publish_rules import publish_rules
from zahlmeister.flows.purchase.replay_credit import Difference, Replayed, replay
from zahlmeister.office import credit_words as words
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.credit_inputs import CHOICES
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

#: A preview looks so far back, at so many at the most: a page should not be waited for.
PREVIEW_DAYS, PREVIEW_MOST = 365, 5_000


class RulesForm(forms.Form):
    """Every rule's state, effect and settings as fields of their own, such as `tier.new_minor`."""

    why = forms.CharField(max_length=240, required=False)

    def __init__(self, data: Any, *, rules: RuleSet) -> None:
        super().__init__(data, label_suffix="")
        self._rules, self.currency = rules, rules.currency
        for kind in KINDS.values():
            self._add(kind, rules.of(kind.code))

    def rows(self) -> Iterator["Row"]:
        """Each rule with its fields, in the order of the ladder."""
        return (Row(kind, self._rules.of(kind.code), self) for kind in KINDS.values())

    def wanted(self) -> RuleSet:
        """The rules as they were typed; fields that are not understood have an error by then."""
        settings = {kind.code: self._setting(kind) for kind in KINDS.values()}
        return replace(self._rules, settings=settings)

    def _add(self, kind: Kind, setting: Setting) -> None:
        states = [(state.value, words.STATES[state]) for state in State]
        effects = [(effect.value, words.EFFECTS[effect]) for effect in kind.effects]
        self._choice(f"{kind.code}.state", states, setting.state)
        self._choice(f"{kind.code}.effect", effects, setting.effect)
        self.fields[f"{kind.code}.one_in"] = forms.IntegerField(
            min_value=1, max_value=10_000, initial=setting.one_in, required=False
        )
        if Effect.LIMIT in kind.effects and len(kind.effects) > 1:
            self.fields[f"{kind.code}.limit"] = forms.CharField(
                max_length=20, required=False, initial=_typed_money(setting.limit_minor, self._rules.currency)
            )
        for value in kind.values:
            told_value = setting.values.get(value.name, value.default)
            self.fields[f"{kind.code}.{value.name}"] = _field(value, told_value, self._rules.currency)

    def _choice(self, name: str, choices: list[tuple[str, Any]], initial: str) -> None:
        self.fields[name] = forms.ChoiceField(choices=choices, initial=str(initial), required=False)

    def _setting(self, kind: Kind) -> Setting:
        before, said = self._rules.of(kind.code), self.cleaned_data
        limit = said.get(f"{kind.code}.limit")
        return Setting(
            State(said.get(f"{kind.code}.state") or before.state),
            Effect(said.get(f"{kind.code}.effect") or before.effect),
            {value.name: self._value(kind, value) for value in kind.values},
            self._money(f"{kind.code}.limit", limit) if limit else before.limit_minor,
            said.get(f"{kind.code}.one_in") or 1,
            before.methods,
        )

    def _value(self, kind: Kind, value: Value) -> int | tuple[str, ...]:
        name = f"{kind.code}.{value.name}"
        said = self.cleaned_data.get(name)
        if value.measure is Measure.FLAG:
            return int(bool(said))
        if value.measure is Measure.WORDS:
            return tuple(said or ()) if value.name in CHOICES else tuple(str(said or "").replace(",", " ").split())
        if value.measure is Measure.MONEY:
            return self._money(name, str(said or ""))
        return int(said or 0)

    def _money(self, name: str, text: str) -> int:
        found = typed.minor(text, self._rules.currency) if text.strip() else 0
        if found is None or found < 0:
            self.add_error(name, _("“%(typed)s” is no amount; write 2.50.") % {"typed": text[:20]})
            return 0
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One rule on the page."""

    kind: Kind
    setting: Setting
    form: RulesForm

    @property
    def name(self) -> str:
        return str(words.RULES[self.kind.code][0])

    @property
    def meaning(self) -> str:
        return str(words.RULES[self.kind.code][1])

    @property
    def state(self) -> forms.BoundField:
        return self.form[f"{self.kind.code}.state"]

    @property
    def effect(self) -> forms.BoundField:
        return self.form[f"{self.kind.code}.effect"]

    @property
    def one_in(self) -> forms.BoundField:
        return self.form[f"{self.kind.code}.one_in"]

    @property
    def limit(self) -> forms.BoundField | None:
        name = f"{self.kind.code}.limit"
        return self.form[name] if name in self.form.fields else None

    @property
    def values(self) -> list[tuple[str, forms.BoundField]]:
        code = self.kind.code
        return [(str(words.VALUES[one.name]), self.form[f"{code}.{one.name}"]) for one in self.kind.values]

    @property
    def default(self) -> str:
        """What everybody begins with, in a line."""
        currency = self.form.currency
        figures = [f"{words.VALUES[one.name]} {_default(one, currency)}" for one in self.kind.values]
        head = f"{words.STATES[self.kind.state]}, {words.EFFECTS[self.kind.effect]}"
        return " · ".join([head, *figures])


@dataclass(frozen=True, slots=True)
class Shift:
    """One application that would be decided otherwise, as the preview shows it."""

    told: Difference
    currency: str

    @property
    def before(self) -> words.Shown:
        return words.outcome(self.told.before)

    @property
    def now(self) -> words.Shown:
        return words.outcome(self.told.now)


@signed_in
def rules(request: OfficeRequest) -> HttpResponseBase:
    """Show the rules; a POST shows what they would have decided, or publishes them."""
    merchant = request.merchant
    base = in_force(merchant.pk, merchant.currency)
    form = RulesForm(request.POST or None, rules=_shown(request, base))
    came = None
    if request.method == "POST" and form.is_valid():
        wanted = replace(form.wanted(), version=_version(request.POST, base.version))
        if not form.errors:
            came = _replayed(request, wanted)
            if request.POST.get("what") == "publish" and _is_published(request, form, wanted, came.summary()):
                return redirect("office:credit-rules")
    context = {
        "form": form,
        "rows": list(form.rows()),
        "version": base.version,
        "versions": versions(merchant.pk, merchant.currency)[:20],
        "currency": merchant.currency,
        "came": came,
        "shifts": [Shift(one, merchant.currency) for one in came.differences] if came else (),
        "is_full": came is not None and came.looked_at >= PREVIEW_MOST,
    }
    return render(request, "office/credit_rules.html", context, status=422 if form.errors else 200)


def _is_published(request: OfficeRequest, form: RulesForm, wanted: RuleSet, preview: Mapping[str, Any]) -> bool:
    why, by = form.cleaned_data["why"], request.user.email
    try:
        row = publish_rules(request.merchant, wanted, why, preview=preview, by=by, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    told(request, _("Version %(version)s of the rules is in force.") % {"version": row.version})
    return True


def _replayed(request: OfficeRequest, wanted: RuleSet) -> Replayed:
    at = timezone.now()
    first_day = timezone.localdate(at) - timedelta(days=PREVIEW_DAYS)
    return replay(request.merchant, wanted, first_day=first_day, at=at, most=PREVIEW_MOST)


def _shown(request: OfficeRequest, base: RuleSet) -> RuleSet:
    """The rules in force, or with `?version=` an older version to begin from; it is published as a new one."""
    number = request.GET.get("version", "")
    if request.method == "POST" or not (number.isdecimal() and len(number) < 9):
        return base
    row = versions(request.merchant.pk, base.currency).filter(version=int(number)).first()
    return replace(rule_set_of(row), version=base.version) if row else base


def _version(said: Mapping[str, Any], newest: int) -> int:
    """The version that somebody had before him when he changed the rules."""
    number = str(said.get("version", ""))
    return int(number) if number.isdecimal() and len(number) < 9 else newest


def _field(value: Value, told_value: int | tuple[str, ...], currency: str) -> forms.Field:
    match value.measure:
        case Measure.FLAG:
            return forms.BooleanField(required=False, initial=bool(told_value))
        case Measure.WORDS if value.name in CHOICES:
            chosen = list(told_value) if isinstance(told_value, tuple) else []
            others = [(name, name) for name in chosen if name not in CHOICES[value.name]]
            return forms.MultipleChoiceField(
                choices=[*CHOICES[value.name].items(), *others],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=chosen,
            )
        case Measure.WORDS:
            initial = ", ".join(told_value) if isinstance(told_value, tuple) else ""
            return forms.CharField(max_length=400, required=False, initial=initial)
        case Measure.MONEY:
            initial = _typed_money(told_value, currency) if isinstance(told_value, int) else ""
            return forms.CharField(max_length=20, required=False, initial=initial)
        case _:
            return forms.IntegerField(min_value=0, max_value=10_000, required=False, initial=told_value)


def _default(value: Value, currency: str) -> str:
    if isinstance(value.default, tuple):
        names = CHOICES.get(value.name, {})
        return ", ".join(str(names.get(one, one)) for one in value.default)
    if value.measure is Measure.FLAG:
        return _("yes") if value.default else _("no")
    return _typed_money(value.default, currency) if value.measure is Measure.MONEY else str(value.default)


def _typed_money(minor: int, currency: str) -> str:
    return shown.typed_money(minor, currency, get_language() or "en")
