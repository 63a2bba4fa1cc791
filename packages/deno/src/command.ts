// What `deno run` was started with cannot be asked for, but what it allows can.
const names = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;

/** What starts this command again, with the permissions that it has in full. */
export function command(): readonly string[] {
  const granted = names.filter((name) => {
    const { state, partial } = Deno.permissions.querySync({ name });
    return state === "granted" && !partial;
  });
  const flags = granted.length === names.length ? ["--allow-all"] : granted.map((name) => `--allow-${name}`);
  return [Deno.execPath(), "run", ...flags, entry()];
}

/** Deno runs a file of its cache of npm only by the name of the package. */
function entry(): string {
  const [, name, version] = /\/npm\/[^/]+\/(@[^/]+\/[^/]+)\/([^/]+)\/dist\/bin\.js$/.exec(Deno.mainModule) ?? [];
  const isCached = name !== undefined && !Deno.mainModule.includes("/node_modules/");
  return isCached ? `npm:${name}@${version}` : Deno.mainModule;
}
