export default {
  group: "Package managers",
  install: "deno",
  rows: [
    {
      title: "Deno, import maps and `npm:` in Python's `import_js`",
      version: "deno",
      needs: "`--allow-ffi --allow-read --allow-env`",
      command: ["deno", "run", "--no-prompt", "--allow-ffi", "--allow-read", "--allow-env", "main.ts"],
      prints: "  tea 300 red",
    },
  ],
};
