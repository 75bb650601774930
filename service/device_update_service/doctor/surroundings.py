"""The real world as a `Case` sees it: names, the kernel's clock, this host's domain."""

from __future__ import annotations

import ctypes
import queue
import socket
import threading
from pathlib import Path
from typing import Final

from device_update_service.doctor.case import NameUnknown

_SECONDS: Final = 3.0
_RESOLVER_FILE: Final = Path("/etc/resolv.conf")
_TIMEX_BYTES: Final = 1024
"""More than ``struct timex`` on every platform."""
_TIME_ERROR: Final = 5


def resolve_host(host: str) -> tuple[str, ...]:
    """A host's addresses, IPv4 and IPv6, from the system's resolver.

    The system's own time-outs are long, so it is asked in a thread that is left behind when it takes too long.

    Raises:
        NameUnknown: there are none, or the name servers do not answer in time.
    """
    found: queue.SimpleQueue[tuple[str, ...] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error)
        else:
            found.put(tuple(dict.fromkeys(str(answer[4][0]) for answer in answers)))

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = found.get(timeout=_SECONDS)
    except queue.Empty:
        raise NameUnknown(f"The name servers did not say within {_SECONDS:g} seconds where {host} is.") from None
    if isinstance(answer, tuple):
        return answer
    raise NameUnknown(f"The name {host} has no address.") from answer


def clock_is_synchronized() -> bool | None:
    """Whether the kernel's clock follows a time server (adjtimex(2), which changes nothing with no modes set)."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def domain_of_this_host() -> str | None:
    """The DNS domain of this host's full name, else the first one in which the resolver looks for short names."""
    _, _, domain = socket.getfqdn().partition(".")
    if domain and domain != "localdomain":
        return domain
    try:
        lines = _RESOLVER_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for words in map(str.split, lines):
        if len(words) > 1 and words[0] in {"search", "domain"} and words[1].strip("."):
            return words[1].strip(".")
    return None
