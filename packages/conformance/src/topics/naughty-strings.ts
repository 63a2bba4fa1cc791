/** Strings that break programs, wherever a string can be: each must arrive as it was. */
import assert from "node:assert/strict";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

const strings: Readonly<Record<string, string>> = {
  empty: "",
  blanks: " \t\r\n\v\f\u0085\u00a0\u2003\u2028\u2029\u3000",
  "a NUL alone": "\0",
  "a NUL in the middle": "before\0after",
  "all control characters": Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("") + "\u007f\u009b",
  "escape sequences of terminals": "\u001b[31mred\u001b]0;title\u0007",
  "a lone high surrogate": "\ud800",
  "a lone low surrogate": "\udfff",
  "surrogates in the wrong order": "a\udc00\ud800b",
  "a surrogate behind a long text": `${"x".repeat(300)}\ud83d`,
  "noncharacters and the private use area": "\ufffe\uffff\ufdd0\ue000\u{10ffff}",
  "a byte order mark": "\ufefftext\ufeff",
  "Latin-1, two bytes, three bytes, four": "\u00ff\u07ff\uffee\u{1d54f}",
  "combining characters": "e\u0301\u0323 \u00e9\u0323 \u1ea1\u0301",
  "many combining characters on one": `z${"\u0335\u0489\u0361".repeat(60)}`,
  "the same letter, composed and not": "\u00c5 \u212b A\u030a",
  "compatibility forms": "\ufb01 \u2460 \uff21 \u33a5",
  "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 abc",
  "direction overrides": "\u202etxt.exe\u202c\u2066isolated\u2069",
  "zero width": "\u200b\u200c\u200d\u2060\u180e\u00ad",
  "emoji in sequences": "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{1f3fd} \u{1f1e9}\u{1f1ea} 1\ufe0f\u20e3 \u{1f3f4}\u{e0067}\u{e007f}",
  "letters whose case changes their number": "\u00df \u0130 \u0149 \u01f0 \ufb03",
  "scripts that shape": "\u0e01\u0e33\u0e49 \u0ba8\u0bbf \u1112\u1161\u11ab \ud55c",
  markup: "<script>alert('x')</script> &amp; ]]> <!-- ${1} {{1}} %s %n %(name)s {0} {name!r}",
  "quotes and backslashes": "'\"`\\' \\x41 \\u0041 \\N{BULLET} '''\"\"\"",
  "commands and queries": "'; DROP TABLE users; -- $(id) `id` | cat ../../etc/passwd\n#!",
  "names that JS or Python has": "__proto__",
  "what objects have": "constructor",
  "what promises have": "then",
  dunder: "__class__",
  private: "__private",
  keyword: "class",
  "looks like a number": "0x10 1_000 1e999 NaN -0 Infinity 1/0 0b1 \u0661\u0662 \u00bd 9007199254740993",
  "an index": "0",
  "a word": "None null undefined True false",
  "very long": "\u20ac long ".repeat(20_000),
  "very long, Latin-1": "\u00e9".repeat(100_000),
};

/** Names that objects of the two languages cannot give away. */
const reserved = new Set(["__class__", "__proto__"]);

