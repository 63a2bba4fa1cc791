/** The endpoint: GET /chat?prompt=... answers with server-sent events. */
import { createServer } from "node:http";
import type { Server } from "node:http";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { intoAsyncIterable, python } from "@interloop/core";

const chat = python.importFile(import.meta, "../python/chat.py");

/** The chats that Python is answering. */
export function openChats(): number {
  return python.len(chat.open_chats);
}

/** A stream of tokens as server-sent events. */
function events(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform: (token: string, _, done) => done(null, `data: ${JSON.stringify({ token })}\n\n`),
  });
}

/** The server. `pipeline` destroys its source when the client leaves: the generator is cancelled, and its `finally` runs. */
export function createChatServer(): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname !== "/chat") {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    const tokens = Readable.from(intoAsyncIterable<string>(chat.answer(searchParams.get("prompt") ?? "")));
    pipeline(tokens, events(), response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") console.error(error);
    });
  });
}
