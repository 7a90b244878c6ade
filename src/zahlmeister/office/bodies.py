"""How many bytes a request may bring along, door by door: strangers little, people and programs what they need.

The server that serves us asks before it takes them in (`cli.doors`), the pages ask again before they read them
(`office.middleware`), because somebody may serve us by another server.
"""

#: What somebody types into a form, from a page that needs no access.
OF_STRANGERS = 64 << 10
#: A document, a list or a file of orders; each page has a smaller bound of its own.
OF_PEOPLE = 24 << 20
#: A file of bank statements: a camt message of a million payments.
OF_STATEMENTS = 1 << 30
STATEMENTS = "/statements/"
#: Doors at which nobody signs in: programs show keys, shops and providers sign what they say.
_DOORS = {
    "/api/shop/": 1 << 20,
    "/api/mail/": 1 << 20,
    "/api/providers/": 1 << 20,
    "/api/": 8 << 20,
    "/pay/": OF_STRANGERS,
    "/refund/": OF_STRANGERS,
    "/centre/": OF_STRANGERS,
    "/review/": OF_STRANGERS,
    "/unsubscribe/": OF_STRANGERS,
}


def largest(path: str, *, is_signed_in: bool) -> int:
    """How many bytes a request to this path may have at most."""
    door = next((most for beginning, most in _DOORS.items() if path.startswith(beginning)), None)
    if door is not None:
        return door
    if not is_signed_in:
        return OF_STRANGERS
    return OF_STATEMENTS if path == STATEMENTS else OF_PEOPLE


def largest_of_people(path: str) -> int:
    """How many bytes somebody who is signed in may bring here; none where strangers stand."""
    is_for_strangers = path.startswith((*_DOORS, "/sign-in/"))
    return 0 if is_for_strangers else largest(path, is_signed_in=True)
