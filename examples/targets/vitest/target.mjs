const rows = ["forks", "threads", "vmForks", "vmThreads"].flatMap((pool) => [
  // One worker for all files, so that each file is the second one for somebody.
  {
    title: `vitest, pool \`${pool}\``,
    version: "vitest",
    needs: "Nothing",
    command: ["npx", "vitest", "run", "--pool", pool, "--maxWorkers", "1"],
    prints: "21 passed",
  },
]);
rows.push({
  title: "vitest, `--no-isolate`",
  version: "vitest",
  needs: "Nothing",
  command: ["npx", "vitest", "run", "--pool", "threads", "--no-isolate"],
  prints: "21 passed",
});

export default { group: "Test runners", rows };
