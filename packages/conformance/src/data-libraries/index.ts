/** Calls of data libraries with plain data, and the table of them in the docs. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";
import { dataCalls } from "./calls.ts";
import type { DataCall } from "./calls.ts";

const page = new URL("../../../../docs/data-libraries.md", import.meta.url);
const fakes = readFileSync(new URL("./fakes.py", import.meta.url), "utf8");
const servers: ReadonlySet<string> = new Set(["redis", "psycopg", "openai"]);
// oxlint-disable-next-line no-empty-function
const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
const begin = "<!-- table of calls: written by a test -->\n";
const end = "<!-- end of the table -->\n";

const cell = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

function row({ library, code, result, remedy }: DataCall): string {
  return `| ${library} | ${cell(code)} | ${remedy === undefined ? cell(result) : `throws ${cell(result)}, which names ${cell(remedy)}`} |`;
}

const table = (): string => ["| library | call | gives |", "| --- | --- | --- |", ...dataCalls.map(row), ""].join("\n");

export const dataLibraries: Topic = ({ api, test }) => {
  const { python, kwargs } = api;
  const run = async (library: string, code: string): Promise<unknown> => {
    // The very text that the docs show.
    const body = /\breturn\b/.test(code) ? code : `return ${code}`;
    const call = new AsyncFunction("python", "kwargs", "port", body) as (...given: unknown[]) => Promise<unknown>;
    if (!servers.has(library)) return await call(python, kwargs);
    const server = python.fromCode(fakes, "fakes.py", "fakes");
    const port: number = server[library]();
    try {
      return await call(python, kwargs, port);
    } finally {
      server.stop();
    }
  };
  const say = (value: Py): string => (typeof value === "string" ? value : python.repr(value));

  for (const [index, { library, code, result, remedy }] of dataCalls.entries()) {
    test(
      `${library} ${index}: ${code}`,
      async () => {
        if (remedy === undefined) {
          assert.equal(say(await run(library, code)), result);
          return;
        }
        const error = await caught(() => run(library, code));
        assert.equal(error.code ?? error.name, result);
        assert.ok(error.message.includes(remedy), error.message);
      },
      { leaves: "libraries keep what they load" },
    );
  }

  test("the docs show these calls", () => {
    const text = readFileSync(page, "utf8");
    const start = text.indexOf(begin) + begin.length;
    const shown = text.slice(start, text.indexOf(end));
    if (process.env["INTERLOOP_UPDATE_TABLES"] === "1") writeFileSync(page, text.slice(0, start) + table() + text.slice(text.indexOf(end)));
    else assert.equal(shown, table(), 'the table in docs/data-libraries.md is old: run this test with "INTERLOOP_UPDATE_TABLES=1"');
  });
};
