import { python } from "@interloop/node";
import express from "express";
import { check, prepare } from "./data.js";

const { find, session } = prepare(python);
const app = express();
app.get("/find", async (request, response) => {
  response.json(await find("tea"));
});
app.get("/session", (request, response) => {
  response.json(session());
});
app.use((error, request, response, next) => {
  response.status(500).send(error.code);
});
const server = app.listen(0, async () => {
  await check("express", (path) => fetch(`http://127.0.0.1:${server.address().port}${path}`));
  server.close();
});
