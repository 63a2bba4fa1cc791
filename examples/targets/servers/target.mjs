const hono = (title, runtime, command) => ({
  title: `Hono, ${title}`,
  version: "hono",
  needs: "Nothing",
  command: [...command, "hono.js", `@interloop/${runtime}`],
  prints: ["hono answers", "server answers"],
});

const program = (title, version, file, prints) => ({ title, version, needs: "Nothing", command: ["node", file], prints });

export default {
  group: "Frameworks",
  rows: [
    program("Express", "express", "express.js", "express answers"),
    program("Fastify", "fastify", "fastify.js", ["fastify answers", 'schema {"count":1,"items":[1,null]}']),
    hono("Node", "node", ["node"]),
    hono("Deno", "deno", ["deno", "run", "-A"]),
    hono("Bun", "bun", ["bun"]),
    program("A function service (as AWS Lambda)", "node", "lambda-host.js", "lambda answers, not-convertible"),
    program("`cluster`", "node", "cluster.js", "cluster answers"),
    program("Pools of piscina", "piscina", "pool.js", "pool answers true"),
    program("superjson", "superjson", "rpc.js", ["superjson answers true", "not-convertible"]),
    {
      title: "NestJS",
      version: "@nestjs/core",
      needs: "Nothing",
      night: true,
      async run(project) {
        await project.run("node_modules/.bin/tsc", ["-p", "tsconfig.json"]);
        await project.expect("node", ["built/nest.js"], "nest answers");
      },
    },
  ],
};
