/**
 * `process.env` in Bun, which is a copy of C's environment: what either language sets, the other and its children would not see.
 *
 * What is done: an object in its place tells C what is set, and looks whether C's environment has changed before it answers. `Bun.env` remains the copy.
 */
import process from "node:process";
import type { ProcessTools } from "@interloop/core";

type Variables = Record<string, string | undefined>;

/** Put that object in the place of `process.env`. */
export function shareEnvironment({ setVariable, variables }: ProcessTools): void {
  const copy = process.env as Variables;
  // What was set before Python started, and is not in C's environment yet.
  const before = parse(variables() ?? []);
  for (const [name, value] of Object.entries(copy)) if (value !== before.get(name)) setVariable(name, value);
  for (const name of before.keys()) if (copy[name] === undefined) setVariable(name, undefined);
  variables();
  const take = (): void => {
    const entries = variables();
    if (entries === undefined) return;
    const now = parse(entries);
    for (const name of Object.keys(copy)) if (!now.has(name)) delete copy[name];
    for (const [name, value] of now) if (copy[name] !== value) copy[name] = value;
  };
  const change = (name: string, value: string | undefined): void => {
    take();
    setVariable(name, value);
    // What is there now is what the next look compares with.
    variables();
    if (value !== undefined) copy[name] = value;
  };
  process.env = new Proxy(copy, {
    get(target, name) {
      take();
      return Reflect.get(target, name) as unknown;
    },
    has(target, name) {
      take();
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      take();
      return Reflect.ownKeys(target);
    },
    getOwnPropertyDescriptor(target, name) {
      take();
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    set(target, name, value) {
      if (!Reflect.set(target, name, value)) return false;
      if (typeof name === "string") change(name, String(target[name] ?? value));
      return true;
    },
    deleteProperty(target, name) {
      if (typeof name === "string") change(name, undefined);
      return Reflect.deleteProperty(target, name);
    },
  });
}

function parse(entries: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    const end = entry.indexOf("=", 1);
    const name = entry.slice(0, end);
    if (end > 0 && !found.has(name)) found.set(name, entry.slice(end + 1));
  }
  return found;
}
