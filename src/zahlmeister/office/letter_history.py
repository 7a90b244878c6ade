"""What was changed on the pages of letters: who they come from, and how they leave and come back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zahlmeister.office.story import Told, story


def history_of(subject: str, form: "forms.ModelForm[Any]") -> Sequence[Told]:
    """The changes of the row that a form keeps, oldest first, by the names of the form's fields.

    Args:
        subject: what its steps are about.
        form: bound to the row, which may be a new one.
    """
    row = form.instance
    steps = story(row.merchant_id, subject, row.pk)
    return [(step, "; ".join(_said(step.facts, form)) or what, who) for step, what, who in steps]


def _said(facts: Mapping[str, Any], form: "forms.ModelForm[Any]") -> Iterator[str]:
    for name, field in form.fields.items():
        told = facts.get(name.removesuffix("_file"))
        if isinstance(told, list):
            yield _pair(str(field.label), *(_shown(field, text) for text in told))
        elif told:
            yield _("%(field)s: new") % {"field": field.label}


def _pair(label: str, before: str, now: str) -> str:
    said = {"field": label, "before": before, "now": now}
    if not before:
        return _("%(field)s: %(now)s") % said
    if not now:
        return _("%(field)s: no longer %(before)s") % said
    return _("%(field)s: %(now)s instead of %(before)s") % said


def _shown(field: forms.Field, text: str) -> str:
    """A value as the form's own choices call it, and long ones shortened."""
    choices = dict(getattr(field, "choices", ()))
    return str(choices.get(text, text)) if len(text) <= 80 else f"{text[:77]}…"
