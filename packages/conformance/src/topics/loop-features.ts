/** What asyncio programs use of a loop, while the loop is a guest. */
import assert from "node:assert/strict";
import { later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const loopFeatures: Topic = ({ api, test, load }) => {
  const { python } = api;

  const features: Readonly<Record<string, readonly [code: string, expected: unknown]>> = {
    "a TCP server and several clients": [
      `
      async def main():
          async def echo(reader, writer):
              while True:
                  line = await reader.readline()
                  if not line:
                      break
                  writer.write(line.upper())
                  await writer.drain()
              writer.close()
          server = await asyncio.start_server(echo, "127.0.0.1", 0)
          port = server.sockets[0].getsockname()[1]
          async def client(n):
              reader, writer = await asyncio.open_connection("127.0.0.1", port)
              replies = []
              for i in range(10):
                  writer.write(b"%d-%d\\n" % (n, i))
                  replies.append((await reader.readline()).decode().strip())
              writer.close()
              await writer.wait_closed()
              return replies == ["%d-%d" % (n, i) for i in range(10)]
          answers = await asyncio.gather(*[client(n) for n in range(20)])
          server.close()
          await server.wait_closed()
          return all(answers)
      `,
      true,
    ],
    "a large transfer with back-pressure": [
      `
      async def main():
          size = 8 * 1024 * 1024
          async def send(reader, writer):
              writer.write(b"x" * size)
              await writer.drain()
              writer.close()
          server = await asyncio.start_server(send, "127.0.0.1", 0)
          reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
          total = 0
          while True:
              chunk = await reader.read(65536)
              if not chunk:
                  break
              total += len(chunk)
          writer.close()
          server.close()
          await server.wait_closed()
          return total == size
      `,
      true,
    ],
    "a unix socket": [
      `
      import tempfile, os
      async def main():
          async def hello(reader, writer):
              writer.write(b"hello")
              writer.close()
          with tempfile.TemporaryDirectory() as folder:
              path = os.path.join(folder, "s")
              server = await asyncio.start_unix_server(hello, path)
              reader, writer = await asyncio.open_unix_connection(path)
              data = await reader.read()
              writer.close()
              server.close()
              await server.wait_closed()
          return data.decode()
      `,
      "hello",
    ],
    datagrams: [
      `
      async def main():
          loop = asyncio.get_running_loop()
          received = loop.create_future()
          class Protocol(asyncio.DatagramProtocol):
              def datagram_received(self, data, address):
                  received.set_result(data.decode())
          server, _ = await loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
          client, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=server.get_extra_info("sockname"))
          client.sendto(b"ping")
          answer = await received
          client.close()
          server.close()
          await asyncio.sleep(0)
          return answer
      `,
      "ping",
    ],
    getaddrinfo: [
      `
      async def main():
          loop = asyncio.get_running_loop()
          return len(await loop.getaddrinfo("127.0.0.1", 80)) > 0
      `,
      true,
    ],
    "a subprocess, its output, its status": [
      `
      import sys
      async def main():
          process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; print(input()[::-1]); sys.exit(7)", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
          out, _ = await process.communicate(b"abc\\n")
          return [out.decode().strip(), process.returncode]
      `,
      ["cba", 7],
    ],
    "several subprocesses at once, and a killed one": [
      `
      import sys, signal
      async def one(code):
          process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; sys.exit(%d)" % code)
          return await process.wait()
      async def main():
          codes = await asyncio.gather(*[one(n) for n in range(4)])
          process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
          process.kill()
          return [codes, await process.wait()]
      `,
      [[0, 1, 2, 3], -9],
    ],
    "call_later runs in the order of time": [
      `
      async def main():
          loop = asyncio.get_running_loop()
          order = []
          done = loop.create_future()
          due = [(loop.call_later(delay / 200, order.append, delay).when(), delay) for delay in (5, 3, 1, 4, 2)]
          loop.call_later(0.05, done.set_result, None)
          await done
          return order == [delay for _, delay in sorted(due)]
      `,
      true,
    ],
    "call_soon runs in the order of calls, and cancelled ones do not": [
      `
      async def main():
          loop = asyncio.get_running_loop()
          order = []
          handles = [loop.call_soon(order.append, n) for n in range(10)]
          handles[3].cancel()
          timer = loop.call_later(0.001, order.append, "never")
          timer.cancel()
          await asyncio.sleep(0.005)
          return [order, handles[3].cancelled(), handles[4].cancelled(), timer.cancelled()]
      `,
      [[0, 1, 2, 4, 5, 6, 7, 8, 9], true, false, true],
    ],
    "a timer that is due later than another one that comes earlier": [
      `
      async def main():
          loop = asyncio.get_running_loop()
          order = []
          done = loop.create_future()
          loop.call_later(0.3, lambda: (order.append("far"), done.set_result(None)))
          await asyncio.sleep(0.001)
          loop.call_later(0.001, order.append, "near")
          await done
          return order
      `,
      ["near", "far"],
    ],
    "call_soon_threadsafe from a thread wakes the loop": [
      `
      import threading
      async def main():
          loop = asyncio.get_running_loop()
          future = loop.create_future()
          thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, threading.get_ident()))
          thread.start()
          ident = await future
          thread.join()
          return ident != threading.get_ident()
      `,
      true,
    ],
    run_coroutine_threadsafe: [
      `
      import threading
      async def main():
          loop = asyncio.get_running_loop()
          async def coroutine():
              await asyncio.sleep(0.001)
              return "from the loop"
          def work():
              return asyncio.run_coroutine_threadsafe(coroutine(), loop).result(10)
          return await loop.run_in_executor(None, work)
      `,
      "from the loop",
    ],
    "add_reader, add_writer and their removal": [
      `
      import socket
      async def main():
          loop = asyncio.get_running_loop()
          a, b = socket.socketpair()
          a.setblocking(False)
          b.setblocking(False)
          got = loop.create_future()
          wrote = loop.create_future()
          loop.add_reader(a, lambda: got.done() or got.set_result(a.recv(10)))
          loop.add_writer(b, lambda: wrote.done() or wrote.set_result(b.send(b"hi")))
          sent, data = await wrote, await got
          removed = [loop.remove_reader(a), loop.remove_reader(a), loop.remove_writer(b)]
          a.close()
          b.close()
          return [sent, data.decode(), removed]
      `,
      [2, "hi", [true, false, true]],
    ],
    "sock_recv and sock_sendall": [
      `
      import socket
      async def main():
          loop = asyncio.get_running_loop()
          a, b = socket.socketpair()
          a.setblocking(False)
          b.setblocking(False)
          await loop.sock_sendall(a, b"data")
          data = await loop.sock_recv(b, 10)
          a.close()
          b.close()
          return data.decode()
      `,
      "data",
    ],
    "locks, queues, events and semaphores": [
      `
      async def main():
          queue, lock, event, semaphore = asyncio.Queue(2), asyncio.Lock(), asyncio.Event(), asyncio.Semaphore(2)
          out = []
          async def producer():
              for n in range(6):
                  async with semaphore:
                      await queue.put(n)
              event.set()
          async def consumer():
              for _ in range(6):
                  async with lock:
                      out.append(await queue.get())
          await asyncio.gather(producer(), consumer(), event.wait())
          return out
      `,
      [0, 1, 2, 3, 4, 5],
    ],
    "current_task, all_tasks and names": [
      `
      async def main():
          task = asyncio.current_task()
          other = asyncio.create_task(asyncio.sleep(0.001), name="other")
          names = {t.get_name() for t in asyncio.all_tasks()}
          await other
          return [task is not None, task in asyncio.all_tasks(), "other" in names, bool(task.get_name())]
      `,
      [true, true, true, true],
    ],
    "asyncio.timeout": [
      `
      async def main():
          if not hasattr(asyncio, "timeout"):
              return "timeout"
          try:
              async with asyncio.timeout(0.001):
                  await asyncio.sleep(60)
          except TimeoutError:
              return "timeout"
      `,
      "timeout",
    ],
    "an async generator left early is closed by the loop's hooks": [
      `
      import gc
      log = []
      async def items():
          try:
              yield 1
              yield 2
          finally:
              await asyncio.sleep(0)
              log.append("closed")
      async def main():
          async for _ in items():
              break
          gc.collect()
          for _ in range(20):
              await asyncio.sleep(0.001)
              if log:
                  break
          return log
      `,
      ["closed"],
    ],
    "the exception handler is told of a Task that nobody awaited": [
      `
      import gc
      async def main():
          loop = asyncio.get_running_loop()
          seen = []
          loop.set_exception_handler(lambda loop, context: seen.append(context["message"]))
          try:
              async def fails():
                  raise ValueError
              task = asyncio.ensure_future(fails())
              await asyncio.sleep(0.001)
              del task
              gc.collect()
              await asyncio.sleep(0.001)
          finally:
              loop.set_exception_handler(None)
          return seen
      `,
      ["Task exception was never retrieved"],
    ],
    "debug mode": [
      `
      import logging
      async def main():
          loop = asyncio.get_running_loop()
          loop.set_debug(True)
          try:
              order = []
              loop.call_soon(order.append, 1)
              handle = loop.call_soon(order.append, 2)
              described = "created at" in repr(handle)
              await asyncio.sleep(0.002)
              await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.001))
              return [order, described]
          finally:
              loop.set_debug(False)
      `,
      [[1, 2], true],
    ],
    "debug mode refuses call_soon from another thread": [
      `
      import threading
      async def main():
          loop = asyncio.get_running_loop()
          loop.set_debug(True)
          seen = []
          def work():
              try:
                  loop.call_soon(int)
              except RuntimeError:
                  seen.append("refused")
          try:
              thread = threading.Thread(target=work)
              thread.start()
              thread.join()
          finally:
              loop.set_debug(False)
          return seen
      `,
      ["refused"],
    ],
    "a task factory is used": [
      `
      async def main():
          loop = asyncio.get_running_loop()
          made = []
          def factory(loop, coroutine, **options):
              made.append(1)
              return asyncio.Task(coroutine, loop=loop, **options)
          loop.set_task_factory(factory)
          try:
              await asyncio.create_task(asyncio.sleep(0))
          finally:
              loop.set_task_factory(None)
          return len(made)
      `,
      1,
    ],
    "an executor of its own": [
      `
      import concurrent.futures
      async def main():
          loop = asyncio.get_running_loop()
          with concurrent.futures.ThreadPoolExecutor(2) as pool:
              return await asyncio.gather(*[loop.run_in_executor(pool, pow, n, 2) for n in range(5)])
      `,
      [0, 1, 4, 9, 16],
    ],
    "loop.time is a clock and get_event_loop inside a coroutine is the running loop": [
      `
      import time
      async def main():
          loop = asyncio.get_running_loop()
          before = loop.time()
          await asyncio.sleep(0.002)
          return [loop.time() > before, asyncio.get_event_loop() is loop, loop.is_closed(), abs(loop.time() - time.monotonic()) < 1]
      `,
      [true, true, false, true],
    ],
    "ssl contexts work beside the runtime's own OpenSSL": [
      `
      import ssl
      async def main():
          context = ssl.create_default_context()
          incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
          client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
          try:
              client.do_handshake()
          except ssl.SSLWantReadError:
              return outgoing.pending > 0
      `,
      true,
    ],
  };

  for (const [name, [code, expected]] of Object.entries(features)) {
    test(name, async () => {
      // The debug switch in one test must not show in others; each has a module of its own.
      const module = load(`
      import asyncio
      ${code}`);
      const value = (await module.main()) as Py;
      assert.deepEqual(typeof expected === "object" ? python.toJs(value) : value, expected);
    });
  }

  test("a JS server and a Python client talk to each other", async () => {
    const { createServer } = await import("node:net");
    const server = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const module = load(`
      import asyncio
      async def main(port):
          reader, writer = await asyncio.open_connection("127.0.0.1", port)
          writer.write(b"echo\\n")
          line = await reader.readline()
          writer.close()
          await writer.wait_closed()
          return line.decode()
    `);
    assert.equal(await module.main(port), "echo\n");
    await new Promise((resolve) => server.close(resolve));
  });

  test("a Python server answers JS fetch", async () => {
    const module = load(`
      import asyncio
      async def start():
          global server
          async def handle(reader, writer):
              while (await reader.readline()).strip():
                  pass
              writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok")
              await writer.drain()
              writer.close()
          server = await asyncio.start_server(handle, "127.0.0.1", 0)
          return server.sockets[0].getsockname()[1]
      async def stop():
          server.close()
          await server.wait_closed()
    `);
    const port = await module.start();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        return response.text();
      }),
    );
    assert.deepEqual(new Set(answers), new Set(["ok"]));
    await module.stop();
  });

  test("a callback that fails in a loop that drives itself goes to its exception handler", () => {
    const module = load(`
      import asyncio, interloop, threading
      def run(native_handles):
          loop = interloop.GuestLoop(native_handles=native_handles)
          seen = []
          loop.set_exception_handler(lambda loop, context: seen.append(repr(context["exception"])))
          def fail():
              raise ValueError("x")
          async def main():
              done = loop.create_future()
              loop.call_soon(fail)
              def work():
                  loop.call_soon_threadsafe(fail)
                  loop.call_soon_threadsafe(done.set_result, None)
              thread = threading.Thread(target=work)
              thread.start()
              await done
              thread.join()
          try:
              for _ in range(3):
                  loop.run_until_complete(main())
          finally:
              loop.close()
          return ",".join(seen)
    `);
    const expected = Array.from({ length: 6 }, () => "ValueError('x')").join(",");
    assert.equal(module.run(true), expected);
    assert.equal(module.run(false), expected);
  });

  test("signals are left to JS", () => {
    const module = load(`
      import signal
      def interrupt_handler():
          return signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    `);
    assert.equal(module.interrupt_handler(), true);
  });

  test("a JS signal handler still works", async () => {
    if (typeof process.kill !== "function") return;
    const seen = new Promise((resolve) => process.once("SIGUSR2", () => resolve("SIGUSR2")));
    process.kill(process.pid, "SIGUSR2");
    assert.equal(await seen, "SIGUSR2");
    await later(null);
  });

  test("add_signal_handler of the guest loop works for a signal that JS does not use", async () => {
    const module = load(`
      import asyncio, os, signal
      async def main():
          loop = asyncio.get_running_loop()
          seen = loop.create_future()
          loop.add_signal_handler(signal.SIGURG, seen.set_result, "seen")
          try:
              os.kill(os.getpid(), signal.SIGURG)
              return await asyncio.wait_for(seen, 10)
          finally:
              loop.remove_signal_handler(signal.SIGURG)
    `);
    assert.equal(await module.main(), "seen");
  });

  test("a child of JS and a child of Python at once", async () => {
    const { execFile } = await import("node:child_process");
    const module = load(`
      import asyncio, sys
      async def main():
          process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
          return await process.wait()
    `);
    const ofJs = (): Promise<number> =>
      new Promise((resolve) => {
        execFile("true", (error) => resolve(error === null ? 0 : 1));
      });
    assert.deepEqual(await Promise.all([module.main(), ofJs(), module.main(), ofJs()]), [0, 0, 0, 0]);
  });
};
