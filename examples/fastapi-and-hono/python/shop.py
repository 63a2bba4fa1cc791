"""The shop: its stock, and a FastAPI application that shows it."""

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException

stock = {"tea": 3, "milk": 1}
app = FastAPI()


class SoldOut(Exception):
    pass


async def take(item: str) -> int:
    await asyncio.sleep(0)  # a database
    if stock.get(item, 0) == 0:
        raise SoldOut(item)
    stock[item] -= 1
    return stock[item]


@app.get("/api/stock/{item}")
async def look(item: str) -> dict[str, Any]:
    if item not in stock:
        raise HTTPException(404, f"no {item}")
    return {"item": item, "count": stock[item]}


async def serve(port: int, started: Any) -> None:
    """Serves until it is cancelled; `started` is told the port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        if server.started:
            started(server.servers[0].sockets[0].getsockname()[1])
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
