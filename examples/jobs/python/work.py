"""Work that computes: it tells how far it is, and looks at a flag to know when to stop."""

import threading
from collections.abc import Callable


class Stopped(Exception):
    """The job was told to stop."""


def count_primes(below: int, progress: Callable[[float], object], stop: threading.Event) -> int:
    found = 0
    for number in range(2, below):
        if number % 500 == 0:
            if stop.is_set():
                raise Stopped(f"at {number} of {below}")
            progress(number / below)
        found += all(number % divisor for divisor in range(2, int(number**0.5) + 1))
    return found
