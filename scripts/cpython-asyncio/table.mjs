// What the tables of results say, and which modules are run.

/** Modules that only test another platform's loop. */
export const skippedModules = ["test_proactor_events", "test_windows_events", "test_windows_utils"];

/** A few seconds that cover callbacks, timers, descriptors, signals, locks, streams, servers and runners: the classes of each module, all when there are none. */
export const fastModules = {
  test_events: ["EPollEventLoopTests", "HandleTests", "TimerTests", "TestServer"],
  test_locks: [],
  test_runners: [],
  test_streams: [],
  test_unix_events: [],
};

/** How exceptions and results name the class of a record. */
export const name = (record) => `${record.module}.${record.class}`;

/** What a table keeps of a record. */
export function summary({ passed, skipped, failed, died }) {
  const names = Object.keys(failed);
  return { passed, ...(skipped ? { skipped } : {}), ...(names.length ? { failed: names } : {}), ...(died ? { died } : {}) };
}

/** The text of a file of results: one line for each class. */
export function format(python, platform, table) {
  const lines = Object.entries(table).map(([key, row]) => `  ${JSON.stringify(key)}: ${JSON.stringify(row)}`);
  return `{\n "python": ${JSON.stringify(python)},\n "platform": ${JSON.stringify(platform)},\n "classes": {\n${lines.join(",\n")}\n }\n}\n`;
}
