"""How money, dates and clues are shown."""

from django import template

register = template.Library()
