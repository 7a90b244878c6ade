"""Run a command with a Tryton server of its own, an open ERP with a small company in it, which is gone afterwards.

    python scripts/with_tryton.py pytest tests/connectors/erps

Tryton is installed from the package index into an environment of its own (`var/tryton`), never into the project's. The
first run takes a few minutes; the company is kept there as well, and each run gets a copy. `ZAHLMEISTER_TRYTON` tells
the command the address of the database, whose user `admin` has the password in `ZAHLMEISTER_TRYTON_PASSWORD`.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

PACKAGES = ("trytond_sale~=8.2.0", "trytond_account_invoice_stock~=8.2.0", "proteus~=8.2.0")
MODULES = ("sale", "account_invoice_stock")
KEPT = Path(__file__).parents[1] / "var" / "tryton"
#: Seconds until the server must have answered.
PATIENCE = 60


def main() -> int:
    """Run the command given as arguments; its exit status is ours."""
    bin_folder = _installed()
    template, password = _company(bin_folder)
    with tempfile.TemporaryDirectory(prefix="zahlmeister-tryton-") as folder, socket.socket() as free:
        shutil.copy(template, Path(folder) / "company.sqlite")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = _settings(Path(folder), port)
        log = (Path(folder) / "log").open("wb")
        server = subprocess.Popen([bin_folder / "trytond", "-c", settings, "-d", "company"], stdout=log, stderr=log)
        try:
            _wait_for(port)
            address = f"http://127.0.0.1:{port}/company"
            told = {"ZAHLMEISTER_TRYTON": address, "ZAHLMEISTER_TRYTON_PASSWORD": password}
            return subprocess.run(sys.argv[1:], check=False, env={**os.environ, **told}).returncode
        finally:
            server.terminate()
            server.wait()


def _installed() -> Path:
    bin_folder = KEPT / "environment" / "bin"
    if not (bin_folder / "trytond").exists():
        venv.create(KEPT / "environment", with_pip=True, clear=True)
        subprocess.run([bin_folder / "pip", "install", "--quiet", *PACKAGES], check=True)
    return bin_folder


def _company(bin_folder: Path) -> tuple[Path, str]:
    """The database with the company, made once, and its password."""
    template, kept_password = KEPT / "company.sqlite", KEPT / "password"
    if template.exists():
        return template, kept_password.read_text(encoding="utf-8")
    half = KEPT / "half"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    (half / "company.sqlite").touch()
    kept_password.write_text(secrets.token_hex(12), encoding="utf-8")
    settings = _settings(half, 0)
    environment = {**os.environ, "TRYTONPASSFILE": str(kept_password), "TRYTOND_CONFIG": str(settings)}
    made = ("-d", "company", "-u", *MODULES, "--activate-dependencies", "--email", "admin@erp.example")
    subprocess.run([bin_folder / "trytond-admin", "-c", settings, *made], check=True, env=environment)
    company = Path(__file__).with_name("tryton_company.py")
    subprocess.run([bin_folder / "python", company, "company"], check=True, env=environment)
    (half / "company.sqlite").replace(template)
    return template, kept_password.read_text(encoding="utf-8")


def _settings(folder: Path, port: int) -> Path:
    written = folder / "trytond.conf"
    listen = f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n"
    written.write_text(listen, encoding="utf-8")
    return written


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit(f"Tryton does not listen on port {port} after {PATIENCE} seconds.")


if __name__ == "__main__":
    sys.exit(main())
