"""Sessions in the database, sealed: what waits in one until somebody has shown who they are may be a password."""

from typing import Any

from django.contrib.sessions.backends import db

from zahlmeister.merchants.seal import Unopened, opened, seal

_PURPOSE = "session"


class SessionStore(db.SessionStore):
    """Django's, whose text only this installation can read; one sealed with another secret is an empty one."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal({"said": super().encode(session_dict)}, _PURPOSE).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        sealed = session_data.encode() if isinstance(session_data, str) else session_data
        try:
            return super().decode(opened(sealed, _PURPOSE).get("said", ""))
        except Unopened:
            return {}
