"""A Secret Service of a test's own: gnome-keyring on a D-Bus session of its own, over a home of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import required_program

_UNLOCKED = 'printf %s "a password of the desktop" | "$KEYRING_DAEMON" --unlock --components=secrets >/dev/null'
_LOCKED = '"$KEYRING_DAEMON" --start --components=secrets >/dev/null'
_TELL_AND_WAIT = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'


@dataclass(frozen=True, slots=True)
class Desktop:
    """What a program sees of the session: its environment, and where the home is."""

    environment: Mapping[str, str]
    home: Path

    def files_that_hold(self, text: str) -> list[Path]:
        """The files of the home with this text in clear."""
        return [path for path in self.home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@contextmanager
def desktop(folder: Path, *, unlocked: bool) -> Iterator[Desktop]:
    """A session with a login keyring, as after signing in to a desktop; or where nobody has unlocked one."""
    run = required_program("dbus-run-session", "dbus")
    daemon = required_program("gnome-keyring-daemon", "gnome-keyring")
    home, runtime = folder / "home", folder / "runtime"
    home.mkdir(exist_ok=True)  # the same person may sign in to the desktop again
    runtime.mkdir(mode=0o700, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "PYTHONPATH"}}
    environment = {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
    script = f"{_UNLOCKED if unlocked else _LOCKED}; {_TELL_AND_WAIT}"
    with subprocess.Popen(
        [run, "--", "sh", "-c", script],
        env={**environment, "KEYRING_DAEMON": daemon},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the bus complains about limits that a container does not let it raise
        text=True,
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        try:
            address = session.stdout.readline().strip()
            yield Desktop({**environment, "DBUS_SESSION_BUS_ADDRESS": address}, home)
        finally:
            session.stdin.close()  # the shell ends, with it the bus, and with that the keyring
