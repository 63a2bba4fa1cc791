"""Runs one scenario under asyncio.run and prints its log: reference.py FILE."""

import asyncio
import sys


def load(path):
    namespace = {"__name__": "scenario"}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), namespace)
    return namespace["main"]


class Log:
    """Collects one line for each call."""

    def __init__(self):
        self.lines = []

    def __call__(self, *values):
        self.lines.append(" ".join(map(str, values)))

    def text(self):
        return "\n".join(self.lines)


def start(path):
    """The coroutine that runs the scenario and its log."""
    log = Log()

    async def run():
        try:
            log("returned", await load(path)(log))
        except Exception as error:
            log("raised", repr(error))

    return run(), log


if __name__ == "__main__":
    coroutine, log = start(sys.argv[1])
    asyncio.run(coroutine)
    print(log.text())
