import { expect, test } from "vitest";
import { intoAsyncIterable, python } from "../src/index.ts";
import type { PyObject } from "../src/index.ts";

declare const Bun: { serve(options: { port: number; idleTimeout: number; fetch: () => Response }): { readonly port: number; stop(): Promise<void> } };

test.each([
  ["a handle", (tokens: PyObject) => tokens[Symbol.asyncIterator]()],
  ["intoAsyncIterable", (tokens: PyObject) => intoAsyncIterable<string>(tokens)],
])("a client that goes away ends the Python generator of Bun.serve's answer: %s", async (_, iterate) => {
  const module = python.fromCode(
    "import asyncio\nclosed = asyncio.Event()\nasync def tokens():\n    try:\n        yield 'first'\n        await asyncio.Event().wait()\n    finally:\n        closed.set()",
    "tokens.py",
    "tokens",
  );
  const body = (): ReadableStream => {
    const steps = iterate(module["tokens"]());
    return new ReadableStream({
      async pull(controller) {
        const step = await steps.next();
        if (step.done === true) controller.close();
        else controller.enqueue(new TextEncoder().encode(step.value));
      },
      async cancel(reason) {
        await steps.return!(reason);
      },
    });
  };
  const server = Bun.serve({ port: 0, idleTimeout: 0, fetch: () => new Response(body()) });
  const controller = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}`, { signal: controller.signal });
  await response.body!.getReader().read();
  controller.abort();
  expect(await module["closed"].wait()).toBe(true);
  await server.stop();
});
