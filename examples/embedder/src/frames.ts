/** The scheduler of this host: all work is done in frames, so that nothing begins in the middle of another thing. A game or a window system has one like it. */

const queue: (() => void)[] = [];
let requested = false;

/** Do `work` in the next frame. */
export function nextFrame(work: () => void): void {
  queue.push(work);
  if (requested) return;
  requested = true;
  setImmediate(frame);
}

function frame(): void {
  requested = false;
  for (const work of queue.splice(0)) {
    try {
      work();
    } catch (error) {
      // One piece of work must not take the others with it: the runtime reports this by itself.
      void Promise.reject(error as Error);
    }
  }
}
