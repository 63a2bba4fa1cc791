// What the three applications have in common: all of it, but for the adapter.
import { QueryError, SearchIndex } from "@interloop/example-portable-library";

const documents = [
  { title: "Ants", text: "Ants carry leaves to their nest, in long rows." },
  { title: "Bees", text: "Bees carry pollen to the hive and dance when they are back." },
  { title: "Trees", text: "In autumn the leaves of trees turn yellow, and then the leaves fall." },
];

/** Print what a reader of the library would try first. */
export async function main(): Promise<void> {
  const index = await SearchIndex.open();
  await index.add(documents, {
    async onProgress(done, total) {
      await Promise.resolve();
      console.log(`indexed ${String(done)} of ${String(total)}`);
    },
  });

  for (const { title, snippet } of await index.search("leaves")) console.log(`${title}: ${snippet}`);

  const [first] = await index.search("carry", { score: ({ title }) => title.charCodeAt(0) });
  console.log(`by our own score: ${first?.title ?? "nothing"}`);
  console.log(`polen? ${index.suggest("polen").join(", ")}`);

  try {
    await index.search('"unbalanced');
  } catch (error) {
    console.log(error instanceof QueryError ? `${error.name}: ${error.message}` : error);
  }
  try {
    await index.search("leaves", { signal: AbortSignal.abort(new Error("changed my mind")) });
  } catch (error) {
    console.log((error as Error).message);
  }
  await index.close();
}
