"""Private servers for the tests: a Redis and a PostgreSQL that can be started, stopped, killed and started again."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 30.0  # seconds a server may take to come up or go down on a busy machine


class NotUp(Exception):
    """A server did not come up or go down in time; says what it wrote last."""


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A temporary folder that another user, whom PostgreSQL needs when we are root, can pass through; then gone."""
    folder = Path(tempfile.mkdtemp(prefix="wall-tests-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server(ABC):
    """One server process with a folder of its own; the port stays the same over restarts, and so does the data."""

    name = "server"
    environment: Mapping[str, str] | None = None  # None: that of the tests

    def __init__(self, folder: Path, port: int | None = None, user: str | None = None) -> None:
        self.folder, self.user = folder, user
        self._given = port
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"

    @abstractmethod
    def command(self) -> list[str]:
        """What starts the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server does its work, not only listens."""

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            shutil.chown(self.folder, self.user)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise NotUp(f"{self.name} was never started.")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it answers. Somebody may have taken the port meanwhile: at first start try another."""
        if self.running:
            return self
        self.prepare()
        deadline = time.monotonic() + PATIENCE
        while True:
            with self._log.open("ab") as log:
                # a session of its own: Ctrl-C in the terminal must not stop the server before the tests are done
                self._process = subprocess.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self.environment,
                    user=self.user,
                    group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                    extra_groups=[] if self.user else None,
                    start_new_session=True,
                )
            try:
                _until(lambda: not self.running or self.answers(), deadline)
            except BaseException as reason:
                self.kill()
                if isinstance(reason, NotUp):
                    raise NotUp(self._last_words("did not come up")) from None
                raise
            if self.running:
                self._given = self.port
                return self
            if time.monotonic() > deadline:
                raise NotUp(self._last_words("did not come up"))
            if self._given is None:
                self.port = free_port()
            time.sleep(0.2)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end and wait until it has; kill it if it will not."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NotUp(self._last_words("did not stop")) from None

    def kill(self) -> None:
        """End it as a power cut would (kill -9), together with its children."""
        if self._process is None:
            return
        children = _children(self._process.pid) if self.running else []
        self._process.kill()
        self._process.wait()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, what: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _last_words(self, trouble: str) -> str:
        words = self._log.read_text(errors="replace")[-2000:] if self._log.is_file() else ""
        return f"{self.name} on port {self.port} {trouble}. It wrote last:\n{words}"


class Redis(Server):
    """A Redis on 127.0.0.1 that keeps nothing on disk."""

    name = "Redis"

    def __init__(self, program: Path | str, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.program = str(program)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        settings = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "daemonize": "no", "dir": str(self.folder)}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [self.program, "--port", str(self.port), *options]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Postgres(Server):
    """A PostgreSQL on 127.0.0.1 whose superuser needs no password; durable like a real one."""

    name = "PostgreSQL"

    def __init__(self, programs: Path | str, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port, user=_unprivileged())
        self.programs = Path(programs)
        self._data = folder / "data"

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        super().prepare()
        if self._data.is_dir():
            return
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            [str(self.programs / "initdb"), f"--pgdata={self._data}", *options],
            cwd=self.folder,
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise NotUp(f"initdb failed:\n{done.stdout}")

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "on",
            "synchronous_commit": "on",
            "max_connections": "200",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self._data), *options]

    def answers(self) -> bool:
        ready = [str(self.programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        return subprocess.run(ready, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's "fast": it does not wait for clients that forgot to leave."""
        super().stop(how)


def _unprivileged() -> str | None:
    """Whom PostgreSQL runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]


def _until(true: Callable[[], bool], deadline: float) -> None:
    while not true():
        if time.monotonic() > deadline:
            raise NotUp
        time.sleep(0.02)
