"""`{% said words.due day=item.due %}`: words with what they name filled in."""

from django import template

register = template.Library()


@register.simple_tag
def said(words: str, **facts: object) -> str:
    """The words with their placeholders filled in; what is filled in is escaped like everything on a page."""
    return words.format(**facts)
