import { python } from "@interloop/core";
import type { PyAwaitable, PyObject } from "@interloop/core";

// The Python half travels as text: a library for every runtime cannot count on a file system or on a way to find its own files.
const source = `
import asyncio
import difflib
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor


class Index:
    """Full-text search in SQLite. The database has a thread of its own, so that a slow query holds up neither loop."""

    def __init__(self):
        self._thread = ThreadPoolExecutor(1)
        self._database = None
        self._words = set()

    async def _work(self, function, *args):
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    async def open(self, path):
        def connect():
            self._database = sqlite3.connect(path)
            self._database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS documents USING fts5(title, text)")

        await self._work(connect)

    async def add(self, documents, progress):
        def insert(document):
            with self._database:
                self._database.execute("INSERT INTO documents VALUES (?, ?)", (document["title"], document["text"]))

        for done, document in enumerate(documents, 1):
            await self._work(insert, document)
            self._words.update(re.findall(r"\\w+", document["text"].lower()))
            if progress is not None:
                await progress(done, len(documents))

    async def search(self, query, limit, score):
        def select():
            sql = "SELECT title, snippet(documents, 1, '[', ']', '...', 8), rank FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT ?"
            return self._database.execute(sql, (query, limit)).fetchall()

        rows = await self._work(select)
        hits = [{"title": title, "snippet": snippet, "rank": rank} for title, snippet, rank in rows]
        return hits if score is None else sorted(hits, key=score, reverse=True)

    def suggest(self, word):
        return difflib.get_close_matches(word.lower(), sorted(self._words))

    async def close(self):
        if self._database is not None:
            await self._work(self._database.close)
        self._thread.shutdown(wait=False)
`;

/** A document as it was found. */
export interface Hit {
  readonly title: string;
  /** Where the words stand, in brackets. */
  readonly snippet: string;
  /** SQLite's own measure: the smaller, the better. */
  readonly rank: number;
}

/** The class `Index` as it is seen from here. */
export interface PyIndex extends PyObject {
  open(path: string): PyAwaitable<null>;
  add(documents: PyObject, progress: ((done: number, total: number) => Promise<void>) | null): PyAwaitable<null>;
  search(query: string, limit: number, score: ((hit: PyObject) => number) | null): PyAwaitable<PyObject>;
  suggest(word: string): PyObject;
  close(): PyAwaitable<null>;
}

let module: { Index(): PyIndex } | undefined;

/** A new index, not yet open. Python starts here, not when the library is imported. */
export function newIndex(): PyIndex {
  module ??= python.fromCode(source, "search.py", "portable_search") as unknown as { Index(): PyIndex };
  return module.Index();
}
