#include "interpreter/interpreter_start.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>

#include <cstdint>
#include <string_view>

#include "interpreter/crash_handlers.h"
#include "interpreter/init_config.h"
#include "interpreter/setup_script.h"

namespace interloop {

namespace {

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// Python's own decoder for command lines in UTF-8 mode: bytes that are not UTF-8 become lone surrogates (surrogateescape).
std::wstring Widen(const std::string& text) {
  std::wstring wide;
  for (size_t at = 0; at < text.size();) {
    const auto byte = [&](size_t offset) { return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0u; };
    const unsigned first = byte(0);
    const size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    uint32_t point = length == 1 ? first : first & (0x7f >> length);
    bool valid = length != 0;
    for (size_t offset = 1; offset < length; offset++) {
      valid = valid && byte(offset) >> 6 == 2;
      point = point << 6 | (byte(offset) & 0x3f);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    valid = valid && point >= kLeast[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    wide.push_back(static_cast<wchar_t>(valid ? point : 0xdc00 + first));
    at += valid ? length : 1;
  }
  return wide;
}

// 3.9 to 3.13. These versions end the process when they cannot find their standard library; discovery has run the interpreter, which shows that they can.
bool InitializeWithSetters(void* library, const PythonFacts& facts, std::string& error) {
  const auto set_name = Symbol<void(const wchar_t*)>(library, "Py_SetProgramName");
  const auto initialize = Symbol<void(int)>(library, "Py_InitializeEx");
  if (set_name == nullptr || initialize == nullptr) {
    error = "it has neither Py_SetProgramName nor PyInitConfig_Create";
    return false;
  }
  if (int* utf8 = static_cast<int*>(dlsym(library, "Py_UTF8Mode"))) *utf8 = 1;
  // Python keeps the pointer.
  static std::wstring* program = nullptr;
  if (program == nullptr) program = new std::wstring(Widen(facts.executable));
  set_name(program->c_str());
  initialize(0);
  return true;
}

// What `python` itself ignores, and Python code counts on: a write to a closed pipe or socket is an exception, not the end of the process.
void IgnoreLikePython(int signal) {
  struct sigaction action;
  if (sigaction(signal, nullptr, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) return;
  action.sa_handler = SIG_IGN;
  sigaction(signal, &action, nullptr);
}

// Node marks its standard streams close-on-exec and its own spawn does without them; what Python starts inherits them.
void InheritStandardStreams() {
  for (int stream : {0, 1, 2}) {
    const int flags = fcntl(stream, F_GETFD);
    if (flags >= 0) fcntl(stream, F_SETFD, flags & ~FD_CLOEXEC);
  }
}

}  // namespace

bool StartPython(const PythonFacts& facts, const std::string& package_path, void*& library, Failure& failure) {
  // Looked at before its symbols become everyone's: two versions of Python with global symbols would mix.
  void* handle = dlopen(facts.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    failure = {"python-library-missing", "The library of " + Quoted(facts.executable) + " cannot be loaded: " + (reason == nullptr ? facts.library : reason) +
                                             ". Reinstall that Python, or name another one with init({ python }) or INTERLOOP_PYTHON"};
    return false;
  }
  const auto version = Symbol<const char*()>(handle, "Py_GetVersion");
  const std::string_view text = version == nullptr ? "" : version();
  const std::string actual(text.substr(0, text.find(' ')));
  if (actual != facts.version) {
    dlclose(handle);
    failure = {"python-library-missing", Quoted(facts.library) + " belongs to Python " + (actual.empty() ? "?" : actual) + ", but " + Quoted(facts.executable) +
                                             " is Python " + facts.version +
                                             ". Install the matching library, or name another Python with init({ python }) or INTERLOOP_PYTHON"};
    return false;
  }
  // Extension modules do not name libpython as a dependency: they find its symbols only when they are global.
  library = dlopen(facts.library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  ShareCrashSignals(library);

  for (const int signal : {SIGPIPE, SIGXFSZ}) IgnoreLikePython(signal);
  InheritStandardStreams();
  struct sigaction interrupt;
  sigaction(SIGINT, nullptr, &interrupt);
  std::string error;
  const bool modern = dlsym(library, "PyInitConfig_Create") != nullptr;
  if (!(modern ? InitializeWithConfig(library, facts, error) : InitializeWithSetters(library, facts, error))) {
    failure = {"python-unsupported", Quoted(facts.executable) + " (Python " + facts.version + ") could not be started in this process: " + error};
    return false;
  }
  const bool ready = SetUp(library, package_path, true, error);
  // SIGINT belongs to the runtime. A site hook may have imported `signal` before we did.
  sigaction(SIGINT, &interrupt, nullptr);
  if (!ready) {
    Symbol<PyThreadState*()>(library, "PyEval_SaveThread")();
    failure = {"python-unsupported", Quoted(facts.executable) + " (Python " + facts.version + ") started, but could not be set up: " + error};
  }
  return ready;
}

}  // namespace interloop
