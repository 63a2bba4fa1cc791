import "./runtime.ts";
import { createServer } from "node:http";

const { app, serveFastApi } = await import("./app.ts");
const stop = new AbortController();
const { port, ended } = await serveFastApi(8000, stop.signal);
console.log(`FastAPI: curl http://localhost:${port}/api/stock/tea, and http://localhost:${port}/docs`);

// @hono/node-server, Deno.serve and Bun.serve take app.fetch as it is.
const server = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    const made = await app.fetch(new Request(`http://localhost${request.url}`, { method: request.method ?? "GET" }));
    response.writeHead(made.status, Object.fromEntries(made.headers)).end(await made.text());
  };
  answer().catch((error: Error) => response.writeHead(500).end(error.name));
});
server.listen(3000, () => console.log("Hono: curl -X POST http://localhost:3000/take/tea"));

const end = (): void => {
  stop.abort();
  server.close();
};
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, end);
await ended;
