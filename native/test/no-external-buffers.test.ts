// A host that forbids memory of others in ArrayBuffers, as Electron does: a copy of the addon whose call for such an ArrayBuffer goes to a library that answers so.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindingFile, loadBinding } from "../lib/index.ts";
import { flags, root } from "./fixtures/child.ts";

const NAME = "napi_create_external_arraybuffer";
const OTHER = "test_create_external_arraybuffer";
// napi_no_external_buffers_allowed
const STATUS = 22;

const program = `
import { python } from "@interloop/node";

const codeOf = (fn) => {
  try {
    fn();
    return "no error";
  } catch (error) {
    return error.code;
  }
};
const numpy = python.import("numpy");
const array = numpy.arange(4);
const view = python.buffer(array);
const reversed = python.buffer(python.eval("lambda a: a[::-1]")(array));
const shared = python.share(2);
const seen = numpy.asarray(shared);
shared[0] = 7;
const first = seen.item(0);
python.eval("lambda seen: seen.__setitem__(1, 9)")(seen);
console.log(
  JSON.stringify({
    data: [...view.data].map(Number),
    reversed: [...reversed.copy()].map(Number),
    copied: [view.copied, view.readonly],
    writable: codeOf(() => python.buffer(array, { writable: true })),
    setAt: codeOf(() => view.setAt([0], 5n)),
    bytes: [...python.toJs(python.eval("b'ab'"))],
    nested: [...python.toJs(python.eval("{'a': bytearray(b'cd')}")).a],
    shared: [first, shared[1]],
    empty: python.buffer(python.eval("b''")).data.length,
  }),
);
`;

describe.runIf(process.platform === "linux" && process.versions["bun"] === undefined && process.versions["deno"] === undefined)(
  "a host without memory of others",
  () => {
    let folder = "";

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "interloop-forbidden-"));
      loadBinding();
      const addon = readFileSync(bindingFile()!, "latin1");
      expect(addon).toContain(`\0${NAME}\0`);
      writeFileSync(join(folder, "interloop.node"), addon.replaceAll(`\0${NAME}\0`, `\0${OTHER}\0`), "latin1");
      writeFileSync(join(folder, "forbid.c"), `int ${OTHER}(void) { return ${STATUS}; }\n`);
      execFileSync("cc", ["-shared", "-fPIC", "-o", join(folder, "forbid.so"), join(folder, "forbid.c")]);
      writeFileSync(join(root, "node_modules", ".forbidden-program.mjs"), program);
    });

    afterAll(() => {
      rmSync(folder, { recursive: true });
      rmSync(join(root, "node_modules", ".forbidden-program.mjs"));
    });

    test("gives copies of Python's memory, and says so", () => {
      const { stdout, stderr } = spawnSync(process.execPath, [...flags, "node_modules/.forbidden-program.mjs"], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, LD_PRELOAD: join(folder, "forbid.so"), INTERLOOP_BINARY: join(folder, "interloop.node") },
      });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({
        data: [0, 1, 2, 3],
        reversed: [3, 2, 1, 0],
        copied: [true, true],
        writable: "buffer-unsupported",
        setAt: "buffer-unsupported",
        bytes: [97, 98],
        nested: [99, 100],
        shared: [7, 9],
        empty: 0,
      });
    });
  },
);
