import asyncio

import interloop


async def gross(price):
    # By its name in the import map, and as what that stands for.
    vat = await asyncio.to_thread(interloop.import_js, "vat")
    same = await asyncio.to_thread(interloop.import_js, "jsr:@shop/vat@1.0.0")
    return f"gross {vat.vat(price)} {same.vat is vat.vat or same.vat(price)}"
