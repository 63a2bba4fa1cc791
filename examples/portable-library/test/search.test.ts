/** The library's own tests, which leave nothing behind: each has an event loop of its own, in the runtime that runs this. */
import { SearchIndex, QueryError } from "@interloop/example-portable-library";
import type * as testing from "@interloop/node/testing";
import { expect, test } from "vitest";

const { versions } = process as { versions: Record<string, string | undefined> };
const runtime = versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";
// The adapter comes along.
const { withLoop } = (await import(`@interloop/${runtime}/testing`)) as typeof testing;

const documents = [
  { title: "Ants", text: "Ants carry leaves" },
  { title: "Bees", text: "Bees carry pollen" },
];

/** A test with an index, which is closed at its end. */
function withIndex(body: (index: SearchIndex) => Promise<void>): () => Promise<void> {
  return withLoop(async () => {
    const index = await SearchIndex.open();
    try {
      await index.add(documents);
      await body(index);
    } finally {
      await index.close();
    }
  });
}

test(
  "documents are found by their words",
  withIndex(async (index) => {
    expect(await index.search("pollen")).toMatchObject([{ title: "Bees", snippet: "Bees carry [pollen]" }]);
    expect(await index.search("honey")).toEqual([]);
    expect(await index.search("carry", { limit: 1 })).toHaveLength(1);
  }),
);

test(
  "a score of the caller's own",
  withIndex(async (index) => {
    const found = await index.search("carry", { score: ({ title }) => (title === "Bees" ? 1 : 0) });
    expect(found.map(({ title }) => title)).toEqual(["Bees", "Ants"]);
  }),
);

test(
  "words that look alike",
  withIndex(async (index) => {
    expect(index.suggest("polen")).toEqual(["pollen"]);
  }),
);

test(
  "a bad query, a failing callback and an aborted search end as they should, and the index stays good",
  withIndex(async (index) => {
    await expect(index.search('"unbalanced')).rejects.toThrow(QueryError);
    const reason = new Error("no");
    await expect(index.add(documents, { onProgress: () => Promise.reject(reason) })).rejects.toBe(reason);
    await expect(index.search("carry", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await index.search("pollen")).toHaveLength(1);
  }),
);

test(
  "searches at once",
  withIndex(async (index) => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, round) => index.search(round % 2 === 0 ? "leaves" : "pollen")));
    expect(found.every(([hit], round) => hit?.title === (round % 2 === 0 ? "Ants" : "Bees"))).toBe(true);
  }),
);
