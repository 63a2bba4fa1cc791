import type { Span } from "./tracing.ts";

/** The spans of one trace as lines, each below and to the right of its parent; siblings in the order of their items. */
export function tree(spans: readonly Span[]): string[] {
  const known = new Set(spans.map(({ id }) => id));
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => (parent === undefined ? span.parent === undefined || !known.has(span.parent) : span.parent === parent))
      .map((span) => [`${"  ".repeat(depth)}${describe(span)}`, ...below(span.id, depth + 1)])
      .sort(([one = ""], [other = ""]) => one.localeCompare(other))
      .flat();
  return below(undefined, 0);
}

function describe({ side, name, attributes, parent }: Span): string {
  const facts = Object.entries(attributes).map(([key, value]) => ` ${key}=${value}`);
  return `${name}${facts.join("")} (${side}${parent === undefined ? ", root" : ""})`;
}

/** Spans by the trace that they belong to. */
export function byTrace(spans: readonly Span[]): Map<string, Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  return traces;
}
