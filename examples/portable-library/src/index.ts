/**
 * Full-text search for Node, Deno and Bun. It imports `@interloop/core` alone, as a peer dependency; the application brings the adapter of its runtime by importing it.
 *
 * @example
 * ```ts no-run
 * import "@interloop/node";
 * import { SearchIndex } from "@interloop/example-portable-library";
 *
 * const index = await SearchIndex.open();
 * await index.add([{ title: "Ants", text: "Ants carry leaves" }]);
 * console.log(await index.search("leaves"));
 * await index.close();
 * ```
 */
import { intoPromise, isPyError, python } from "@interloop/core";
import { newIndex } from "./python.ts";
import type { Hit, PyIndex } from "./python.ts";

export type { Hit } from "./python.ts";

/** What is searched. */
export interface Document {
  readonly title: string;
  readonly text: string;
}

export interface AddOptions {
  /** Called after each document, and awaited before the next. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
}

export interface SearchOptions {
  /** How many hits at most; 10 unless given. */
  readonly limit?: number;
  /** Sorts the hits anew: the highest score first. */
  readonly score?: (hit: Hit) => number;
  readonly signal?: AbortSignal;
}

/** A query that SQLite does not understand. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}

/** An index of documents, in a file or in memory. */
export class SearchIndex {
  readonly #index: PyIndex;

  private constructor(index: PyIndex) {
    this.#index = index;
  }

  /** Open the index in the file `path`, which is made if need be, or one in memory. */
  static async open(path = ":memory:"): Promise<SearchIndex> {
    const index = newIndex();
    await index.open(path);
    return new SearchIndex(index);
  }

  async add(documents: readonly Document[], { onProgress }: AddOptions = {}): Promise<void> {
    // Deep copies: the thread of the database could not look into JS objects.
    const copies = python.toPy(documents);
    await this.#index.add(copies, onProgress === undefined ? null : async (done, total) => onProgress(done, total));
  }

  /** The documents in which the words stand, the best first. */
  async search(query: string, { limit = 10, score, signal }: SearchOptions = {}): Promise<Hit[]> {
    const found = this.#index.search(query, limit, score === undefined ? null : (hit) => score(python.toJs(hit) as Hit));
    try {
      return python.toJs(await intoPromise(found, signal === undefined ? {} : { signal })) as Hit[];
    } catch (error) {
      if (isPyError(error) && error.name === "OperationalError") throw new QueryError(`SQLite does not understand "${query}"`, { cause: error });
      throw error;
    }
  }

  /** Words of the documents that look like `word`. */
  suggest(word: string): string[] {
    return python.toJs(this.#index.suggest(word)) as string[];
  }

  async close(): Promise<void> {
    await this.#index.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
