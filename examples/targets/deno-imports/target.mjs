import { startJsr } from "./jsr.mjs";

const allow = ["--no-prompt", "--allow-ffi", "--allow-read", "--allow-env"];

export default {
  group: "Package managers",
  install: "deno",
  rows: [
    {
      title: "Deno, import maps and `npm:` in Python's `import_js`",
      version: "deno",
      needs: "`--allow-ffi --allow-read --allow-env`",
      command: ["deno", "run", ...allow, "main.ts"],
      prints: "  tea 300 red",
    },
    {
      title: "Deno, `jsr:` in Python's `import_js`",
      version: "deno",
      needs: "`--allow-ffi --allow-read --allow-env`",
      async run(project) {
        const jsr = await startJsr();
        try {
          const env = { ...project.env, JSR_URL: jsr.url };
          const host = new URL(jsr.url).host;
          await project.expect("deno", ["run", ...allow, `--allow-import=${host}`, "jsr.ts"], "gross 42", { env });
        } finally {
          jsr.close();
        }
      },
    },
  ],
};
