"""Uses shop.ts wrongly, line by line."""

import shop


async def wrong(cart: shop.Cart) -> None:
    await shop.price(1)  # wrong: arg-type
    await shop.price()  # wrong: call-arg
    await shop.price(name="tea")  # wrong: call-arg
    shop.label("tea")  # wrong: call-arg
    shop.label("tea", rounded=True, currency="GBP")  # wrong: arg-type
    print(shop.find("tea").price)  # wrong: union-attr
    shop.sum(len, 1)  # wrong: arg-type
    cart.add("tea")  # wrong: arg-type
    print(cart.items)  # wrong: attr-defined
    cart.total().bit_length()  # wrong: attr-defined
    shop.Cart()  # wrong: call-arg
