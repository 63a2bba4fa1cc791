import { beforeAll, describe, expect, test } from "vitest";
import { examplesIn, expectationsOf } from "../doc-examples/find.mjs";
import { checkTypes, clean, documents, examplesOf, runDoctests, runExamples } from "../doc-examples/index.mjs";
import { undocumented } from "../doc-examples/undocumented.mjs";

describe("finding", () => {
  const code = "const a = 1;\nconsole.log(a); // 1: a remark";

  test("blocks of a page, with their lines", () => {
    const page = `# Title\n\n\`\`\`ts\n${code}\n\`\`\`\n\n\`\`\`python\nx = 1\n\`\`\`\n\n\`\`\`ts no-run\nlater();\n\`\`\`\n`;
    expect(examplesIn("a.md", page)).toEqual([
      { line: 4, code, run: true },
      { line: 13, code: "later();", run: false },
    ]);
  });

  test("blocks of TSDoc comments, and of no others", () => {
    const block = ` * \`\`\`ts\n * ${code.replace("\n", "\n * ")}\n * \`\`\`\n`;
    const source = `/* not\n${block} */\nconst x = 1;\n/**\n * Text.\n * @example\n${block} */\nexport const y = 2;\n`;
    expect(examplesIn("a.ts", source)).toEqual([{ line: 12, code, run: true }]);
  });

  test("a block without an end is an error", () => {
    expect(() => examplesIn("a.md", "```ts\nf();\n")).toThrow("line 1 has no end");
  });

  test("what an example says that it prints", () => {
    expect(expectationsOf({ code: `${code}\nf(); // not printed`, line: 4 })).toEqual([{ line: 5, said: "1: a remark" }]);
  });
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
