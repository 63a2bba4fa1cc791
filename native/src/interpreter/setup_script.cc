#include "interpreter/setup_script.h"

#include "platform/libc.h"

#include <cstdlib>

namespace interloop {

namespace {

// `package_path`, `dlopen_flags` (None: leave them) and `own` (we started it) are given.
constexpr const char* kSetupSource = R"python(
import sys

if dlopen_flags is not None:
    sys.setdlopenflags(dlopen_flags)

def importable(name):
    if name in sys.modules:
        return True
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find and find(name, None)
        # A folder that happens to have the name is found as a namespace package, without an origin.
        if spec and spec.origin:
            return True
    return False

class CurrentLoop:
    """asyncio's policies keep the current loop of a thread here. Where none is set, or only the one that this thread hosts, a thread of JavaScript is asked."""

    def __get__(self, local, owner=None):
        loop = None if local is None else local.__dict__.get("_loop")
        if local is None or (loop is not None and not loop.is_closed() and not getattr(loop, "_hosted", False)):
            return loop
        import _interloop
        return _interloop.current_loop() or loop

    def __set__(self, local, loop):
        local.__dict__["_loop"] = loop

def follow(events):
    import functools
    names = vars(events)
    policy = names.get("BaseDefaultEventLoopPolicy") or names.get("_BaseDefaultEventLoopPolicy")
    policy._Local._loop = CurrentLoop()
    # From Python 3.14 on the public function warns whoever calls it, and calls this one.
    name = "_set_event_loop_policy" if "_set_event_loop_policy" in names else "set_event_loop_policy"
    set_policy = names[name]

    @functools.wraps(set_policy)
    def set_event_loop_policy(policy):
        set_policy(policy)
        # uvloop's policy is not derived from asyncio's, but made after it.
        kind = type(getattr(policy, "_local", policy))
        if policy is not None and kind.__dict__.get("_loop", policy) is None:
            kind._loop = CurrentLoop()

    setattr(events, name, set_event_loop_policy)

class AsyncioFinder:
    """Sees asyncio being imported, which it is not before somebody needs it."""

    def find_spec(self, name, path=None, target=None):
        if name != "asyncio.events":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec:
                break
        else:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            follow(module)

        spec.loader.exec_module = exec_module
        return spec

if "asyncio.events" in sys.modules:
    follow(sys.modules["asyncio.events"])
else:
    sys.meta_path.insert(0, AsyncioFinder())

if package_path and package_path not in sys.path and not importable("interloop"):
    sys.path.append(package_path)

if own:
    sys.argv = [""]
    # Importing this is what makes Python take SIGINT; here it is given back before anyone can notice. With SIG_DFL on record asyncio leaves it alone, too.
    import _signal
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
)python";

}  // namespace

bool SetUp(void* library, const std::string& package_path, bool own, std::string& error) {
  Script script(library);
  script.Set("package_path", package_path);
  script.Set("own", own ? 1L : 0L);
  // Node exports all of OpenSSL, zlib and libuv: without this, Python's extension modules would bind to those. Sanitizers cannot live with it.
  if (kDeepBind != 0 && getenv("INTERLOOP_NO_DEEPBIND") == nullptr)
    script.Set("dlopen_flags", static_cast<long>(RTLD_NOW | kDeepBind));
  else
    script.SetNone("dlopen_flags");
  return script.Run(kSetupSource, error);
}

}  // namespace interloop
