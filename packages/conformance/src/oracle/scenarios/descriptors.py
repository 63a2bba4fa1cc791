"""add_reader, add_writer, the sock_ functions, pipes and datagrams."""

import asyncio
import os
import socket


async def main(log):
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    for end in (a, b):
        end.setblocking(False)
    readable = asyncio.Event()
    loop.add_reader(a, readable.set)
    loop.call_later(0.01, b.send, b"one")
    await readable.wait()
    log(a.recv(10), loop.remove_reader(a), loop.remove_reader(a))
    writable = asyncio.Event()
    loop.add_writer(b, writable.set)
    await writable.wait()
    log(loop.remove_writer(b))
    await loop.sock_sendall(a, b"two")
    log(await loop.sock_recv(b, 10))
    reading = asyncio.ensure_future(loop.sock_recv(b, 10))
    await asyncio.sleep(0.005)
    reading.cancel()
    log(await asyncio.gather(reading, return_exceptions=True))
    a.close()
    log(await loop.sock_recv(b, 10))
    b.close()

    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb"))
    os.write(write_end, b"line\n")
    log(await reader.readline())
    os.close(write_end)
    log(await reader.read())
    transport.close()
    await asyncio.sleep(0)
