/** Deep conversion, against the JSON text of the same data: written on one side, handed over, and parsed on the other. */
import type { Case, Sample } from "../case.ts";
import { python } from "../runtime.ts";

const ROUNDS = 5;

const records = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `name ${id}`, price: id / 3, stock: id % 100, active: id % 2 === 0 }));
const nested = Array.from({ length: 2000 }, (_, id) => ({
  id,
  user: { first: `First${id}`, last: `Last${id}`, address: { street: `${id} Main Street`, geo: [id / 7, id / 11] } },
  orders: Array.from({ length: 3 }, (__, n) => ({ sku: `sku-${id}-${n}`, count: n, total: (id * n) / 3, note: null })),
}));
const floats = Array.from({ length: 1_000_000 }, (_, n) => n / 7);

type Text = (text: string) => Disposable;
type Dump = (object: unknown) => string;
const { loads, dumps } = python.import("json") as unknown as { loads: Text; dumps: Dump };

const milliseconds = (body: () => unknown): number => {
  const start = performance.now();
  body();
  return performance.now() - start;
};

/** The best of some rounds of each, in turn, in microseconds. */
function versus(name: string, body: () => unknown, json: () => unknown): Case {
  const sample = async (): Promise<Sample> => {
    let [value, floor] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      floor = Math.min(floor, milliseconds(json));
      value = Math.min(value, milliseconds(body));
    }
    return { value: value * 1000, floor: floor * 1000 };
  };
  return { name, unit: "us", floor: "json", maxRuns: 5, sample };
}

function bothWays(name: string, data: unknown): readonly Case[] {
  let object: unknown;
  const there = (): unknown => (object ??= python.toPy(data));
  return [
    versus(`convert/${name}/to-py`, () => python.toPy(data)[Symbol.dispose](), () => loads(JSON.stringify(data))[Symbol.dispose]()), // prettier-ignore
    versus(`convert/${name}/to-js`, () => python.toJs(there()), () => JSON.parse(dumps(there())) as unknown), // prettier-ignore
  ];
}

export const conversions: readonly Case[] = [...bothWays("records", records), ...bothWays("nested", nested), ...bothWays("floats/10^6", floats)];
