/** A random mixture of actions, many at a time, and the census at its end. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Census, NativeBinding } from "@interloop/core";
import { settle } from "../census.ts";
import { until, type Py } from "../py.ts";
import type { Adapter } from "../suite.ts";
import { actions, type World } from "./actions.ts";
import { Random } from "./random.ts";

export interface MixtureOptions {
  readonly seed: number;
  /** How many actions. */
  readonly count: number;
  /** Only these kinds of actions; all of them unless given. The others are left out, so those that stay are the same. */
  readonly kinds?: readonly string[];
  /** How many actions run at a time. */
  readonly width: number;
  readonly locate: string;
}

/** Runs the mixture, and answers how many crossings it took. Throws when an action saw something wrong, or when something is left at the end. */
export async function runMixture(api: Adapter, options: MixtureOptions): Promise<number> {
  const m: Py = api.python.fromCode(readFileSync(join(import.meta.dirname, "chaos.py"), "utf8"), "chaos.py", "chaos");
  const collect = api.getRuntime().capabilities.collectGarbage;
  const world: World = {
    api,
    m,
    storage: new AsyncLocalStorage(),
    locate: options.locate,
    collect: typeof collect === "function" ? collect : () => undefined,
  };
  const binding = api.getRuntime().loadBinding() as NativeBinding;

  // What is made once and kept is made before the census is taken.
  await perform(world, { ...options, seed: options.seed + 1, count: Math.min(options.count, 200) });
  const before = await census(world, binding);
  const crossings = await perform(world, options);
  await until(() => isQuiet(m));
  let grown = growthOf(before, await census(world, binding));
  // A collector that is conservative keeps what old addresses on the stack seem to name, and all that hangs on it: other work overwrites them. A leak stays.
  for (let round = 0; round < ROUNDS && grown !== undefined; round++) {
    await perform(world, { ...options, seed: options.seed + 2 + round, count: 100 });
    await until(() => isQuiet(m));
    grown = growthOf(before, await census(world, binding));
  }
  assert.equal(grown, undefined, `The census has grown: ${grown}`);
  return crossings;
}

const SLACK = 40;
const ROUNDS = 5;

/** What there is clearly more of, in words. An engine whose collector is conservative may keep a few. */
function growthOf(before: Census, after: Census): string | undefined {
  const names = ["refs", "crossings", "jsObjects", "watched", "buffers", "queued"] as const;
  const name = names.find((each) => after[each] > before[each] + SLACK);
  return name && `${name}: ${before[name]} -> ${after[name]}`;
}

function isQuiet(m: Py): boolean {
  const [streams, running] = m.state() as Iterable<number>;
  if (streams !== 0 || running !== 0) m.collect();
  return streams === 0 && running === 0;
}

function census(world: World, binding: NativeBinding): ReturnType<typeof settle> {
  return settle(binding, { js: world.collect, python: () => void world.m.collect() });
}

async function perform(world: World, { seed, count, kinds, width }: MixtureOptions): Promise<number> {
  const names = Object.keys(actions);
  const total = names.reduce((sum, name) => sum + actions[name]!.weight, 0);
  const choose = (random: Random): string => {
    let left = random.next() * total;
    return names.find((name) => (left -= actions[name]!.weight) < 0) ?? names[0]!;
  };
  let next = 0;
  let crossings = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      // Each action has a generator of its own: leaving one out changes no other.
      const random = new Random(seed * 1_000_003 + index);
      const name = choose(random);
      if (kinds !== undefined && !kinds.includes(name)) continue;
      try {
        const taken = await actions[name]!.run(world, random);
        crossings += taken;
      } catch (error) {
        throw new Error(`Action ${index} of seed ${seed}, "${name}", saw something wrong: ${String((error as Error)?.message ?? error)}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return crossings;
}
