/** Bytes of JavaScript where Python and its libraries take bytes. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "Starlette, DuckDB and polars keep what they load" };

export const bytesInLibraries: Topic = ({ api, test, load }) => {
  const { kwargs, python } = api;
  const json = (): Uint8Array => new TextEncoder().encode('{"a": 1}');
  const text = (bytes: Py): string => new TextDecoder().decode(python.toJs(bytes) as Uint8Array);

  test("asyncio's streams, subprocesses and datagrams send them", async () => {
    const module = load(`
      import asyncio, socket, subprocess
      async def echo(data):
          async def serve(reader, writer):
              writer.write(await reader.read(100))
              await writer.drain()
              writer.close()
          server = await asyncio.start_server(serve, "127.0.0.1", 0)
          reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
          writer.write(data)
          writer.write_eof()
          answer = await reader.read()
          writer.close()
          await writer.wait_closed()
          server.close()
          return answer
      def pair():
          left, right = socket.socketpair()
          return left, right
    `);
    assert.equal(text(await module.echo(json())), '{"a": 1}');
    const process = await python.import("asyncio").create_subprocess_exec("cat", kwargs({ stdin: -1, stdout: -1 }));
    const [output] = await process.communicate(Buffer.from("from a Buffer"));
    assert.equal(text(output), "from a Buffer");
    const run = python.import("subprocess").run(["cat"], kwargs({ input: json(), capture_output: true }));
    assert.equal(text(run.stdout), '{"a": 1}');
    const [left, right] = module.pair();
    left.sendall(json());
    const into = new Uint8Array(8);
    assert.equal(right.recv_into(into), 8);
    assert.deepEqual(into, json());
    left.close();
    right.close();
  });

  test("hashlib, base64, zlib, struct, re, io and files read them", () => {
    const standard = (name: string): Py => python.import(name);
    assert.equal(standard("hashlib").sha256(json()).hexdigest().length, 64);
    assert.equal(text(standard("base64").b64encode(json())), "eyJhIjogMX0=");
    assert.equal(text(standard("zlib").decompress(standard("zlib").compress(json()))), '{"a": 1}');
    assert.equal(standard("struct").unpack("<H", new Uint8Array([1, 2]))[0], 513);
    assert.equal(standard("io").BytesIO(json()).read().__len__(), 8);
    assert.equal(python.eval("lambda data: data == b'{\"a\": 1}' and data[1:4] == b'\"a\"' and data.hex()")(json()), "7b2261223a20317d");
  });

  test(
    "Starlette sends them as bodies and chunks",
    async () => {
      const module = load(`
        from starlette.responses import Response, StreamingResponse
        async def sent(response):
            bodies = []
            async def send(message):
                bodies.append(message.get("body", b""))
            async def receive():
                return {"type": "http.disconnect"}
            await response({"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "headers": []}, receive, send)
            return b"".join(bodies)
      `);
      assert.equal(text(await module.sent(module.Response(json()))), '{"a": 1}');
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        yield json();
        yield Buffer.from("\n");
      };
      assert.equal(text(await module.sent(module.StreamingResponse(chunks()))), '{"a": 1}\n');
    },
    KEPT,
  );

  test(
    "orjson, DuckDB, SQLite, polars, pyarrow and numpy take them",
    () => {
      assert.equal(python.import("orjson").loads(json()).a, 1);
      assert.equal(text(python.import("duckdb").execute("select ?", [json()]).fetchone()[0]), '{"a": 1}');
      assert.equal(text(python.import("sqlite3").connect(":memory:").execute("select ?", [json()]).fetchone()[0]), '{"a": 1}');
      const numbers = new Float64Array([1.5, 2.5]);
      assert.equal(python.import("polars").Series(numbers).sum(), 4);
      assert.equal(python.import("pyarrow").array(numbers).__len__(), 2);
      const array = python.import("numpy").asarray(numbers);
      assert.equal(`${array.dtype} ${array.sum()}`, "float64 4.0");
      assert.equal(`${python.import("numpy").array(json()).dtype}`, "uint8");
    },
    KEPT,
  );

  test("what takes nothing but bytes says so, and python.toPy makes them", async () => {
    const loads = python.import("json").loads;
    assert.match((await caught(() => loads(json()))).message, /bytes/);
    assert.equal(loads(python.toPy(json())).a, 1);
  });
};
