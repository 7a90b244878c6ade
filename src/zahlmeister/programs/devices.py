"""What a browser says of itself, in the few words that tell one's own devices apart."""

#: In this order, for each browser also names those it is like.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device(says: str) -> str:
    """Such as “Firefox · Windows”; empty when it says nothing that is known."""
    found = [next((name for mark, name in names if mark in says), "") for names in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found))
