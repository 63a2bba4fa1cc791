"""grpc.aio on a GuestLoop: its poller reads a socket for as long as the module is in use, and says nothing of whether there is anything to read. Private."""

import functools
import sys
from typing import Any

import _interloop

_running: "list[Any]" = []
_watched = False


def is_poller(callback: Any) -> bool:
    """Whether a reader's callback is that of gRPC's completion queue."""
    if type(callback) is functools.partial:
        callback = callback.func
    return type(getattr(callback, "__self__", None)).__module__ == "grpc._cython.cygrpc"


def watch() -> None:
    """Learn which servers run: these keep the process alive. What awaits a call does so by itself, and an idle channel does not."""
    global _watched
    server: Any = getattr(sys.modules.get("grpc.aio._server"), "Server", None)
    if _watched or server is None:
        return
    _watched = True
    start, stop = server.start, server.stop

    @functools.wraps(start)
    async def start_seen(self: Any) -> None:
        await start(self)
        _running.append(self._server)
        _interloop.touch()

    @functools.wraps(stop)
    async def stop_seen(self: Any, grace: Any) -> None:
        try:
            await stop(self, grace)
        finally:
            _interloop.touch()

    server.start, server.stop = start_seen, stop_seen


def any_server() -> bool:
    """Whether a server runs."""
    if _running:
        _running[:] = [server for server in _running if server.is_running()]
    return bool(_running)
