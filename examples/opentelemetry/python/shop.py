"""A shop: its prices are known to TypeScript, in the module `catalog`, and TypeScript asks Python for discounts."""

import asyncio

from aiohttp import web
from catalog import price  # type: ignore[import-not-found]
from opentelemetry import baggage, context, propagate, trace

tracer = trace.get_tracer("shop")


async def checkout(items: "list[str]") -> int:
    with tracer.start_as_current_span("checkout"):
        return sum(await asyncio.gather(*(price_of(item) for item in items)))


async def price_of(item: str) -> int:
    with tracer.start_as_current_span("price_of", attributes={"item": item}):
        await asyncio.sleep(0.001 * len(item))
        result: int = await price(item)
        return result


async def discount(item: str) -> int:
    """Called by TypeScript, in the middle of `price`."""
    with tracer.start_as_current_span("discount") as span:
        span.set_attribute("customer", str(baggage.get_baggage("customer")))
        return await asyncio.create_task(look_up(item))


async def look_up(item: str) -> int:
    with tracer.start_as_current_span("look_up", attributes={"item": item}):
        await asyncio.sleep(0.001)
        return len(item)


async def order_page(request: web.Request) -> web.Response:
    # Each request comes with its trace; this is what OpenTelemetry's instrumentations of servers do.
    token = context.attach(propagate.extract(request.headers))
    try:
        with tracer.start_as_current_span("GET /order", kind=trace.SpanKind.SERVER):
            return web.json_response(await checkout(request.query.getall("item")))
    finally:
        context.detach(token)


class Server:
    """The shop as an aiohttp application, on a loopback port of the system's choice."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_get("/order", order_page)
        self.runner = web.AppRunner(app)

    async def start(self) -> int:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port: int = self.runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        await self.runner.cleanup()
