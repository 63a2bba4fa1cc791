#include "setup_script.h"

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
#ifdef RTLD_DEEPBIND
  // Node exports all of OpenSSL, zlib and libuv: without this, Python's extension modules would bind to those. Sanitizers cannot live with it.
  if (getenv("INTERLOOP_NO_DEEPBIND") == nullptr)
    script.Set("dlopen_flags", static_cast<long>(RTLD_NOW | RTLD_DEEPBIND));
  else
    script.SetNone("dlopen_flags");
#else
  script.SetNone("dlopen_flags");
#endif
  return script.Run(kSetupSource, error);
}

}  // namespace interloop
