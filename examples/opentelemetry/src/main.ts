/** One trace through TypeScript and Python, printed as a tree; and many at once through an aiohttp server, each its own: node scripts/with-runtime.mjs node examples/opentelemetry/src/main.ts */
import { runtime } from "./runtime.ts";
import { order, orderOverHttp, serve } from "./shop.ts";
import { takeSpans } from "./tracing.ts";
import { byTrace, tree } from "./tree.ts";

console.log(`${runtime}\n`);
await order("ada", ["tea", "scone"]);
const spans = takeSpans();
console.log(`${byTrace(spans).size} trace:\n${tree(spans).join("\n")}\n`);

const server = await serve();
await Promise.all(Array.from({ length: 50 }, (_, number) => orderOverHttp(`customer-${number}`, server.base, ["tea", "scone"])));
await server.stop();
const shapes = [...byTrace(takeSpans()).values()].map((trace) => tree(trace).length);
console.log(`50 orders over HTTP at once: ${shapes.length} traces of ${Math.min(...shapes)} to ${Math.max(...shapes)} spans`);
