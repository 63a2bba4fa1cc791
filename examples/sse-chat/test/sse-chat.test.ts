import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import "../src/runtime.ts";

const { createChatServer, openChats } = await import("../src/chat.ts");

test("tokens arrive while they are made, and the generator is closed when the client leaves", async () => {
  const server = createChatServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const client = new AbortController();
  const { body, headers } = await fetch(`http://127.0.0.1:${port}/chat?prompt=hello`, { signal: client.signal });
  expect(headers.get("content-type")).toBe("text/event-stream");
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("much")) text += (await reader.read()).value;
  expect(text.split("\n\n").slice(0, 3)).toEqual(['data: {"token":"You"}', 'data: {"token":"said"}', 'data: {"token":"hello"}']);
  expect(openChats()).toBe(1);
  await reader.cancel().catch(() => undefined);
  client.abort();
  while (openChats() > 0) await delay(5);
  server.closeAllConnections();
  server.close();
});
