"""Run a command beside localstripe, a second opinion on what Stripe answers, which is gone afterwards.

    python scripts/with_localstripe.py pytest tests/sandbox/test_providers.py

localstripe (GPL-3) is installed from the package index into an environment of its own (`var/localstripe`), never into
the project's, and is part of nothing. `ZAHLMEISTER_LOCALSTRIPE` tells the command its address.
"""

import os
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path

PACKAGE = "localstripe==1.15.10"
KEPT = Path(__file__).parents[1] / "var" / "localstripe"
#: Seconds until the server must have answered.
PATIENCE = 30


def main() -> int:
    """Run the command given as arguments; its exit status is ours."""
    python = _installed()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([python, "-m", "localstripe", "--port", str(port), "--from-scratch"], cwd=KEPT)
    try:
        _await(port)
        surroundings = {**os.environ, "ZAHLMEISTER_LOCALSTRIPE": f"http://127.0.0.1:{port}"}
        return subprocess.run([sys.executable, "-m", *sys.argv[1:]], env=surroundings, check=False).returncode
    finally:
        server.terminate()
        server.wait()


def _installed() -> Path:
    """The Python that has localstripe."""
    python = KEPT / "bin" / "python"
    if not python.exists():
        venv.create(KEPT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True)
    return python


def _await(port: int) -> None:
    """Wait until it takes connections."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"localstripe did not answer within {PATIENCE} seconds.")


if __name__ == "__main__":
    sys.exit(main())
