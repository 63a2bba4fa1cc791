// In Node, Deno and Bun: the package of each is named on the command line.
import { Hono } from "hono";
import { check, prepare } from "./data.js";

const { python } = await import(process.argv[2]);
const { find, session } = prepare(python);
const app = new Hono();
app.get("/find", async (c) => c.json(await find("tea")));
app.get("/session", (c) => c.json(session()));
app.onError((error, c) => c.text(error.code, 500));
await check("hono", (path) => app.request(path));

const serve = {
  "@interloop/node": async () => {
    const { serve: start } = await import("@hono/node-server");
    return new Promise((resolve) => {
      const server = start({ fetch: app.fetch, port: 0 }, ({ port }) => resolve({ port, close: () => server.close() }));
    });
  },
  "@interloop/deno": () => {
    const server = Deno.serve({ port: 0, onListen: () => undefined }, app.fetch);
    return { port: server.addr.port, close: () => server.shutdown() };
  },
  "@interloop/bun": () => {
    const server = Bun.serve({ port: 0, fetch: app.fetch });
    return { port: server.port, close: () => server.stop(true) };
  },
};
const { port, close } = await serve[process.argv[2]]();
await check("server", (path) => fetch(`http://127.0.0.1:${port}${path}`));
await close();
