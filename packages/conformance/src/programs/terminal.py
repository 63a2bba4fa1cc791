"""Runs a command on a terminal of its own, types lines into it when it prompts, and prints what it showed and how it ended."""

import os
import pty
import sys
import time

lines = sys.argv[1].split("\n")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])

shown = b""
typed = 0
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if typed < len(lines) and shown.count(b">>> ") > typed:
        text = b"\x03" if lines[typed] == "^C" else lines[typed].encode() + b"\r"
        typed += 1
        os.write(terminal, text)
print(shown.decode())
print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
