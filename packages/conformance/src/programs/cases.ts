/** Python programs that must run as `python3` runs them: the same output, the same errors, the same end. */
export interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string;
}

export const files: Readonly<Record<string, string>> = {
  "hello.py": "import sys\nprint('hello', sys.argv, __name__, __file__, sys.path[0], __spec__)\nsys.exit(4)\n",
  "fails.py": "def outer():\n    inner()\n\ndef inner():\n    raise KeyError('here')\n\nouter()\n",
  "syntax.py": "x = = 1\n",
  "folder/__main__.py": "import sys\nprint('a folder', sys.argv, __name__)\n",
  "empty/readme.txt": "no program",
  "package/__init__.py": "",
  "package/__main__.py": "import sys\nfrom . import part\nprint('a package', sys.argv, __name__, __package__, part.name)\n",
  "package/part.py": "name = 'part'\n",
  "end.py": `import atexit, threading, time
atexit.register(print, "at exit")
def work():
    time.sleep(0.1)
    print("thread")
threading.Thread(target=work).start()
print("main", end=" ")
`,
  "spawns.py": `import multiprocessing

def double(x):
    return 2 * x

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    with multiprocessing.Pool(2) as pool:
        print(pool.map(double, range(3)))
`,
  "runs.py": `import asyncio, contextvars
variable = contextvars.ContextVar("variable", default=0)

async def main(n):
    variable.set(n)
    await asyncio.gather(*[asyncio.sleep(0) for _ in range(3)])
    process = await asyncio.create_subprocess_exec("true")
    return n, variable.get(), await process.wait()

for n in range(2):
    print(asyncio.run(main(n)), variable.get())
`,
};

const exits = ["", "None", "'text'", "256 + 7", "-1"];

export const cases: readonly Case[] = [
  { name: "a script with arguments", args: ["hello.py", "-x", "a b", ""] },
  { name: "a script by another path", args: ["./package/../hello.py"] },
  { name: "a script that fails", args: ["fails.py"] },
  { name: "a script with a syntax error", args: ["syntax.py"] },
  { name: "a script that does not exist", args: ["nowhere.py"] },
  { name: "a folder with a program", args: ["folder", "a"] },
  { name: "a folder without one", args: ["empty"] },
  { name: "a module", args: ["-m", "package", "a"] },
  { name: "a module of the standard library", args: ["-m", "json.tool", "--help"] },
  { name: "a module that is none", args: ["-m", "no_such_module"] },
  { name: "a part of a package that is no program", args: ["-m", "package.nothing"] },
  { name: "a command", args: ["-c", "import sys; print(sys.argv, __name__, repr(sys.path[0]))", "a", "-b"] },
  { name: "a command, attached", args: ["-cprint(1)"] },
  { name: "a command that fails", args: ["-c", "raise ValueError('text')"] },
  { name: "a command with a syntax error", args: ["-c", "1 +"] },
  { name: "standard input", args: ["-", "a"], input: "import sys\nprint('from stdin', sys.argv, __name__)\n" },
  { name: "standard input without a word", args: [], input: "print('from stdin')\n1 / 0\n" },
  ...exits.map((code) => ({ name: `sys.exit(${code})`, args: ["-c", `import sys; sys.exit(${code})`] })),
  { name: "sys.exit in a coroutine", args: ["-c", "import asyncio, sys\nasync def main():\n    sys.exit(6)\nasyncio.run(main())"] },
  { name: "sys.exit in a thread", args: ["-c", "import sys, threading\nt = threading.Thread(target=sys.exit, args=(5,))\nt.start()\nt.join()\nprint('on')"] },
  { name: "threads, atexit handlers and output at the end", args: ["end.py"] },
  { name: "an exception hook", args: ["-c", "import sys\nsys.excepthook = lambda *error: print('hook', error[1])\nraise ValueError('text')"] },
  { name: "several asyncio.run, contexts, a child process", args: ["runs.py"] },
  { name: "processes of multiprocessing, spawned", args: ["spawns.py"] },
  { name: "output at once", args: ["-u", "-c", "import os, sys\nprint('one')\nos.write(1, b'two\\n')"] },
];
