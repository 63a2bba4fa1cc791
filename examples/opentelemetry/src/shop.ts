/** The shop's TypeScript: what a customer does, and the prices that Python asks for. */
import { setTimeout as delay } from "node:timers/promises";
import { pymodule, python } from "@interloop/core";
import type { PyObject } from "@interloop/core";
import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import "./tracing.ts";

const tracer = trace.getTracer("shop");

/** A span around `work`, active while it runs. */
function traced<T>(name: string, work: () => Promise<T>, kind: SpanKind = SpanKind.INTERNAL): Promise<T> {
  return tracer.startActiveSpan(name, { kind }, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

// Its functions are first called when somebody orders, and `shop` is there by then.
let shop: PyObject;

pymodule("catalog", {
  price: (item: string) =>
    traced("price", async () => {
      await delay(item.length);
      trace.getActiveSpan()?.setAttribute("item", item);
      return 10 * item.length - ((await shop.discount(item)) as number);
    }),
});

shop = python.import("shop");

/** A customer orders, by calling Python. */
export function order(customer: string, items: readonly string[]): Promise<number> {
  return traced("order", () => as(customer, async () => (await shop.checkout(python.toPy(items))) as number));
}

/** A customer orders, over HTTP. */
export function orderOverHttp(customer: string, base: string, items: readonly string[]): Promise<number> {
  const query = new URLSearchParams(items.map((item): [string, string] => ["item", item]));
  const fetched = (): Promise<number> =>
    as(customer, async () => {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      const response = await fetch(`${base}/order?${query}`, { headers });
      return (await response.json()) as number;
    });
  return traced("order", fetched, SpanKind.CLIENT);
}

function as<T>(customer: string, work: () => Promise<T>): Promise<T> {
  return context.with(propagation.setBaggage(context.active(), propagation.createBaggage({ customer: { value: customer } })), work);
}

/** The shop's aiohttp server: its address, and how to stop it. */
export async function serve(): Promise<{ readonly base: string; stop(): Promise<void> }> {
  const server = shop.Server() as PyObject;
  const port = (await server.start()) as number;
  return { base: `http://127.0.0.1:${port}`, stop: async () => void (await server.stop()) };
}
