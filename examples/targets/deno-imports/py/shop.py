import asyncio

import interloop

prices = interloop.import_js("lib/price.ts")
kleur = interloop.import_js("kleur")


async def label(item):
    # Loaded by nobody before, so somebody has to wait for it.
    pad = await asyncio.to_thread(interloop.import_js, "npm:left-pad@1.3.0")
    return f"{pad.default(item, 5)} {prices.price(item)} {kleur.default.red('red')}"
