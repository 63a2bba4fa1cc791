const allow = ["--allow-ffi", "--allow-read", "--allow-env"];
const needs = "`--allow-ffi --allow-read --allow-env`";

export default {
  group: "Test runners",
  install: "deno",
  rows: [
    { title: "`deno test`", version: "deno", needs, command: ["deno", "test", ...allow], prints: "12 passed" },
    { title: "`deno test --parallel`", version: "deno", needs, command: ["deno", "test", "--parallel", ...allow], prints: "12 passed" },
  ],
};
