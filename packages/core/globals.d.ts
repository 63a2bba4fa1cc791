// The web-standard names that core may use: all that every runtime has. Declared by hand because lib "DOM" would bring a whole browser.
// Never shipped: whoever imports core has these from the types of the runtime.

interface Event {
  readonly type: string;
}

interface EventTarget {
  addEventListener(type: string, listener: (event: Event) => void, options?: { once?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
}

interface AbortSignal extends EventTarget {
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: Event) => void) | null;
  throwIfAborted(): void;
}

declare const AbortSignal: {
  readonly prototype: AbortSignal;
  abort(reason?: unknown): AbortSignal;
  any(signals: Iterable<AbortSignal>): AbortSignal;
  timeout(milliseconds: number): AbortSignal;
};

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortController: {
  readonly prototype: AbortController;
  new (): AbortController;
};

interface DOMException extends Error {
  readonly code: number;
}

declare const DOMException: {
  readonly prototype: DOMException;
  new (message?: string, name?: string): DOMException;
};

interface ReadableStream<R = any> {
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterator<R, undefined, undefined>;
}

declare const ReadableStream: {
  readonly prototype: ReadableStream;
  from<R>(iterable: Iterable<R> | AsyncIterable<R>): ReadableStream<R>;
};

declare function queueMicrotask(callback: () => void): void;

interface URL {
  readonly href: string;
  readonly protocol: string;
  toString(): string;
}

declare const URL: { new (url: string, base: string): URL };

declare const performance: {
  now(): number;
};
