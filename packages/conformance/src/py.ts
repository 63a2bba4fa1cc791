// Python objects are used in the tests as they are in Python, without types.
// oxlint-disable-next-line typescript/no-explicit-any
export type Py = any;

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A promise that resolves after a timer, with a value. */
export async function later<T>(value: T, milliseconds = 1): Promise<T> {
  await delay(milliseconds);
  return value;
}

/** The next macrotask. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What `body` throws or rejects with; fails when it does neither. */
export async function caught(body: () => unknown): Promise<Py> {
  let value: unknown;
  try {
    value = await body();
  } catch (error) {
    return error;
  }
  throw new Error(`Expected an error, got ${String(value)}`);
}

/** Waits until `condition` holds; the test's own deadline is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1);
}
