"""How much room device logs take, those that are being received included (setting ``device_log_quota``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from device_update_contract.refusals import Refusal


class LogSpace:
    """Bytes of all logs of this service; for the loop's thread.

    They are those on the disk: what several logs share counts once, and twice only as long as it comes again.
    """

    def __init__(self, used: int = 0) -> None:
        self.used = used

    def has_room(self, size: int, quota: int) -> bool:
        """Whether so many more bytes may be stored."""
        return self.used + size <= quota

    def take(self, quota: int) -> TakenSpace:
        """Begin to take room for one log."""
        return TakenSpace(self, quota)


class TakenSpace:
    """The room of one log, taken as its bytes come."""

    def __init__(self, space: LogSpace, quota: int) -> None:
        self._space = space
        self._quota = quota
        self._size = 0

    async def counted(self, pieces: AsyncIterator[bytes], refuse: Callable[[], Refusal]) -> AsyncIterator[bytes]:
        """The same pieces, each once there is room for it.

        Raises:
            Refusal: the one that `refuse` makes, when there is none.
        """
        async for piece in pieces:
            if not self._space.has_room(len(piece), self._quota):
                raise refuse()
            self._space.used += len(piece)
            self._size += len(piece)
            yield piece

    def give_back(self) -> None:
        """The log is not stored after all, or takes no room: another one has its content."""
        self._space.used -= self._size
        self._size = 0