export const naughtyStrings: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const all = Object.entries(strings);

  test("as text, both ways", () => {
    const module = load(`
      def same(text):
          return text
      def points(text):
          return [ord(character) for character in text]
      def made(codes):
          return "".join(map(chr, codes))
      def call(f, text):
          return f(text) == text
    `);
    for (const [what, text] of all) {
      assert.equal(module.same(text), text, what);
      const points = Array.from(text, (character) => character.codePointAt(0)!);
      assert.deepEqual(python.toJs(module.points(text)), points, what);
      assert.equal(module.made(python.toPy(points)), text, what);
      assert.equal(
        module.call((value: string) => value, text),
        true,
        what,
      );
      assert.equal(python.str(text), text, what);
      assert.equal(python.eval(python.repr(text)), text, what);
    }
  });

  test("as keys, deeply and in JS objects", () => {
    const module = load(`
      def same(value):
          return value
      def find(table, key):
          return table[key]
      def change(target, key):
          before, had = target[key], key in target
          target[key] = before + 1
          after, names = target[key], list(target)
          del target[key]
          return [before, had, after, names, key in target]
    `);
    const texts = all.map(([, text]) => text);
    const object = Object.fromEntries(texts.map((text, index) => [text, index]));
    assert.deepEqual(python.toJs(module.same(python.toPy(object))), object);
    assert.deepEqual(python.toJs(module.same(python.toPy(new Set(texts)))), new Set(texts));
    assert.deepEqual(
      python.toJs(module.same(python.toPy(new Map(texts.map((text) => [text, text])))), { dict: "map" }),
      new Map(texts.map((text) => [text, text])),
    );
    for (const [what, text] of all) {
      assert.equal(module.find(python.toPy(object), text), object[text], what);
      assert.deepEqual(python.toJs(module.change(python.ref(new Map([[text, 1]])), text)), [1, true, 2, [text], false], what);
      const single = Object.defineProperty({}, text, { value: 1, writable: true, enumerable: true, configurable: true });
      assert.deepEqual(python.toJs(module.change(python.ref(single), text)), [1, true, 2, [text], false], what);
    }
  });

  test("as names of attributes", async () => {
    const module = load(`
      class Thing:
          pass
      def change(target, name):
          setattr(target, name, 1)
          value, listed = getattr(target, name), name in dir(target)
          delattr(target, name)
          return [value, listed, hasattr(target, name)]
    `);
    for (const [what, text] of all) {
      if (reserved.has(text)) continue;
      // What every JS object has is found again when its own is deleted.
      const inherited = text in {};
      assert.deepEqual(python.toJs(module.change(python.ref({}), text)), [1, true, inherited], what);
      const thing = module.Thing();
      python.setAttr(thing, text, 1);
      assert.equal(python.getAttr(thing, text), 1, what);
      assert.equal(text in thing, text !== "then", what);
      if (text !== "then") {
        assert.equal(thing[text], 1, what);
        assert.equal(Reflect.ownKeys(thing).includes(text), true, what);
      }
      python.deleteAttr(thing, text);
      assert.equal((await caught(() => python.getAttr(thing, text))).name, "AttributeError", what);
      assert.equal(thing[text], undefined, what);
    }
  });

  test("as messages and names of errors", async () => {
    const module = load(`
      import interloop
      def fail(text):
          raise ValueError(text)
      def kind(text):
          raise type("Kind", (Exception,), {})(text)
      def catch(f):
          try:
              f()
          except interloop.JsError as error:
              return [error.message, error.name, str(error), error.stack]
    `);
    for (const [what, text] of all) {
      const error = await caught(() => module.fail(text));
      assert.equal(error.message, text, what);
      assert.equal(error.traceback.length > 0 && error.stack.length > 0, true, what);
      assert.equal((await caught(() => module.kind(text))).message, text, what);
      const mine = new Error(text);
      mine.name = text;
      const [message, name, shown] = python.toJs(
        module.catch(() => {
          throw mine;
        }),
      );
      assert.deepEqual([message, name, shown], [text, text, text === "" ? "" : `${text}: ${text}`], what);
    }
  });

  test("as names of arguments", () => {
    const module = load(`
      def names(**named):
          return named
      def call(f, name):
          return f(**{name: 1})
    `);
    for (const [what, text] of all) {
      const named = Object.defineProperty({}, text, { value: 1, writable: true, enumerable: true, configurable: true });
      assert.deepEqual(python.toJs(module.names(kwargs(named))), named, what);
      assert.equal(
        module.call((options: Record<string, number>) => Object.getOwnPropertyDescriptor(options, text)?.value as unknown, text),
        1,
        what,
      );
    }
  });

  test("as names of modules, in code and in paths", async () => {
    const module = load(`
      import sys
      def has(name):
          return name in sys.modules
      def forget(name):
          del sys.modules[name]
      def run(source):
          names = {}
          exec(source, names)
          return names["value"]
    `);
    for (const [what, text] of all) {
      const error = await caught(() => python.import(`naughty${text}`));
      assert.ok(api.isPyError(error) || text === "", what);
      const refused = await caught(() => api.pymodule(`${text} `, {}));
      assert.equal(refused.code, "bad-argument", what);
      assert.equal(python.eval("text", { text }), text, what);
    }
    // Python reads identifiers in their normal form.
    for (const name of ["\ufb01_module", "\u212bngstr\u00f6m", "caf\u0065\u0301", "\u540d\u524d", "\u{1d4d0}bc"]) {
      api.pymodule(name, { [name]: 1, other: () => 2 });
      const normal = name.normalize("NFKC");
      assert.equal(module.has(normal), true, name);
      assert.equal(module.run(`from ${name} import ${name}, other\nvalue = ${name} + other()`), 3, name);
      module.forget(normal);
    }
  });
};
