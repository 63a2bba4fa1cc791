import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import "../src/runtime.ts";

const { begin, ended, jobOf, stop } = await import("../src/jobs.ts");

test("a job ends with its result", async () => {
  const { id } = begin(5000, { deadline: 60_000 });
  expect(jobOf(id)).toMatchObject({ state: "running" });
  expect(await ended(id)).toEqual({ id, state: "done", progress: 1, result: 669 });
});

test("the deadline stops a job, and the event loop stays free meanwhile", async () => {
  const { id } = begin(1_000_000_000, { deadline: 200 });
  while (jobOf(id)?.state === "running") await delay(5);
  expect(await ended(id)).toMatchObject({ state: "stopped", error: expect.stringMatching(/^at \d+ of/) as string });
});

test("a job can be stopped before its deadline", async () => {
  const { id } = begin(1_000_000_000, { deadline: 60_000 });
  stop(id);
  expect(await ended(id)).toMatchObject({ state: "stopped" });
});
