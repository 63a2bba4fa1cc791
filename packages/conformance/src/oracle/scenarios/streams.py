"""An echo server, several clients, end of file, a reset."""

import asyncio


async def main(log):
    async def echo(reader, writer):
        while True:
            line = await reader.readline()
            if not line:
                break
            writer.write(line[::-1])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    log(server.is_serving())

    async def client(n):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"%d-abc\n" % n)
        first = await reader.readexactly(6)
        writer.write_eof()
        rest = await reader.read()
        writer.close()
        return first, rest

    log(await asyncio.gather(*[client(n) for n in range(5)]))
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"short")
    writer.write_eof()
    try:
        await reader.readexactly(100)
    except asyncio.IncompleteReadError as error:
        log(error.partial, error.expected)
    writer.close()
    server.close()
    await server.wait_closed()
    log(server.is_serving())
    try:
        await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        log("refused")
