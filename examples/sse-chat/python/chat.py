"""The chat: an async generator of tokens. A real one would ask a model here."""

import asyncio
from collections.abc import AsyncIterator

open_chats: set[str] = set()


async def answer(prompt: str) -> AsyncIterator[str]:
    open_chats.add(prompt)
    try:
        for word in f"You said {prompt} and I have".split():
            await asyncio.sleep(0.001)
            yield word
        while True:
            await asyncio.sleep(0.001)
            yield "much"
    finally:
        # Runs when the client has left, and may await: close connections, count tokens.
        await asyncio.sleep(0)
        open_chats.discard(prompt)
