"""A Python suite that tests a TypeScript module; the last two tests fail on purpose."""

import asyncio
import inspect

import cart
import interloop
import pytest


@pytest.fixture
def prices():
    return [1, 2, 3]


async def test_total(prices):
    assert await cart.total(prices) == 6
    assert inspect.iscoroutinefunction(cart.total)
    assert cart.VAT == 19


async def test_error():
    with pytest.raises(interloop.JsError, match="too dear"):
        await cart.total([999, 2])


def test_without_a_loop(prices):
    assert asyncio.run(cart.total(prices)) == 6


@pytest.mark.parametrize("count", [1, 10])
async def test_many_at_once(count):
    assert await asyncio.gather(*(cart.total([n]) for n in range(count))) == list(range(count))


async def test_leaves_a_task():
    asyncio.get_running_loop().create_task(asyncio.sleep(3600), name="left over")


async def test_fails():
    assert await cart.total([1]) == 2
