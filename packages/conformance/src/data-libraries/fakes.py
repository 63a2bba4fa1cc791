"""Servers on this machine that answer as Redis, PostgreSQL and OpenAI's API would, for the tests of their clients. Each runs in a thread of its own, and is named as the client is."""

import contextlib
import http.server
import json
import socket
import struct
import threading
import typing

ends: "list[typing.Callable[[], None]]" = []


def stop() -> None:
    """Ends the servers and their threads: nothing of Python's may be running that could end the wait of another test."""
    while ends:
        ends.pop()()


def listen(serve: "typing.Callable[[socket.socket], None]") -> int:
    server = socket.create_server(("127.0.0.1", 0))
    clients: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(target: "typing.Callable[..., None]", *args: "typing.Any") -> None:
        threads.append(threading.Thread(target=target, args=args, daemon=True))
        threads[-1].start()

    def accept() -> None:
        with contextlib.suppress(OSError):  # shut down
            while True:
                client, _ = server.accept()
                clients.append(client)
                start(talk, client)

    def talk(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, struct.error):  # the other end is gone
            serve(client)

    def end() -> None:
        for each in (server, *clients):
            with contextlib.suppress(OSError):  # closed before
                each.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        server.close()

    ends.append(end)
    start(accept)
    return typing.cast(int, server.getsockname()[1])


def redis() -> int:
    """Strings, hashes and lists, by RESP 3 where the client asks for it."""
    stored: dict[bytes, typing.Any] = {}

    def run(name: bytes, args: "list[bytes]") -> "typing.Any":
        if name == b"HELLO":
            return {b"server": b"redis", b"version": b"7.0.0", b"proto": 3}
        if name == b"SET":
            stored[args[0]] = args[1]
        elif name == b"GET":
            return stored.get(args[0])
        elif name == b"HSET":
            stored.setdefault(args[0], {}).update(zip(args[1::2], args[2::2]))
            return len(args) // 2
        elif name == b"HGETALL":
            return stored.get(args[0], {})
        elif name == b"RPUSH":
            stored.setdefault(args[0], []).extend(args[1:])
            return len(stored[args[0]])
        elif name == b"LRANGE":
            return stored.get(args[0], [])
        elif name == b"MGET":
            return [stored.get(key) for key in args]
        elif name == b"MSET":
            stored.update(zip(args[::2], args[1::2]))
        elif name != b"CLIENT":
            return ValueError(f"unknown command {name.decode()}")
        return "OK"

    def encode(value: "typing.Any", resp3: bool) -> bytes:
        if isinstance(value, ValueError):
            return b"-ERR %s\r\n" % str(value).encode()
        if isinstance(value, str):
            return b"+%s\r\n" % value.encode()
        if isinstance(value, int):
            return b":%d\r\n" % value
        if value is None:
            return b"_\r\n" if resp3 else b"$-1\r\n"
        if isinstance(value, bytes):
            return b"$%d\r\n%s\r\n" % (len(value), value)
        if isinstance(value, dict):
            parts = [part for item in value.items() for part in item]
            head = b"%%%d\r\n" % len(value) if resp3 else b"*%d\r\n" % len(parts)
            return head + b"".join(encode(part, resp3) for part in parts)
        return b"*%d\r\n%s" % (len(value), b"".join(encode(item, resp3) for item in value))

    def serve(client: socket.socket) -> None:
        stream = client.makefile("rwb")
        resp3 = False
        while True:
            head = stream.readline()
            if not head:
                return
            parts = [stream.read(int(stream.readline()[1:]) + 2)[:-2] for _ in range(int(head[1:]))]
            resp3 = resp3 or parts[0] == b"HELLO"
            stream.write(encode(run(parts[0].upper(), parts[1:]), resp3))
            stream.flush()

    return listen(serve)


def psycopg() -> int:
    """Answers each query with its own text, as the parameters have become part of it (psycopg's `ClientCursor`)."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    ready = message(b"Z", b"I")

    def answer(text: bytes) -> bytes:
        if text.upper() in (b"BEGIN", b"COMMIT", b"ROLLBACK"):
            return message(b"C", text.upper() + b"\0") + ready
        column = b"query\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
        row = struct.pack("!hi", 1, len(text)) + text
        return message(b"T", struct.pack("!h", 1) + column) + message(b"D", row) + message(b"C", b"SELECT 1\0") + ready

    def serve(client: socket.socket) -> None:
        stream = client.makefile("rwb")
        while True:
            (size,) = struct.unpack("!i", stream.read(4))
            body = stream.read(size - 4)
            if body == struct.pack("!i", 196608) + body[4:]:
                break
            stream.write(b"N")
            stream.flush()
        settings = {"server_version": "16.0", "client_encoding": "UTF8", "standard_conforming_strings": "on", "DateStyle": "ISO", "TimeZone": "UTC"}
        for name, value in settings.items():
            body = message(b"S", f"{name}\0{value}\0".encode())
            stream.write(message(b"R", struct.pack("!i", 0)) + body if name == "server_version" else body)
        stream.write(ready)
        stream.flush()
        while True:
            kind = stream.read(1)
            if kind in (b"", b"X"):
                return
            (size,) = struct.unpack("!i", stream.read(4))
            stream.write(answer(stream.read(size - 4).rstrip(b"\0")))
            stream.flush()

    return listen(serve)


class Completions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/embeddings"):
            vectors = [{"object": "embedding", "index": i, "embedding": [float(len(text)), 0.5]} for i, text in enumerate(asked["input"])]
            body: dict[str, typing.Any] = {"object": "list", "model": asked["model"], "data": vectors, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
            return self.send(json.dumps(body).encode(), "application/json")
        said = asked["messages"][-1]["content"]
        tools = [tool["function"]["name"] for tool in asked.get("tools", [])]
        common = {"id": "1", "created": 0, "model": asked["model"]}
        if asked.get("stream"):
            words = [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None} for word in ["you ", "said ", said]]
            chunks = [json.dumps({**common, "object": "chat.completion.chunk", "choices": [word]}) for word in words]
            return self.send("".join(f"data: {chunk}\n\n" for chunk in [*chunks, "[DONE]"]).encode(), "text/event-stream")
        answer: dict[str, typing.Any] = {"role": "assistant", "content": f"you said {said}"}
        if tools:
            answer["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": name, "arguments": '{"city": "Rome"}'}} for name in tools]
        choice = {"index": 0, "message": answer, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        self.send(json.dumps({**common, "object": "chat.completion", "choices": [choice], "usage": usage}).encode(), "application/json")

    def send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def openai() -> int:
    def serve(client: socket.socket) -> None:
        Completions(client, client.getpeername(), None)  # type: ignore[arg-type]

    return listen(serve)
