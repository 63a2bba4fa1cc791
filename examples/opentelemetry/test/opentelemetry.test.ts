import { python } from "@interloop/core";
import { context, trace } from "@opentelemetry/api";
import { beforeEach, expect, test } from "vitest";
import { order, orderOverHttp, serve } from "../src/shop.ts";
import { takeSpans } from "../src/tracing.ts";
import { byTrace, tree } from "../src/tree.ts";

const AT_ONCE = 60;
const ITEMS = ["tea", "scone", "jam"];

function priced(item: string, customer: string): string[] {
  return [`price_of item=${item} (Python)`, `  price item=${item} (JS)`, `    discount customer=${customer} (Python)`, `      look_up item=${item} (Python)`];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function checkedOut(customer: string): string[] {
  const items = ITEMS.toSorted();
  return ["checkout (Python)", ...indented(items.flatMap((item) => priced(item, customer)))];
}

/** Numbers of customers, whose orders begin at different times. */
async function many(each: (customer: string) => Promise<number>): Promise<void> {
  const total = 9 * ITEMS.join("").length;
  const began = Array.from({ length: AT_ONCE }, async (_, number) => {
    await new Promise((resolve) => setTimeout(resolve, number % 7));
    expect(await each(`c${number}`)).toBe(total);
  });
  await Promise.all(began);
}

function treesByCustomer(): Map<string, string[]> {
  const trees = [...byTrace(takeSpans()).values()].map(tree);
  return new Map(trees.map((lines) => [/customer=(\w+)/.exec(lines.join())?.[1] ?? "nobody", lines]));
}

beforeEach(() => void takeSpans());

test("one trace goes through JS, Python, JS and Python, with the right parents", async () => {
  await order("ada", ITEMS);
  const spans = takeSpans();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(tree(spans)).toEqual(["order (JS, root)", ...indented(checkedOut("ada"))]);
});

test("calls that run at once keep to their traces", async () => {
  await many((customer) => order(customer, ITEMS));
  const trees = treesByCustomer();
  expect(trees.size).toBe(AT_ONCE);
  for (const [customer, lines] of trees) expect(lines).toEqual(["order (JS, root)", ...indented(checkedOut(customer))]);
});

test("requests that an aiohttp server handles at once keep to their traces", async () => {
  const server = await serve();
  await many((customer) => orderOverHttp(customer, server.base, ITEMS));
  await server.stop();
  const trees = treesByCustomer();
  expect(trees.size).toBe(AT_ONCE);
  for (const [customer, lines] of trees) {
    expect(lines).toEqual(["order (JS, root)", "  GET /order (Python)", ...indented(indented(checkedOut(customer)))]);
  }
});

test("a trace that begins in Python goes on in JS", async () => {
  const module = python.fromCode(
    `
from opentelemetry import trace

async def begin(function):
    with trace.get_tracer("test").start_as_current_span("python root"):
        await function()
`,
    "begin.py",
    "begin",
  );
  const child = (): void => trace.getTracer("test").startActiveSpan("js child", (span) => span.end());
  await module.begin(async () => {
    child();
    await new Promise((resolve) => setTimeout(resolve, 1));
    child();
  });
  expect(trace.getActiveSpan()).toBeUndefined();
  expect(tree(takeSpans())).toEqual(["python root (Python, root)", "  js child (JS)", "  js child (JS)"]);
});

test("a span that comes home can be written to", async () => {
  const module = python.fromCode(
    `
from opentelemetry import baggage, context, trace

def home(function):
    context.attach(baggage.set_baggage("changed", "in Python"))
    function()

def write():
    trace.get_current_span().set_attribute("written", "by Python")

def begin(function):
    with trace.get_tracer("test").start_as_current_span("theirs"):
        function()
`,
    "home.py",
    "home",
  );
  trace.getTracer("test").startActiveSpan("ours", (span) => {
    module.home(() => trace.getActiveSpan()?.setAttribute("written", "by JS"));
    span.end();
  });
  module.begin(() => context.with(context.active(), () => module.write()));
  expect(tree(takeSpans())).toEqual(["ours written=by JS (JS, root)", "theirs written=by Python (Python, root)"]);
});

test("a context that JS leaves is left in Python as well", async () => {
  const current = (): string => {
    const span = python.import("opentelemetry.trace").get_current_span().get_span_context();
    return python.import("opentelemetry.trace").format_span_id(span.span_id) as string;
  };
  const tracer = trace.getTracer("test");
  const none = "0".repeat(16);
  expect(current()).toBe(none);
  await tracer.startActiveSpan("outer", async (outer) => {
    expect(current()).toBe(outer.spanContext().spanId);
    await tracer.startActiveSpan("inner", async (inner) => {
      await Promise.resolve();
      expect(current()).toBe(inner.spanContext().spanId);
      inner.end();
    });
    expect(current()).toBe(outer.spanContext().spanId);
    expect(trace.getActiveSpan()).toBe(outer);
    outer.end();
  });
  expect(current()).toBe(none);
});
