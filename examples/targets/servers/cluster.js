import cluster from "node:cluster";
import { createServer } from "node:http";
import { python } from "@interloop/node";
import { check, prepare } from "./data.js";

const { find, session } = prepare(python);
if (cluster.isPrimary) {
  // The primary uses Python too.
  await find("tea");
  const workers = [cluster.fork(), cluster.fork()];
  const ports = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  for (let n = 0; n < 4; n++) await check("cluster", (path) => fetch(`http://127.0.0.1:${ports[0]}${path}`, { headers: { connection: "close" } }));
  for (const worker of workers) worker.disconnect();
} else {
  const server = createServer(async (request, response) => {
    try {
      const text = JSON.stringify(request.url === "/find" ? await find("tea") : session());
      response.end(text);
    } catch (error) {
      response.writeHead(500).end(error.code);
    }
  });
  server.listen(0, () => process.send(server.address().port));
}
