/** FastAPI applications whose routes, dependencies and tools are JS functions. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "FastAPI and pydantic keep what they load" };

export const webRoutes: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const { builtins } = python;
  const { int, str } = builtins;

  /** What the application answers, through httpx without a network. */
  async function ask(app: Py, path: string, body?: unknown): Promise<[number, unknown]> {
    const httpx = python.import("httpx");
    const client = httpx.AsyncClient(kwargs({ transport: httpx.ASGITransport(kwargs({ app, raise_app_exceptions: false })), base_url: "http://shop" }));
    const response = body === undefined ? await client.get(path) : await client.post(path, kwargs({ json: body }));
    await client.aclose();
    const type = String(response.headers.get("content-type"));
    return [response.status_code, type.startsWith("application/json") ? python.toJs(response.json()) : response.text];
  }

  test("routes take path and query parameters and bodies, typed by annotate", async () => {
    const app = python.import("fastapi").FastAPI();
    const Item = python.import("pydantic").create_model("Item", kwargs({ name: python.tuple(str, python.eval("...")), price: python.tuple(builtins.float, 0.5) }));
    app.get("/sync/{id}")((id: string, q = "none") => ({ id, q }));
    app.get("/typed/{id}")(
      python.annotate(async (id: number, { limit = 10 }: { limit?: number } = {}) => later({ id, next: id + 1, limit }), {
        parameters: { id: int, limit: int },
      }),
    );
    app.post("/items")(python.annotate((item: Py) => ({ name: item.name, total: item.price * 2 }), { parameters: { item: Item } }));
    app.post("/same")(python.annotate(async (item: unknown) => later(item), { parameters: { item: Item } }));
    app.post("/model", kwargs({ response_model: Item }))(() => ({ name: "tea", price: 2, secret: 1 }));
    class Shop {
      readonly #name = "shop";
      async find(id: number): Promise<unknown> {
        return later({ id, at: this.#name });
      }
    }
    const shop = new Shop();
    app.get("/bound/{id}")(python.annotate(shop.find.bind(shop), { parameters: { id: int } })); // prettier-ignore
    assert.deepEqual(await ask(app, "/bound/5"), [200, { id: 5, at: "shop" }]);
    assert.deepEqual(await ask(app, "/sync/5?q=x"), [200, { id: "5", q: "x" }]);
    assert.deepEqual(await ask(app, "/typed/5"), [200, { id: 5, next: 6, limit: 10 }]);
    assert.deepEqual(await ask(app, "/typed/5?limit=3"), [200, { id: 5, next: 6, limit: 3 }]);
    assert.equal((await ask(app, "/typed/x"))[0], 422);
    assert.deepEqual(await ask(app, "/items", { name: "tea", price: 2.5 }), [200, { name: "tea", total: 5 }]);
    assert.equal((await ask(app, "/items", { price: 1 }))[0], 422);
    assert.deepEqual(await ask(app, "/same", { name: "tea" }), [200, { name: "tea", price: 0.5 }]);
    assert.deepEqual(await ask(app, "/model", {}), [200, { name: "tea", price: 2 }]);
    const [, openapi] = (await ask(app, "/openapi.json")) as [number, { paths: Record<string, { get: { parameters: { schema: { type: string } }[] } }> }];
    assert.equal(openapi.paths["/typed/{id}"]!.get.parameters[0]!.schema.type, "integer");
  }, KEPT); // prettier-ignore

  test("routes return JS data, instances, handles, streams and exceptions", async () => {
    const { FastAPI, HTTPException } = python.import("fastapi");
    const { StreamingResponse } = python.import("fastapi.responses");
    const app = FastAPI();
    class User {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      greet(): string {
        return `Hello ${this.name}`;
      }
    }
    app.exception_handler(builtins.ZeroDivisionError)(async (_request: Py, error: Py) => python.import("fastapi.responses").JSONResponse({ error: `${error}` }, 400) as unknown);
    const answers: Record<string, [unknown, unknown]> = {
      data: [() => ({ ok: [1, null], text: "x" }), { ok: [1, null], text: "x" }],
      map: [async () => new Map([["a", 1]]), { a: 1 }],
      set: [() => new Set([1]), [1]],
      date: [async () => later({ at: new Date(0) }), { at: "1970-01-01T00:00:00+00:00" }],
      instance: [() => new User("Ada"), { name: "Ada" }],
      nested: [async () => ({ users: [new User("Ada")] }), { users: [{ name: "Ada" }] }],
      handle: [() => python.eval("{'a': (1, 2)}") as unknown, { a: [1, 2] }],
      nothing: [() => undefined, null],
      big: [() => ({ n: 2n ** 60n }), { n: 2n ** 60n }],
      stream: [() => StreamingResponse(letters()) as unknown, "ab"],
      "async-stream": [async () => StreamingResponse(lettersAsync()) as unknown, "ab"],
    };
    function* letters() {
      yield* ["a", "b"];
    }
    async function* lettersAsync() {
      yield* ["a", await later("b")];
    }
    for (const [path, [route, answer]] of Object.entries(answers)) {
      app.get(`/${path}`)(route);
      assert.deepEqual(await ask(app, `/${path}`), [200, answer], path);
    }
    app.get("/missing")(async () => {
      throw HTTPException(404, kwargs({ detail: { id: 5 } })) as Py;
    });
    app.get("/broken")(() => {
      throw new Error("broken");
    });
    app.get("/zero")(() => python.eval("1 / 0") as unknown);
    assert.deepEqual(await ask(app, "/missing"), [404, { detail: { id: 5 } }]);
    assert.equal((await ask(app, "/broken"))[0], 500);
    assert.deepEqual(await ask(app, "/zero"), [400, { error: "division by zero" }]);
  }, KEPT); // prettier-ignore

  test("dependencies are functions, async functions and generator functions; middleware runs around routes", async () => {
    const { FastAPI, Depends } = python.import("fastapi");
    const app = FastAPI();
    const log: string[] = [];
    const depends = (on: unknown, route: (value: unknown) => unknown): unknown =>
      python.annotate(route, { parameters: { value: python.expr("Annotated[str, Depends(on)]", { Annotated: python.import("typing").Annotated, Depends, on }) } });
    const value = (value: unknown): unknown => ({ value });
    app.get("/sync")(depends((token = "nobody") => `user ${token}`, value));
    app.get("/async")(depends(async (token = "nobody") => later(`user ${token}`), async (value: unknown) => later({ value }))); // prettier-ignore
    function* database() {
      log.push("open");
      try {
        yield "db";
      } finally {
        log.push("close");
      }
    }
    async function* databaseAsync() {
      log.push("open async");
      try {
        yield await later("async db");
      } finally {
        log.push("close async");
      }
    }
    app.get("/generator")(depends(database, value));
    app.get("/async-generator")(depends(databaseAsync, value));
    app.middleware("http")(async (request: Py, next: Py) => {
      log.push(request.url.path);
      return (await next(request)) as unknown;
    });
    const tasks = python.import("fastapi").BackgroundTasks;
    app.get("/background")(python.annotate((jobs: Py) => void jobs.add_task((text: string) => log.push(text), "in the background"), { parameters: { jobs: tasks } }));
    assert.deepEqual(await ask(app, "/sync?token=a"), [200, { value: "user a" }]);
    assert.deepEqual(await ask(app, "/async"), [200, { value: "user nobody" }]);
    assert.deepEqual(await ask(app, "/generator"), [200, { value: "db" }]);
    assert.deepEqual(await ask(app, "/async-generator"), [200, { value: "async db" }]);
    assert.deepEqual(await ask(app, "/background"), [200, null]);
    assert.deepEqual(log, ["/sync", "/async", "/generator", "open", "close", "/async-generator", "open async", "close async", "/background", "in the background"]);
  }, KEPT); // prettier-ignore

  test("what JSON has no form for is the error of the request, and a promise says what to do", async () => {
    const app = python.import("fastapi").FastAPI();
    const values: Record<string, [unknown, RegExp]> = {
      promise: [later(1), /Declare the function that returns it async/],
      error: [new Error("x"), /__dict__/],
      url: [new URL("http://shop/"), /__dict__/],
      symbol: [Symbol("s"), /__dict__/],
      bytes: [python.ref(new Uint8Array(2)), /__dict__/],
      numbers: [python.ref([1]), /__dict__/],
    };
    const httpx = python.import("httpx");
    const client = httpx.AsyncClient(kwargs({ transport: httpx.ASGITransport(kwargs({ app })), base_url: "http://shop" }));
    for (const [path, [value, message]] of Object.entries(values)) {
      app.get(`/${path}`)(() => value);
      const error = await caught(() => client.get(`/${path}`));
      assert.match(`${error.message}`, message, path);
    }
    await client.aclose();
  }, KEPT); // prettier-ignore

  test("TestClient works on a thread of Python's, and throws would-deadlock on the JS thread", async () => {
    const app = python.import("fastapi").FastAPI();
    app.get("/sync")(() => ({ ok: 1 }));
    app.get("/async")(async () => later({ ok: 2 }));
    const client = python.import("fastapi.testclient").TestClient(app);
    for (const [path, answer] of [["/sync", 1], ["/async", 2]] as const) {
      const response = (await api.spawnBlocking(client.get, path)) as Py;
      assert.deepEqual(python.toJs(response.json()), { ok: answer });
      assert.equal((await caught(() => client.get(path))).code, "would-deadlock");
    }
  }, KEPT); // prettier-ignore

  test("makers of tools for language models read names, docs, types and kinds of JS functions", async () => {
    const module = load(`
      import inspect, typing
      from pydantic import create_model

      def tool(function):
          "As MCP, LangChain and pydantic-ai do: a name, a description, a schema of the arguments, and how to call it."
          hints = typing.get_type_hints(function)
          fields = {
              name: (hints.get(name, typing.Any), ... if each.default is each.empty else each.default)
              for name, each in inspect.signature(function).parameters.items()
          }
          schema = create_model(function.__name__, **fields).model_json_schema()
          return {"name": function.__name__, "doc": inspect.getdoc(function), "is_async": inspect.iscoroutinefunction(function), "is_method": inspect.ismethod(function), "required": schema.get("required", []), "types": {name: each.get("type") for name, each in schema["properties"].items()}}

      async def call(function, arguments):
          result = function(**arguments)
          return await result if inspect.isawaitable(result) else result
    `);
    const search = python.annotate(async (query: string, { limit = 3 }: { limit?: number } = {}) => later([query, limit]), {
      parameters: { query: str, limit: int },
      returns: "list",
      doc: "Search the shop.\n\nArgs:\n    query: what to look for\n",
      name: "search",
    });
    assert.deepEqual(python.toJs(module.tool(search)), {
      name: "search",
      doc: "Search the shop.\n\nArgs:\n    query: what to look for",
      is_async: true,
      is_method: false,
      required: ["query"],
      types: { query: "string", limit: "integer" },
    });
    assert.deepEqual(python.toJs(await module.call(search, { query: "tea" })), ["tea", 3]);
    assert.deepEqual(python.toJs(await module.call(search, { query: "tea", limit: 5 })), ["tea", 5]);
    assert.equal(await module.call((a: number, b = 2) => a + b, { a: 1 }), 3);
  }, KEPT); // prettier-ignore
};
