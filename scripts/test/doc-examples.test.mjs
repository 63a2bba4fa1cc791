import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examplesIn, expectationsOf } from "../doc-examples/find.mjs";
import { checkTypes, clean, documents, examplesOf, runDoctests, runExamples } from "../doc-examples/index.mjs";
import { undocumented } from "../doc-examples/undocumented.mjs";
import { root } from "../node-binary.mjs";

afterAll(clean);

describe("finding", () => {
  const code = "const a = 1;\nconsole.log(a); // 1: a remark";

  test("blocks of a page, with their lines", () => {
    const page = `# Title\n\n\`\`\`ts\n${code}\n\`\`\`\n\n\`\`\`python\nx = 1\n\`\`\`\n\n\`\`\`ts no-run\nlater();\n\`\`\`\n`;
    expect(examplesIn("a.md", page)).toEqual([
      { line: 4, code, run: true, program: false },
      { line: 13, code: "later();", run: false, program: false },
    ]);
  });

  test("blocks of TSDoc comments, and of no others", () => {
    const block = ` * \`\`\`ts\n * ${code.replace("\n", "\n * ")}\n * \`\`\`\n`;
    const source = `/* not\n${block} */\nconst x = 1;\n/**\n * Text.\n * @example\n${block} */\nexport const y = 2;\n`;
    expect(examplesIn("a.ts", source)).toEqual([{ line: 12, code, run: true, program: false }]);
  });

  test("a block without an end is an error", () => {
    expect(() => examplesIn("a.md", "```ts\nf();\n")).toThrow("line 1 has no end");
  });

  test("what an example says that it prints", () => {
    expect(expectationsOf({ code: `${code}\nf(); // not printed`, line: 4 })).toEqual([{ line: 5, said: "1: a remark" }]);
  });
});

test("wrong examples are found out, with their lines", async () => {
  const file = "scripts/test/fixtures/wrong-examples.md";
  const failures = await runExamples(file, 3000);
  expect(failures.map((failure) => failure.split("\n")[0])).toEqual([
    `${file}:4: it did not print`,
    `${file}:13: Error: an example that throws`,
    `${file}:23: the process did not end within 3000 ms; the last example begun stands here`,
  ]);
  expect(failures[0]).toContain("line 4: that");
  expect(checkTypes([file])).toEqual([expect.stringMatching(`^${file}:18: error TS2322`)]);
});

test("every code of an InterloopError has its place in docs/errors.md", () => {
  const sources = ["packages/{core,node}/src/**/*.ts", "native/src/**/*.cc", "native/python/interloop/*.py"].flatMap((pattern) =>
    globSync(pattern, { cwd: root }),
  );
  const raised = /(?:InterloopError|Failure|FailTask)\((?:\w+, )?\s*"([a-z]+(?:-[a-z]+)*)"|failure = \{\s*"([a-z-]+)"/g;
  const codes = sources.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(raised)].map(([, code, other]) => code ?? other));
  const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
  expect(new Set(codes).size).toBeGreaterThan(20);
  expect([...new Set(codes)].filter((code) => !page.includes(`\n| \`${code}\` |`))).toEqual([]);
});

describe("examples in the documentation", () => {
  const files = documents();
  beforeAll(clean);

  test("there are some where they must be", () => {
    expect(files).toEqual(expect.arrayContaining(["README.md", "docs/getting-started.md", "packages/core/src/python/python.ts"]));
    expect(files.flatMap(examplesOf).length).toBeGreaterThan(40);
  });

  test.each(["packages/core/src/index.ts", "packages/node/src/index.ts"])("every export of %s is documented and shown", (file) => {
    const examples = files.flatMap(examplesOf).map(({ code }) => code);
    expect(undocumented(file, examples)).toEqual([]);
  });

  test("they compile", () => {
    expect(checkTypes(files)).toEqual([]);
  }, 60_000);

  test.each(files)("%s", async (file) => expect(await runExamples(file)).toEqual([]), 60_000);
});

test("docstrings of the Python package", () => {
  const { attempted, failures } = runDoctests();
  expect(failures).toEqual([]);
  expect(attempted).toBeGreaterThan(5);
});
