import { expect, test } from "vitest";
import { workerFile } from "../src/jobs.ts";

const jobs = new URL("../src/jobs.ts", import.meta.url).href;

test("workers run the file beside this package's own", () => {
  expect(workerFile(jobs)).toBe(new URL("../src/job-worker.ts", import.meta.url).href);
  expect(workerFile("https://example.org/src/jobs.js")).toBe("https://example.org/src/job-worker.js");
});

test("a bundle that has left that file behind is told so, and is never run as a worker itself", () => {
  for (const own of ["file:///app/dist/bundle.js", "file:///app/dist/jobs.js", "file:///app/dist/my-jobs-a1b2.js"]) {
    expect(() => workerFile(own)).toThrow(expect.objectContaining({ code: "worker-died", message: expect.stringContaining(own) }));
  }
});
