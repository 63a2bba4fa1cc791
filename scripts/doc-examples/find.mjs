// Finds the examples in documentation: fenced blocks marked "ts" in TSDoc comments and in Markdown. A block marked "ts program" is run as a program of its own, one marked "ts no-run" is type-checked only.
import { Script } from "node:vm";
import { parseSync } from "oxc-parser";

// Node 22 cannot parse `using`: such a block is type-checked only there.
const USING = /^\s*(await )?using /m;
const hasUsing = parses("{ using nothing = null; }");

function parses(code) {
  try {
    return Boolean(new Script(code));
  } catch {
    return false;
  }
}

const FENCE = /^\s*(```+|~~~+)\s*(.*?)\s*$/;

/** The blocks in the lines of a comment or a page: { line, code, run, program }, `line` being that of the first line of code. */
function blocksIn(lines, firstLine) {
  const blocks = [];
  let open;
  for (const [index, text] of lines.entries()) {
    const [, fence, info] = FENCE.exec(text) ?? [];
    if (fence === undefined) open?.code.push(text);
    else if (open === undefined) open = { fence, info, line: firstLine + index + 1, code: [] };
    else if (info === "" && fence.startsWith(open.fence)) {
      blocks.push(open);
      open = undefined;
    } else open.code.push(text);
  }
  if (open !== undefined) throw new Error(`the block that begins at line ${open.line - 1} has no end`);
  return blocks
    .filter(({ info }) => info === "ts" || info === "ts program" || info === "ts no-run")
    .map(({ line, code, info }) => ({ line, code: code.join("\n"), info }))
    .map(({ line, code, info }) => ({ line, code, run: info !== "ts no-run" && (hasUsing || !USING.test(code)), program: info === "ts program" }));
}

const lineAt = (text, offset) => text.slice(0, offset).split("\n").length;

/** The examples of a file, in order. */
export function examplesIn(path, text) {
  if (path.endsWith(".md")) return blocksIn(text.split("\n"), 1);
  const docs = parseSync(path, text).comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"));
  return docs.flatMap(({ start, value }) => {
    const lines = value.split("\n").map((line) => line.replace(/^\s*\*? ?/, ""));
    return blocksIn(lines, lineAt(text, start));
  });
}

/**
 * What an example says that it prints: the comment behind each console.log. What follows a colon may be a remark.
 */
export function expectationsOf({ code, line }) {
  return code.split("\n").flatMap((text, index) => {
    const said = text.includes("console.log(") ? / \/\/ (.+)$/.exec(text)?.[1] : undefined;
    return said === undefined ? [] : [{ line: line + index, said: said.trim() }];
  });
}
