"""The example of a proxy that is shipped: what it lets in, and what the office hears of the caller.

nginx runs on this machine with a certificate made for the test; where there is no nginx, nobody looks.
"""

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
import waitress
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from zahlmeister.cli.serve import trusted

NAME = "pay.example.org"
CONF = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
PATIENCE = 60  # seconds, on a busy machine; nobody waits them out where it works

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")


@dataclass(frozen=True)
class Proxy:
    """Where the proxy listens, and whose certificate it shows."""

    plain: int
    tls: int
    certificate: Path

    def ask(self, headers: dict[str, str] | None = None, *, source: str = "127.0.0.1") -> dict[str, Any]:
        """What the office has heard of a call from this address."""
        with self.line(source=source) as there:
            told = b"".join(f"{name}: {value}\r\n".encode() for name, value in (headers or {}).items())
            there.sendall(b"GET /heard HTTP/1.0\r\nHost: %s\r\n%s\r\n" % (NAME.encode(), told))
            answer = b"".join(iter(lambda: there.recv(65536), b""))
        return dict(json.loads(answer.partition(b"\r\n\r\n")[2]))

    @contextmanager
    def line(
        self, *, name: str = NAME, source: str = "127.0.0.1", most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ciphers: str = "DEFAULT",
    ) -> Iterator[ssl.SSLSocket]:  # fmt: skip
        """An encrypted line, as a browser opens it."""
        wanted = ssl.create_default_context(cafile=str(self.certificate))
        wanted.minimum_version, wanted.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, most
        wanted.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        with (
            socket.create_connection(("127.0.0.1", self.tls), PATIENCE, source_address=(source, 0)) as plain,
            wanted.wrap_socket(plain, server_hostname=name) as there,
        ):
            yield there


def heard(environ: dict[str, Any], start: Any) -> list[bytes]:
    """An office that only says what it has heard."""
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({name: each for name, each in environ.items() if isinstance(each, str)}).encode()]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAHLMEISTER_PROXY", "127.0.0.1")
        office = waitress.create_server(heard, host="127.0.0.1", port=0, **trusted())
    Thread(target=office.run, daemon=True).start()
    make_certificate(folder)
    with running(folder, office.effective_port) as there:
        yield there
    office.close()


@contextmanager
def running(folder: Path, office: int) -> Iterator[Proxy]:
    """nginx with the shipped file, on ports of its own; tried again where somebody took one meanwhile."""
    for _ in range(5):
        plain, tls = free_port(), free_port()
        write_conf(folder, plain, tls, office)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", "nginx.conf"], stderr=log)
        try:
            if listens(process, tls):
                yield Proxy(plain, tls, folder / "fullchain.pem")
                return
        finally:
            process.terminate()
            process.wait(PATIENCE)
    pytest.fail((folder / "log").read_text())


def listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it answers by now; not when it has ended."""
    until = monotonic() + PATIENCE
    while process.poll() is None and monotonic() < until:
        with closing(socket.socket()) as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return True
        sleep(0.05)
    return False


def write_conf(folder: Path, plain: int, tls: int, office: int) -> None:
    """The shipped file, with nothing changed but ports and places."""
    text = CONF.read_text(encoding="utf-8")
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443", f"listen 127.0.0.1:{tls}"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{office}"),
        ("/etc/letsencrypt/live/pay.example.org", str(folder)),
    ):
        assert before in text
        text = text.replace(before, after)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{each}_temp_path {folder}/{each}; " for each in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}"
    )


def make_certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *kept))


def free_port() -> int:
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def is_refused(proxy: Proxy, most: ssl.TLSVersion, ciphers: str = "DEFAULT") -> bool:
    """Whether no line comes about; closed or told, as the version of OpenSSL likes."""
    try:
        with proxy.line(most=most, ciphers=ciphers):
            return False
    except OSError:
        return True


def test_the_newest_way_to_encrypt_is_taken_and_old_ones_are_not(proxy: Proxy) -> None:
    with proxy.line() as there:
        assert there.version() == "TLSv1.3"
    with proxy.line(most=ssl.TLSVersion.TLSv1_2) as there:
        assert there.version() == "TLSv1.2"
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        assert is_refused(proxy, ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("ciphers", ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"])
def test_weak_ciphers_are_refused(proxy: Proxy, ciphers: str) -> None:
    assert is_refused(proxy, ssl.TLSVersion.TLSv1_2, ciphers)
    assert not is_refused(proxy, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256")


def test_another_name_is_shown_no_certificate(proxy: Proxy) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"), proxy.line(name="another.example"):
        pass


def test_who_comes_in_plain_is_sent_to_the_encrypted_page(proxy: Proxy) -> None:
    with closing(HTTPConnection("127.0.0.1", proxy.plain, timeout=PATIENCE)) as there:
        there.request("GET", "/orders/?q=1", headers={"Host": NAME})
        answer = there.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/orders/?q=1")


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.7"])
def test_the_office_hears_the_true_address_whatever_a_caller_says(proxy: Proxy, source: str) -> None:
    lies = {
        "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9;proto=http", "X-Real-IP": "203.0.113.9",
        "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-By": "203.0.113.9",
    }  # fmt: skip
    told = proxy.ask(lies, source=source)
    assert (told["REMOTE_ADDR"], told["wsgi.url_scheme"]) == (source, "https")
    assert told["HTTP_HOST"] == NAME
    assert not [name for name, each in told.items() if "203.0.113.9" in each or "evil" in each]
