/** Errors that name each other: each is looked at once. Without that these programs would take longer than the universe has existed. */
import type { SoundProgram } from "./sound-program.ts";

const setUp = `
  const { python, spawnBlocking } = api;
  python.exec(\`
import sys, traceback
def caught(function):
    try:
        function()
    except BaseException as error:
        return error
def members(error):
    return len(getattr(error, "exceptions", ())) if sys.version_info >= (3, 11) else None
def causes(error):
    count = 0
    while error.__cause__ is not None and count < 5000:
        error, count = error.__cause__, count + 1
    return count
def shown(error):
    return len("".join(traceback.format_exception(type(error), error, error.__traceback__))) > 0
async def raises(function):
    raise caught(function)
def chain(length):
    error = ValueError(0)
    for index in range(length):
        outer = ValueError(index)
        outer.__cause__, error = error, outer
    raise error
def ring():
    first, second = ValueError(1), ValueError(2)
    first.__cause__, second.__cause__ = second, first
    raise first
\`);
  const modern = python.eval("sys.version_info >= (3, 11)");
  const caught = python.eval("caught"), members = python.eval("members"), causes = python.eval("causes"), shown = python.eval("shown");
  const all = (count) => {
    const errors = Array.from({ length: count }, (_, index) => new Error("e" + index));
    const group = new AggregateError(errors, "all");
    for (const error of errors) error.cause = group;
    return group;
  };
  const thrown = (error) => caught(() => { throw error; });
`;

const program = (name: string, body: string, prints: string): SoundProgram => ({ name: `errors: ${name}`, source: setUp + body, prints });

export const errorGraphs: readonly SoundProgram[] = [
  program(
    "members that have their group as their cause",
    `const error = thrown(all(60)); console.log(modern ? members(error) : 60, shown(error));`,
    "60 true\n",
  ),
  program(
    "groups in each other and in themselves",
    `
      const groups = Array.from({ length: 30 }, (_, index) => new AggregateError([], "g" + index));
      for (const group of groups) group.errors.push(...groups);
      const error = thrown(groups[0]);
      console.log(modern ? members(error) : 30, shown(error));
    `,
    "30 true\n",
  ),
  program(
    "a cause that is the error itself, and causes in a circle",
    `
      const self = new Error("self");
      self.cause = self;
      const [a, b] = [new Error("a"), new Error("b")];
      a.cause = b;
      b.cause = a;
      console.log(shown(thrown(self)), shown(thrown(a)));
      try { python.eval("ring")(); } catch (error) { console.log(error.cause.cause.message, String(error.stack).length > 0); }
    `,
    "true true\n1 true\n",
  ),
  program(
    "very long chains of causes, both ways",
    `
      let error = new Error("first");
      for (let index = 0; index < 10000; index++) error = new Error("e" + index, { cause: error });
      const seen = thrown(error);
      console.log(causes(seen) >= 50, shown(seen));
      try { python.eval("chain")(10000); } catch (thrown) {
        let last = thrown, count = 0;
        while (last.cause !== undefined && count < 500) { last = last.cause; count++; }
        console.log(count, thrown.message);
      }
    `,
    "true true\n500 9999\n",
  ),
  program(
    "through an await, and back",
    `const group = all(40); const back = await python.eval("raises")(() => { throw group; }).then(null, (error) => error); console.log(back === group);`,
    "true\n",
  ),
];
