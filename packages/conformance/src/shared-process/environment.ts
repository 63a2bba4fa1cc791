/** Variables, the working folder and the time zone: what one language changes, the other and its children see. */
import assert from "node:assert/strict";
import type { Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, fileRunner } from "../child.ts";
import { withMain } from "../main/program.ts";

const python = `
import asyncio, ctypes, datetime, os, subprocess, threading, time
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
def in_c(name):
    value = libc.getenv(name.encode())
    return None if value is None else value.decode()
def in_child(name):
    return subprocess.check_output(["sh", "-c", f'printf %s "\${name}"']).decode()
def everywhere(name):
    return [os.environ.get(name), os.getenv(name), name in os.environ, dict(os.environ).get(name), in_c(name), in_child(name)]
def change(name, value):
    if value is None:
        del os.environ[name]
    else:
        os.environ[name] = value
async def change_later(name, value):
    await asyncio.sleep(0)
    change(name, value)
def noon():
    return datetime.datetime(2024, 1, 1, 12).astimezone(datetime.timezone.utc).hour
def zone(name):
    change("TZ", name)
    time.tzset()
def folder_on_a_thread(path):
    thread = threading.Thread(target=os.chdir, args=(path,))
    thread.start()
    thread.join()
`;

const before = `
  const show = (...values) => console.log(...values.map((value) => (value === undefined ? "undefined" : JSON.stringify(api.isPyObject(value) ? api.python.toJs(value) : value))));
  const begin = () => api.python.exec(${JSON.stringify(python)});
  const py = api.python.eval;
  const { execFileSync } = await import("node:child_process");
  const { resolve } = await import("node:path");
  const inChild = (name) => execFileSync("sh", ["-c", 'printf %s "$' + name + '"'], { env: process.env }).toString();
  const inJs = (name) => [process.env[name], name in process.env, Object.keys(process.env).includes(name), inChild(name)];`;

const variables = `
  process.env.EARLY = "early"; begin(); show(py("everywhere")("EARLY"));
  process.env.LATE = "1"; show(py("everywhere")("LATE")); process.env.LATE = "2"; show(py("everywhere")("LATE"));
  delete process.env.LATE; show(py("everywhere")("LATE"));
  py("change")("OTHER", "1"); show(inJs("OTHER")); py("change")("OTHER", "2"); show(inJs("OTHER"));
  py("change")("OTHER", null); show(inJs("OTHER"));
  process.env.BOTH = "js"; py("change")("BOTH", null); show(inJs("BOTH")); py("change")("BOTH", "py"); delete process.env.BOTH; show(py("everywhere")("BOTH"));
  py("os.putenv('RAW', 'raw')"); show(inJs("RAW"), py("everywhere")("RAW")[0]); py("os.unsetenv('RAW')"); show(inJs("RAW"), py("everywhere")("RAW")[0]);
  await py("change_later")("ASYNC", "é✓"); show(inJs("ASYNC"), py("everywhere")("ASYNC")[0]); process.env.EMPTY = ""; show(py("everywhere")("EMPTY"));
  try { py("change")("NONE", null); } catch (error) { show(error.name, error.message); }`;

const here = (value: string): string => JSON.stringify([value, value, true, value, value, value]);
const there = (value: string): string => JSON.stringify([value, true, true, value]);
const notHere = JSON.stringify([null, null, false, null, null, ""]);
const notThere = JSON.stringify([null, false, false, ""]);
const variablesSeen = [
  [here("early"), here("1"), here("2"), notHere, there("1"), there("2"), notThere, notThere, notHere],
  [`${there("raw")} "raw"`, `${notThere} null`, `${there("é✓")} "é✓"`, here(""), `"KeyError" "'NONE'"`],
].flat();

const folders = `
  begin(); process.cwd();
  py("os.chdir('/usr')"); show(process.cwd(), resolve("bin"));
  process.chdir("/tmp"); show(py("os.getcwd()"), process.cwd());
  py("os.fchdir(os.open('/usr/lib', os.O_RDONLY))"); show(process.cwd());
  py("lambda f: (os.chdir('/usr'), f())")(() => show(process.cwd()));
  py("folder_on_a_thread")("/tmp"); show(process.cwd());
  await api.intoPromise(py("asyncio.sleep")(0)); show(process.cwd());
  try { py("os.chdir('/usr/nowhere')"); } catch (error) { show(error.name, process.cwd(), py("os.chdir in os.supports_fd")); }`;
const foldersSeen = ['"/usr" "/usr/bin"', '"/tmp" "/tmp"', '"/usr/lib"', '"/usr"', '"/tmp"', '"/tmp"', '"FileNotFoundError" "/tmp" true'];

const zones = `
  const noon = () => new Date(2024, 0, 1, 12).getUTCHours();
  process.env.TZ = "Asia/Tokyo"; begin(); show(noon(), py("noon")());
  process.env.TZ = "America/New_York"; show(noon(), py("noon")());
  py("zone")("Asia/Tokyo"); show(noon(), py("noon")(), process.env.TZ);
  process.env.TZ = "UTC"; show(noon(), py("noon")()); py("time.tzset()"); show(py("time.tzname[0]"));
  py("zone")("Asia/Tokyo"); py("zone")(null); show(noon() === py("noon")(), process.env.TZ === undefined);`;
const zonesSeen = ["3 3", "17 17", '3 3 "Asia/Tokyo"', "12 12", '"UTC"', "true true"];

export function environment(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const run = childRunner(capabilities);
  for (const placement of ["guest", "thread"]) {
    const check = (name: string, body: string, seen: readonly string[], env = {}): void =>
      harness.test(`${name}: ${placement}`, async () => {
        const ended = await run(`api.init({ placement: "${placement}" }); ${before} ${body}`, { env });
        assertQuiet(ended, `${seen.join("\n")}\n`);
      });
    check("variables", variables, variablesSeen);
    check("the working folder", folders, foldersSeen);
    check("the time zone", zones, zonesSeen, { TZ: "UTC" });
  }

  harness.test("variables and the time zone: main", async () => {
    const ended = await fileRunner(capabilities)(withMain(`${before} ${variables}`));
    assert.deepEqual([ended.stdout, ended.stderr, ended.status], [`${variablesSeen.join("\n")}\n`, "", 0]);
  });
}
