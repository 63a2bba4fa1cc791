/** The API: POST /summary answers with JSON, POST /chart with a PNG. */
import { python, spawnBlocking } from "@interloop/core";

const sales = python.importFile(import.meta, "../python/sales.py");

export interface Order {
  readonly item: string;
  readonly count: number;
  readonly price: number;
}

/** What servers of all runtimes take: a function of a Request. */
export async function handler(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method !== "POST") return new Response("POST a list of orders", { status: 405 });
  const orders = (await request.json()) as Order[];
  if (pathname === "/summary") return Response.json(python.toJs(sales.summary(orders)));
  if (pathname === "/chart") {
    // Drawing takes a while: on a thread it does not hold up other requests.
    const png = python.buffer(await spawnBlocking<any>(sales.chart, orders)).data as Uint8Array;
    return new Response(png.slice(), { headers: { "content-type": "image/png" } });
  }
  return new Response(null, { status: 404 });
}
