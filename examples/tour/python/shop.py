"""An aiohttp application and an aiohttp client; what they sell is known to TypeScript, in the module `stock`."""

import asyncio
from typing import Any

import aiohttp
import stock  # type: ignore[import-not-found]
from aiohttp import web


async def item_page(request: web.Request) -> web.Response:
    await asyncio.sleep(0.002)
    number = request.headers["X-Request-Id"]
    # Into TypeScript, which comes back to `describe` below, which goes to TypeScript once more.
    page = await stock.page(request.match_info["item"], number)
    return web.json_response(page)


async def describe(item: str) -> "dict[str, Any]":
    """Called by TypeScript on behalf of one request."""
    await asyncio.sleep(0.002)
    # Nobody passes the request's number along here: TypeScript's AsyncLocalStorage knows it, in a Task of its own as well.
    task = asyncio.create_task(seen_later())
    return {"item": item, "seen_by_task": await task}


async def seen_later() -> str:
    await asyncio.sleep(0.001)
    number: str = stock.request_number()
    return number


class Server:
    """The application on a loopback port of the system's choice."""

    def __init__(self) -> None:
        self.app = web.Application()
        self.app.router.add_get("/items/{item}", item_page)
        self.runner = web.AppRunner(self.app)

    async def start(self) -> int:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port: int = self.runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        await self.runner.cleanup()


class Client:
    """An aiohttp client session; it asks TypeScript which request it works for."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = aiohttp.ClientSession()

    async def get(self, path: str) -> str:
        headers = {"X-Request-Id": stock.request_number()}
        async with self.session.get(self.base + path, headers=headers) as response:
            return await response.text()

    async def close(self) -> None:
        await self.session.close()


async def make_client(base: str) -> Client:
    return Client(base)


class Ticker:
    """Counts how often asyncio wakes it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ticks = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self.seconds)
            self.ticks += 1


async def spin(seconds: float) -> int:
    """Keep the loop busy with nothing but `sleep(0)`."""
    end = asyncio.get_running_loop().time() + seconds
    turns = 0
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0)
        turns += 1
    return turns
