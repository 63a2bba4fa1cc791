import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root, scratch } from "./fixtures/child.ts";

const folder = scratch();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compiler = process.env["CXX"]?.split(" ") ?? ["g++"];
const source = join(root, "native/src");
const here = process.platform === "darwin" ? "macos" : "linux";

// Whether the system has what the poller stands on; libkqueue has it on Linux.
function has(header: string): boolean {
  const flags = header === "sys/event.h" && here === "linux" ? ["-I/usr/include/kqueue"] : [];
  return spawnSync(compiler[0] ?? "", [...compiler.slice(1), "-x", "c++", ...flags, "-include", header, "-fsyntax-only", "/dev/null"]).status === 0;
}

describe.runIf(process.platform !== "win32")("every poller that this system can run", () => {
  for (const { poller, wake, header } of [
    { poller: "epoll", wake: "eventfd", header: "sys/epoll.h" },
    { poller: "kqueue", wake: "pipe", header: "sys/event.h" },
    { poller: "poll", wake: "pipe", header: "poll.h" },
    { poller: "poll", wake: "eventfd", header: "sys/eventfd.h" },
  ]) {
    test.runIf(has(header))(`${poller}, woken by ${wake}`, { timeout: 120_000 }, () => {
      const binary = join(folder, `${poller}-${wake}`);
      const files = [`loop/poller_${poller}.cc`, `platform/wake_${wake}.cc`, `platform/clock_${here}.cc`, `platform/threads_${here}.cc`];
      const library = poller === "kqueue" && here === "linux" ? ["-I/usr/include/kqueue", "-lkqueue"] : [];
      const args = ["-std=c++20", "-O1", "-pthread", `-I${source}`, join(root, "native/test/poller_driver.cc"), ...files.map((file) => join(source, file))];
      const built = spawnSync(compiler[0] ?? "", [...compiler.slice(1), ...args, "-o", binary, ...library], { encoding: "utf8" });
      expect(built.stderr).toBe("");
      const { status, stdout, stderr } = spawnSync(binary, { encoding: "utf8" });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    });
  }
});
