"""What core asks of a Main, or of the Program that stands in its place. Private: core and this file change together."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import _interloop

from ._main import Main
from ._run import Driver


def main_begin(main: Main) -> None:
    main.begin()


def main_exiting(main: Main, status: int) -> None:
    main.exiting(status)


def main_finished(main: Main, status: int) -> None:
    main.finished(status)


def main_join(main: Main, home: asyncio.AbstractEventLoop) -> None:
    main.join(home)


def main_next_command(main: Main) -> "Coroutine[Any, Any, str]":
    return main.next_command()


def main_run(main: Main) -> int:
    _interloop.give_thread()
    return main.run()


def main_loop(main: Main) -> asyncio.AbstractEventLoop:
    return main.loop


def main_lends(main: Main) -> bool:
    return main.lends


def main_new_loop(main: Main) -> asyncio.AbstractEventLoop:
    return main.new_loop()


def main_driver(main: Main, loop: asyncio.AbstractEventLoop) -> Driver:
    return Driver(loop, True, main.lend)


def main_handlers_left(main: Main) -> str:
    return main.handlers_left()
