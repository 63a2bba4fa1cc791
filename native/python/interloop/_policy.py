"""asyncio's event loop policy."""

import asyncio
from typing import Any


def event_loop_policy() -> Any:
    """The policy in force. From Python 3.14 on the public function warns that policies will be removed."""
    get: Any = getattr(asyncio.events, "_get_event_loop_policy", None) or asyncio.get_event_loop_policy
    return get()
