// What the tables of results say, and which modules are run.

/** Modules that only test another platform's loop. */
export const skippedModules = ["test_proactor_events", "test_windows_events", "test_windows_utils"];

/** A few seconds that cover callbacks, descriptors, signals, tasks, streams and servers. */
export const fastModules = ["test_events", "test_futures", "test_locks", "test_queues", "test_streams", "test_taskgroups", "test_unix_events"];

/** How exceptions and results name the class of a record. */
export const name = (record) => `${record.module}.${record.class}`;

/** What a table keeps of a record. */
export function summary({ passed, skipped, failed, died }) {
  const names = Object.keys(failed);
  return { passed, ...(skipped ? { skipped } : {}), ...(names.length ? { failed: names } : {}), ...(died ? { died } : {}) };
}
