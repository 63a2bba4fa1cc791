import { python } from "@interloop/node";
import fastify from "fastify";
import { check, prepare } from "./data.js";

const { find, session } = prepare(python);
const app = fastify();
app.get("/find", () => find("tea"));
app.get("/session", async () => session());
const schema = { response: { 200: { type: "object", properties: { count: { type: "integer" }, items: { type: "array" } } } } };
app.get("/schema", { schema }, async () => (await find("tea"))[1]);
const address = await app.listen({ port: 0 });
await check("fastify", (path) => fetch(`${address}${path}`));
console.log("schema", await (await fetch(`${address}/schema`)).text());
await app.close();
