"""One sentence after something was done, with the way back."""

from django.contrib import messages
from django.http import HttpRequest

from zahlmeister.office.sentences import in_words


def told(request: HttpRequest, sentence: str, *, undo: str = "") -> None:
    """Say on the next page what was done; `undo` is the address that takes it back with a POST."""
    messages.success(request, sentence, extra_tags=undo)


def refused(request: HttpRequest, sentence: object) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, in_words(sentence))
