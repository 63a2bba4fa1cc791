/** What throws `error` into Python, once. It keeps the error for one call only: the frame that makes the call is in the error's traceback. */
export function throwOnce(error: unknown): () => never {
  let kept = error;
  return () => {
    const thrown = kept;
    kept = undefined;
    throw thrown;
  };
}
