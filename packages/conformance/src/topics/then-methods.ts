/** Python objects with a method `then` that are no awaitables: JS calls the method, and no promise takes them for one. */
import assert from "node:assert/strict";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
class Step:
    def __init__(self, *taken): self.taken = taken
    def then(self, *more): return Step(*self.taken, *more)
class Attribute:
    then = 5
class Mock:
    def __getattr__(self, name): return lambda *given: given
class Failing:
    @property
    def then(self): raise ValueError("no then")
async def give(): return Step("given")
async def receives(fn): return type(await fn()).__name__
class Callback:
    def then(self, fn): return fn(20) + 1
`;

export const thenMethods: Topic = ({ api, test, load }) => {
  const { python } = api;

  test("a method then of Python is called with whatever it gets", () => {
    const { Step, Attribute, Callback, Failing } = load(code);
    const step = Step("a");
    assert.deepEqual(python.toJs(step.then("b").then().then("c", { d: 1 }).taken), Object.freeze(["a", "b", "c", { d: 1 }]));
    assert.deepEqual(["then" in step, "then" in Attribute(), Attribute().then], [true, true, 5]);
    assert.equal(Callback().then((value: number) => value * 2), 41); // prettier-ignore
    assert.throws(() => Failing().then, { name: "ValueError" });
    // Functions of Python are arguments as any others.
    const { len, str } = python.builtins;
    assert.equal(step.then(len, str).taken.length, 3);
  });

  test("await, promises and async functions give the object itself", async () => {
    const { Step, Attribute, Mock, Failing, give, receives } = load(code);
    for (const object of [Step("a"), Attribute(), Mock()]) {
      assert.equal(await object, object);
      assert.equal(await (async () => object)(), object);
      assert.equal(await Promise.resolve(object), object);
      assert.equal((await Promise.all([object, object]))[1], object);
    }
    const step = Step("a");
    // As code does that looks for promises by itself.
    assert.equal(await new Promise((resolve, reject) => void step.then(resolve, reject)), step);
    assert.equal(step.then("still").taken.length, 2);
    assert.deepEqual(python.toJs((await give()).taken), Object.freeze(["given"]));
    assert.equal(await receives(async () => step), "Step");
    assert.equal((await caught(() => Failing())).name, "ValueError");
  });
};
