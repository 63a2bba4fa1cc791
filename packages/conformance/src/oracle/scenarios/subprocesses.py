"""Children: output, input, status, kill, timeout."""

import asyncio
import sys


async def main(log):
    PIPE = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input().upper())", stdin=PIPE, stdout=PIPE)
    log(await process.communicate(b"text\n"), process.returncode)
    process = await asyncio.create_subprocess_shell("echo out; echo err >&2; exit 3", stdout=PIPE, stderr=PIPE)
    log(await process.communicate(), process.returncode)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
    try:
        await asyncio.wait_for(process.wait(), 0.05)
    except asyncio.TimeoutError:
        log("still running", process.returncode)
    process.terminate()
    log(await process.wait())
    try:
        await asyncio.create_subprocess_exec("/no/such/program")
    except FileNotFoundError:
        log("not found")
