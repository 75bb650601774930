"""Why the system did not do something, in the person's language."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from device_update_console.core.texts.language import text

_TEXTS: Mapping[int, str] = {
    errno.EACCES: "Permission denied",
    errno.EADDRNOTAVAIL: "Cannot assign requested address",
    errno.ECONNREFUSED: "Connection refused",
    errno.ECONNRESET: "Connection reset by peer",
    errno.EEXIST: "File exists",
    errno.EHOSTUNREACH: "No route to host",
    errno.EIO: "Input/output error",
    errno.EISDIR: "Is a directory",
    errno.ENAMETOOLONG: "File name too long",
    errno.ENETUNREACH: "Network is unreachable",
    errno.ENOENT: "No such file or directory",
    errno.ENOSPC: "No space left on device",
    errno.ENOTDIR: "Not a directory",
    errno.EPERM: "Operation not permitted",
    errno.EROFS: "Read-only file system",
    errno.ETIMEDOUT: "Connection timed out",
}


def system_error_text(error: OSError) -> str:
    """The cause alone, without a full stop; the system's own words for a cause that is not known here."""
    number = error.errno or 0
    if number in _TEXTS:
        return text(_TEXTS[number])
    return os.strerror(number) if number else error.strerror or str(error)
