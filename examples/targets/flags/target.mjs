const prints = "slept 42";
const row = (title, needs, flags) => ({ title, version: "node", needs, command: ["node", ...flags, "main.js"], prints });

export default {
  group: "Flags and hosts",
  rows: [
    row("Node's permission model", "`--allow-addons`; `--allow-worker` for `spawnBlocking`", [
      "--permission",
      "--allow-fs-read=*",
      "--allow-addons",
      "--allow-worker",
    ]),
    row("`--disallow-code-generation-from-strings`", "Nothing", ["--disallow-code-generation-from-strings"]),
    row("`--frozen-intrinsics`", "Nothing", ["--frozen-intrinsics"]),
    row("`--disable-proto=throw`", "Nothing", ["--disable-proto=throw"]),
    {
      title: "The permission model without leave for addons",
      version: "node",
      command: ["node", "--permission", "--allow-fs-read=*", "main.js"],
      prints: ["permission-denied", '"--allow-addons"'],
    },
    { title: "No addons at all", version: "node", command: ["node", "--no-addons", "main.js"], prints: ["permission-denied", '"--no-addons"'] },
  ],
};
