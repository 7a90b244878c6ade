"""What the frame around every page shows."""

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, object]:
    """Values for the rail and the head of the page."""
    del request
    return {}
