"""The keyring of the system, asked in a thread and with a time limit: it may ask a person on its part, and for good.

A keyring that would keep secrets readable is not used.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from device_update_console.core.failures import KeyringUnavailable
from device_update_console.core.texts.language import text

Result = TypeVar("Result")

KEYRING_SECONDS = 30.0
"""How long a keyring may take; a desktop may be asking its user to unlock it."""

NO_KEYRING = "no-keyring"
KEYRING_LOCKED = "keyring-locked"


class SystemKeyring:
    """Secrets, each for one service and name; used in one event loop.

    One question is asked after the other: a locked keyring asks for its password once, not once for each server. Who
    does not want to unlock it is not asked again to read, but when something is to be kept.
    """

    def __init__(self, seconds: float = KEYRING_SECONDS) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._refused: KeyringUnavailable | None = None

    async def load(self, service: str, name: str) -> str | None:
        """The secret, if there is one; a locked keyring asks for its own password.

        Raises:
            KeyringUnavailable: there is none that keeps secrets, or it is not unlocked, or it does not answer.
        """
        async with self._turn:
            if self._refused is not None:
                raise self._refused
            try:
                secret = await self._asked(lambda backend: backend.get_password(service, name))
            except KeyringUnavailable as refused:
                self._refused = refused
                raise
        return secret if isinstance(secret, str) else None

    async def save(self, service: str, name: str, secret: str) -> None:
        """Keep a secret instead of an earlier one, and see that it is kept."""

        def keep(backend: Any) -> None:
            backend.set_password(service, name, secret)
            if backend.get_password(service, name) != secret:
                raise KeyringUnavailable(text("The system's keyring did not keep what it was given."))

        async with self._turn:
            await self._asked(keep)
            self._refused = None

    async def forget(self, service: str, name: str) -> None:
        """Keep no secret of this name any longer."""

        def remove(backend: Any) -> None:
            if backend.get_password(service, name) is not None:
                backend.delete_password(service, name)

        async with self._turn:
            await self._asked(remove)

    async def _asked(self, question: Callable[[Any], Result]) -> Result:
        try:
            return await in_own_thread(lambda: question(_backend()), self._seconds)
        except KeyringUnavailable:
            raise
        except TimeoutError:
            raise KeyringUnavailable(
                text("The system's keyring did not answer within {seconds} seconds.", seconds=f"{self._seconds:g}")
            ) from None
        except Exception as error:
            kind = type(error).__name__
            if kind == "KeyringLocked":
                raise KeyringUnavailable(text("The system's keyring is locked."), code=KEYRING_LOCKED) from error
            raise KeyringUnavailable(text("The system's keyring refused: {kind}.", kind=kind)) from error


async def in_own_thread(work: Callable[[], Result], seconds: float) -> Result:
    """Work that may block for good, in a thread that does not keep the program from ending.

    Raises:
        TimeoutError: it is not done yet. Else what the work raises.
    """
    answer: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run() -> None:
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(work())
            except Exception as error:  # noqa: BLE001 - given to whoever waits
                answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wait_for(asyncio.wrap_future(answer), seconds)


def _backend() -> Any:
    """The keyring to use; runs in the keyring's thread."""
    try:
        import keyring
    except ImportError:
        raise KeyringUnavailable(
            text("The extra 'cli' is not installed whole: the library keyring is missing.")
        ) from None
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", [chosen]):
        if _keeps_secrets(backend):
            return backend
    raise KeyringUnavailable(text("This system has no keyring that keeps secrets."), code=NO_KEYRING)


def _keeps_secrets(backend: object) -> bool:
    # keyrings.alt puts secrets into readable files without a word; what builds on it does no better.
    names = [f"{kind.__module__}.{kind.__name__}".lower() for kind in type(backend).__mro__]
    return not any(
        "plaintext" in name or name.startswith(("keyring.backends.fail", "keyring.backends.null", "keyrings.alt"))
        for name in names
    )
