"""Hosts of our own on one machine, as network namespaces: each has its own address and its own cable.

Two hosts with an office, two with a worker, one with pgbouncer, and two with PostgreSQL, the second of which has every
commit before it is acknowledged. Programs are Debian's: `postgresql`, `pgbouncer`, `iproute2`; only root may do this.
What the hosts share besides the database is one folder, as if by NFS.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.server import let_through

#: Each host, and the end of its address.
HOSTS = {"app1": 11, "app2": 12, "work1": 21, "work2": 22, "pool": 31, "db1": 41, "db2": 42}
OFFICES, WORK = ("app1", "app2"), ("work1", "work2")
OFFICE_PORT, POOL_PORT, SERVER_PORT = 8000, 6432, 5432
ROOT = Path(__file__).parents[2]
_SERVERS = ("db1", "db2")
_DATABASE = "zahlmeister"

_POOL = """[databases]
{database} = host={server} port={server_port} dbname=postgres user=postgres
[pgbouncer]
listen_addr = {address}
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_connect_timeout = 3
server_login_retry = 1
tcp_keepidle = 2
tcp_keepintvl = 1
tcp_keepcnt = 3
tcp_user_timeout = 4000
admin_users = postgres
unix_socket_dir =
ignore_startup_parameters = extra_float_digits
logfile = {folder}/pool.log
"""


@dataclass(slots=True)
class Hosts:
    """The hosts, who has the money's database, and how long each failing over took."""

    folder: Path
    mark: str
    net: str
    primary: str = "db1"
    servers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    pool: subprocess.Popen[bytes] | None = None
    relays: list[subprocess.Popen[bytes]] = field(default_factory=list)
    data: dict[str, Path] = field(default_factory=dict)

    def at(self, host: str) -> str:
        return f"{self.net}.{HOSTS[host]}"

    @property
    def database(self) -> str:
        return f"postgresql://postgres@{self.at('pool')}:{POOL_PORT}/{_DATABASE}?connect_timeout=10&pooled=1&sslmode=disable"

    @property
    def standby(self) -> str:
        return _SERVERS[1 - _SERVERS.index(self.primary)]

    def on(self, host: str) -> list[str]:
        """How a command begins that is done on a host."""
        return ["ip", "netns", "exec", f"{self.mark}{host}"]

    def pull(self, host: str) -> None:
        """Pull a host's cable: nobody reaches it, and nobody is told."""
        _run("ip", "link", "set", f"{self.mark}{host}", "down")

    def plug_in(self, host: str) -> None:
        _run("ip", "link", "set", f"{self.mark}{host}", "up")

    def fail_over(self) -> None:
        """The primary is gone for good: the standby goes on, and then another standby is made in its place."""
        lost = self.primary
        self.pull(lost)
        self._kill(lost)
        self.primary = _SERVERS[1 - _SERVERS.index(lost)]
        self._ask(self.primary, "SELECT pg_promote(true, 30)")
        self._commit_alone(self.primary)
        self.point_pool()
        self.plug_in(lost)
        self.follow(lost)

    def begin(self) -> None:
        """The primary, its standby and the pool."""
        self.data[self.primary] = data = self.folder / "data-0"
        call = ["initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _as_postgres(str(programs() / call[0]), *call[1:])
        with (data / "pg_hba.conf").open("a") as who:
            who.write(f"host all all {self.net}.0/24 trust\nhost replication all {self.net}.0/24 trust\n")
        self._serve(self.primary)
        self.follow(self.standby)
        self.start_pool()

    def follow(self, host: str) -> None:
        """Make a host the standby that has every commit before it is acknowledged."""
        if host in self.data:
            shutil.rmtree(self.data.pop(host))
        self.data[host] = data = self.folder / f"data-{time.monotonic_ns()}"
        call = ["pg_basebackup", "-h", self.at(self.primary), "-U", "postgres", "-D", str(data)]
        call += ["-R", "-X", "stream", "-c", "fast"]
        _as_postgres(str(programs() / call[0]), *call[1:], "--no-sync")
        self._serve(host)
        self._ask(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._ask(self.primary, "SELECT pg_reload_conf()")
        wanted = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        _until(lambda: self._ask(self.primary, wanted) == "1", "the standby does not follow")

    def start_pool(self) -> None:
        self._write_pool()
        call = [*self.on("pool"), *_POSTGRES, "/usr/sbin/pgbouncer", "-q", str(self.folder / "pool.ini")]
        self.pool = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        _until(lambda: self._pool_says("SHOW VERSION") != "", "the pool does not answer")

    def kill_pool(self) -> None:
        assert self.pool is not None
        self.pool.kill()
        self.pool.wait(timeout=30)

    def point_pool(self) -> None:
        """Let the pool ask the primary of now, and forget what it had asked the one before."""
        self._write_pool()
        for command in ("RELOAD", f"KILL {_DATABASE}", f"RESUME {_DATABASE}"):
            self._pool_says(command)

    def hand_on_mails(self, port: int) -> None:
        """Give each worker's host a mail server of its own."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        for host in WORK:
            call = [*self.on(host), sys.executable, "-m", "tests.faults.relay", str(port), f"{self.net}.1"]
            self.relays.append(subprocess.Popen(call, env=environment))

    def end(self) -> None:
        for relay in self.relays:
            relay.kill()
            relay.wait(timeout=30)
        for host in list(self.servers):
            self._kill(host)
        if self.pool is not None:
            self.kill_pool()

    def _serve(self, host: str) -> None:
        call = [*self.on(host), *_POSTGRES, str(programs() / "postgres"), "-D", str(self.data[host])]
        told = {
            "listen_addresses": self.at(host),
            "port": SERVER_PORT,
            "unix_socket_directories": "",
            "hot_standby": "on",
            "max_connections": 60,
            "shared_buffers": "64MB",
            "wal_keep_size": "256MB",
            "tcp_user_timeout": 4000,
            "wal_sender_timeout": 4000,
            "wal_receiver_timeout": 4000,
        }
        settings = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / f"{host}.log").open("ab") as log:
            self.servers[host] = subprocess.Popen([*call, *settings], stdout=log, stderr=log, cwd="/")
        _until(lambda: self._ask(host, "SELECT 1") == "1", f"{host} does not answer")

    def _commit_alone(self, host: str) -> None:
        self._ask(host, "ALTER SYSTEM SET synchronous_standby_names = ''")
        self._ask(host, "SELECT pg_reload_conf()")

    def _kill(self, host: str) -> None:
        """Everything on a host that is a server, at once."""
        found = subprocess.run(
            ["ip", "netns", "pids", f"{self.mark}{host}"], capture_output=True, text=True, check=True
        )
        for process in found.stdout.split():
            subprocess.run(["kill", "-9", process], check=False, capture_output=True)
        self.servers.pop(host).wait(timeout=30)

    def _ask(self, host: str, question: str) -> str:
        return _asked(self.at(host), SERVER_PORT, "postgres", question)

    def _pool_says(self, question: str) -> str:
        return _asked(self.at("pool"), POOL_PORT, "pgbouncer", question)

    def _write_pool(self) -> None:
        told = {"database": _DATABASE, "server": self.at(self.primary), "server_port": SERVER_PORT, "port": POOL_PORT}
        written = _POOL.format(**told, address=self.at("pool"), folder=self.folder)
        (self.folder / "pool.ini").write_text(written)


_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


def programs() -> Path:
    """Where Debian keeps the newest PostgreSQL's programs."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))


def lacking() -> list[str]:
    """What is not here and has to be: commands, and the right to make hosts."""
    commands = ("ip", "setpriv", "pgbouncer", "psql")
    lacks = [each for each in commands if not shutil.which(each, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")]
    lacks += [] if list(Path("/usr/lib/postgresql").glob("*/bin/postgres")) else ["postgresql"]
    return lacks + (["root"] if os.getuid() else [])


@contextmanager
def hosts(folder: Path) -> Iterator[Hosts]:
    """Running hosts, with nothing on app and work yet; gone afterwards."""
    folder.mkdir(parents=True)
    shutil.chown(folder, "postgres")
    let_through(folder)
    made = Hosts(folder, mark=f"zm{os.getpid() % 10_000:04d}", net=f"10.77.{os.getpid() % 250 + 1}")
    try:
        _lay_cables(made)
        made.begin()
        yield made
    finally:
        made.end()
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", f"{made.mark}{host}"], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", f"{made.mark}br"], check=False, capture_output=True)


def _lay_cables(made: Hosts) -> None:
    switch = f"{made.mark}br"
    _run("ip", "link", "add", switch, "type", "bridge")
    _run("ip", "addr", "add", f"{made.net}.1/24", "dev", switch)
    _run("ip", "link", "set", switch, "up")
    for host in HOSTS:
        name = f"{made.mark}{host}"
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", name, "master", switch, "up")
        _run("ip", "-n", name, "addr", "add", f"{made.at(host)}/24", "dev", "eth0")
        _run("ip", "-n", name, "link", "set", "eth0", "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")


def _asked(address: str, port: int, database: str, question: str) -> str:
    """The answer in one word; nothing when there is none."""
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "3"}
    call = ["psql", "-h", address, "-p", str(port), "-U", "postgres", "-d", database, "-Atqc", question]
    try:
        done = subprocess.run(call, capture_output=True, text=True, check=False, env=environment, timeout=40, cwd="/")
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip()


def _as_postgres(*call: str) -> None:
    done = subprocess.run([*_POSTGRES, *call], capture_output=True, text=True, check=False, cwd="/")
    assert not done.returncode, done.stderr


def _run(*call: str) -> None:
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{' '.join(call)}: {done.stderr}"


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.2)
