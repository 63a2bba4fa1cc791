/** What the tests of streams share: sources and readers of either side. */
import type { Capabilities } from "../../capabilities.ts";
import { later } from "../../py.ts";

/** Async generators of Python. */
export const sources = `
  import asyncio, contextvars
  log = []
  made = 0
  waits = False
  async def numbers(n, pause=None):
      global made
      log.append("begin")
      try:
          for i in range(n):
              if pause is not None:
                  await asyncio.sleep(pause)
              made = i + 1
              yield i
          log.append("end")
      finally:
          log.append("finally")
          await asyncio.sleep(0.002)
          log.append("closed")
  async def jittery(n):
      for i in range(n):
          if i % 7 == 0:
              await asyncio.sleep(0)
          if i % 997 == 0:
              await asyncio.sleep(0.001)
          yield i
  def plain(n):
      global made
      try:
          for i in range(n):
              made = i + 1
              yield i
      finally:
          log.append("closed")
  async def failing(n):
      for i in range(n):
          yield i
      raise LookupError("no more")
  async def forever():
      global waits
      try:
          yield 0
          waits = True
          await asyncio.Event().wait()
      except asyncio.CancelledError as error:
          log.append("cancelled")
          raise
      finally:
          await asyncio.sleep(0.001)
          log.append("closed")
  async def stubborn():
      global waits
      i = 0
      while True:
          try:
              waits = i > 0
              await asyncio.sleep(60 if i else 0)
          except asyncio.CancelledError:
              log.append("swallowed")
          i += 1
          yield i
  async def dialogue():
      heard = []
      try:
          while True:
              try:
                  heard.append((yield len(heard)))
              except KeyError as error:
                  heard.append(error)
              except Exception as error:
                  heard.append(type(error).__name__)
                  if len(heard) > 3:
                      return
      finally:
          log.append("closed")
  def text():
      return ",".join(map(str, log))
  def count():
      return made
`;

/** Readers in Python. */
export const consumers = `
  import asyncio, inspect
  log = []
  async def collect(stream):
      return [item async for item in stream]
  async def verify(stream, n, pause_every=0):
      expected = 0
      async for item in stream:
          if item != expected:
              return "expected %r, got %r" % (expected, item)
          expected += 1
          if pause_every and item % pause_every == 0:
              await asyncio.sleep(0.001 if item % 5 == 0 else 0)
      return "complete" if expected == n else "only %d" % expected
  async def take(stream, n):
      taken = []
      async for item in stream:
          taken.append(item)
          if len(taken) == n:
              break
      await stream.aclose()
      log.append("left")
      return taken
  async def within(stream, seconds):
      try:
          return await asyncio.wait_for(collect(stream), seconds)
      except asyncio.TimeoutError:
          return "timeout"
  def describe(stream):
      return [inspect.isasyncgen(stream)] + [hasattr(stream, name) for name in ("asend", "athrow", "aclose", "__anext__")]
  async def catch(stream):
      items = []
      try:
          async for item in stream:
              items.append(item)
      except BaseException as error:
          return items, error
      return items, None
`;

/** What a stream of Python gives, in JS. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

export const marks = [1, 2, 3, 16, 64];

/** How many items a long stream has, and how long it may take. */
export function amounts({ nightly }: Capabilities): { many: number; long: { timeout: number } } {
  return { many: nightly ? 1_000_000 : 10_000, long: { timeout: nightly ? 600_000 : 60_000 } };
}

/** An async generator of JS. */
export async function* jsNumbers(n: number, log: string[] = [], state = { made: 0 }): AsyncGenerator<number> {
  log.push("begin");
  try {
    for (let item = 0; item < n; item++) {
      state.made = item + 1;
      yield item;
    }
    log.push("end");
  } finally {
    log.push("finally");
    await later(null, 1);
    log.push("closed");
  }
}
