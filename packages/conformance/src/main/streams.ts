/** stdout, stderr, stdin and console in the worker. */
import assert from "node:assert/strict";
import type { Capabilities } from "../capabilities.ts";
import { fileRunner } from "../child.ts";
import { ends, withMain } from "./program.ts";

export function streams(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const run = fileRunner(capabilities);

  harness.test("console and the streams write at once, in order, to where they should", async () => {
    const body = `
      console.log("one %d", 1);
      process.stdout.write("two\\n");
      console.error("three");
      process.stderr.write("four\\n");
      console.info("five", { a: [1] });
      console.warn("six");
      process.exit(0);`;
    const ended = await run(withMain(body));
    ends(0, "one 1\ntwo\nfive { a: [ 1 ] }\n", "three\nfour\nsix\n")({ ...ended, stdout: ended.stdout.replace("a: [1]", "a: [ 1 ]") });
  });

  harness.test("a full pipe holds nothing back", async () => {
    const body = `
      const line = "x".repeat(1023) + "\\n";
      for (let count = 0; count < 1000; count++) process.stdout.write(line);
      console.log("y".repeat(300_000));
      process.exit(0);`;
    const ended = await run(withMain(body));
    assert.deepEqual([ended.status, ended.stdout.length, ended.stderr], [0, 1_024_000 + 300_001, ""]);
  });

  harness.test("standard input", async () => {
    const body = `
      let text = "";
      process.stdin.setEncoding("utf8");
      for await (const piece of process.stdin) text += piece;
      console.log(text.length, text.slice(0, 5));`;
    ends(0, "200006 hello\n")(await run(withMain(body), [], { input: `hello\n${"z".repeat(200_000)}` }));
    ends(0, "0 \n")(await run(withMain(body)));
  });

  harness.test("a program that does not read its input ends", async () => {
    ends(0, "done\n")(await run(withMain(`process.stdin.on("data", () => undefined); console.log("done");`), [], { input: "x" }));
  });
}
