"""Settling a future of a loop that runs on another thread; called by the addon."""

from typing import Any


def _settle(future: Any, fulfilled: bool, value: Any) -> None:
    if future.done():
        return
    if fulfilled:
        future.set_result(value)
    else:
        future.set_exception(value)


def settle_on_loop(loop: Any, future: Any, fulfilled: bool, value: Any) -> None:
    """Settle `future` on its own `loop`; a loop that was closed meanwhile has nobody left to tell."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, future, fulfilled, value)
