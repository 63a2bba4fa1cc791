import "./runtime.ts";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

const { handler } = await import("./api.ts");
const port = Number(process.env["PORT"] ?? 3000);
// Deno.serve and Bun.serve take the handler as it is.
const server = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    const body = request.method === "POST" ? new Uint8Array(await buffer(request)) : null;
    const { status, headers, body: out } = await handler(new Request(`http://localhost${request.url}`, { method: request.method ?? "GET", body }));
    response.writeHead(status, Object.fromEntries(headers));
    if (out === null) response.end();
    else Readable.fromWeb(out as any).pipe(response);
  };
  answer().catch((error: Error) => response.writeHead(500).end(error.name));
});
server.listen(port, () => console.log(`curl -d '[{"item":"tea","count":2,"price":3}]' http://localhost:${port}/summary`));
