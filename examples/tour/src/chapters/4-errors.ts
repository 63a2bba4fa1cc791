import { isPyError, pymodule, python } from "@interloop/core";
import { chapter, delay, holds, say } from "../story.ts";

class OutOfStock extends Error {
  override readonly name = "OutOfStock";
}

/** Errors cross as what they are, and come back as the same object. */
export async function raiseAndThrow(): Promise<void> {
  chapter("Errors keep their identity");

  const empty = new OutOfStock("no more tea");
  pymodule("warehouse", {
    async take(): Promise<never> {
      await delay(1);
      throw empty;
    },
    call: (fn: () => unknown) => fn(),
  });
  const complaints = python.import("complaints");

  const raised: unknown = await complaints.lookup("sugar").then(undefined, (error: unknown) => error);
  if (!isPyError(raised)) throw raised;
  const frame = raised.frames.at(-1);
  say(`Python raised ${raised.name}: ${raised.message} (in ${frame?.function}(), of ${frame?.file.split("/").at(-1)})`);
  holds("it arrived as a PyError with Python's name, message and traceback", raised.name === "KeyError" && frame?.function === "lookup");

  say(`Python caught what TypeScript threw: ${await complaints.report()}`);
  const thrown: unknown = await complaints.pass_on().then(undefined, (error: unknown) => error);
  holds("an error of TypeScript that nobody caught in Python is the same object again", thrown === empty);
  holds("an exception of Python that went through TypeScript is the same object again", complaints.round_trip() as boolean);
}
