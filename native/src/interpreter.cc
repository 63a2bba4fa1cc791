#include "interpreter.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#ifdef __linux__
#include <link.h>
#endif

#include "discovery.h"
#include "process_record.h"
#include "python_api.h"

namespace interloop {

namespace {

// What is needed before the table of python_api.h can be filled, and only here.
template <class Signature>
Signature* Symbol(void* library, const char* name) {
  return reinterpret_cast<Signature*>(dlsym(library, name));
}

bool IsInitialized(void* library) {
  const auto query = Symbol<int()>(library, "Py_IsInitialized");
  return query != nullptr && query() != 0;
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

class Locked {
 public:
  explicit Locked(pthread_mutex_t& mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
  ~Locked() { pthread_mutex_unlock(&mutex_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

// This copy's own knowledge, under the record's lock.
void* own_library = nullptr;
bool own_start = false;

// --- Code that runs in the interpreter once ---

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

// Runs source in a dict of its own. All calls need the GIL.
class Script {
 public:
  explicit Script(void* library) : library_(library), dict_(Symbol<PyObject*()>(library, "PyDict_New")()) {
    // 3.9 does not add them by itself.
    Symbol<int(PyObject*, const char*, PyObject*)>(library, "PyDict_SetItemString")(dict_, "__builtins__",
                                                                                    Symbol<PyObject*()>(library, "PyEval_GetBuiltins")());
  }
  ~Script() { Drop(dict_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void Set(const char* name, const std::string& text) { Store(name, Symbol<PyObject*(const char*)>(library_, "PyUnicode_DecodeFSDefault")(text.c_str())); }
  void Set(const char* name, long number) { Store(name, Symbol<PyObject*(long)>(library_, "PyLong_FromLong")(number)); }
  void SetNone(const char* name) { Symbol<int(PyObject*, const char*, PyObject*)>(library_, "PyDict_SetItemString")(dict_, name, Static("_Py_NoneStruct")); }

  // False when the source raises; `error` is the exception in words.
  bool Run(const char* source, std::string& error) {
    constexpr int kFileInput = 257;  // Py_file_input
    PyObject* code = Symbol<PyObject*(const char*, const char*, int)>(library_, "Py_CompileString")(source, "<interloop>", kFileInput);
    PyObject* result = code == nullptr ? nullptr : Symbol<PyObject*(PyObject*, PyObject*, PyObject*)>(library_, "PyEval_EvalCode")(code, dict_, dict_);
    Drop(code);
    if (result != nullptr) {
      Drop(result);
      return true;
    }
    PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
    Symbol<void(PyObject**, PyObject**, PyObject**)>(library_, "PyErr_Fetch")(&type, &value, &traceback);
    PyObject* text = value == nullptr ? nullptr : Symbol<PyObject*(PyObject*)>(library_, "PyObject_Repr")(value);
    const char* utf8 = text == nullptr ? nullptr : Symbol<const char*(PyObject*, Py_ssize_t*)>(library_, "PyUnicode_AsUTF8AndSize")(text, nullptr);
    error = utf8 == nullptr ? "unknown error" : utf8;
    for (PyObject* object : {type, value, traceback, text}) Drop(object);
    Symbol<void()>(library_, "PyErr_Clear")();
    return false;
  }

  // A variable that holds bytes.
  std::string Bytes(const char* name) {
    PyObject* object = Symbol<PyObject*(PyObject*, const char*)>(library_, "PyDict_GetItemString")(dict_, name);
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (object == nullptr || Symbol<int(PyObject*, char**, Py_ssize_t*)>(library_, "PyBytes_AsStringAndSize")(object, &data, &size) != 0) {
      Symbol<void()>(library_, "PyErr_Clear")();
      return "";
    }
    return std::string(data, static_cast<size_t>(size));
  }

 private:
  PyObject* Static(const char* name) { return static_cast<PyObject*>(dlsym(library_, name)); }
  void Store(const char* name, PyObject* value) {
    if (value == nullptr) return Symbol<void()>(library_, "PyErr_Clear")();
    Symbol<int(PyObject*, const char*, PyObject*)>(library_, "PyDict_SetItemString")(dict_, name, value);
    Drop(value);
  }
  void Drop(PyObject* object) {
    if (object != nullptr) Symbol<void(PyObject*)>(library_, "Py_DecRef")(object);
  }

  void* library_;
  PyObject* dict_;
};

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

// --- Starting ---

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

// 3.14 and later (PEP 741). On failure the process lives on, unlike below.
bool InitializeWithConfig(void* library, const PythonFacts& facts, std::string& error) {
  struct PyInitConfig;
  const auto set_int = Symbol<int(PyInitConfig*, const char*, int64_t)>(library, "PyInitConfig_SetInt");
  const auto set_string = Symbol<int(PyInitConfig*, const char*, const char*)>(library, "PyInitConfig_SetStr");
  const auto set_list = Symbol<int(PyInitConfig*, const char*, size_t, char* const*)>(library, "PyInitConfig_SetStrList");
  const auto initialize = Symbol<int(PyInitConfig*)>(library, "Py_InitializeFromInitConfig");
  const auto get_error = Symbol<int(PyInitConfig*, const char**)>(library, "PyInitConfig_GetError");
  const auto dispose = Symbol<void(PyInitConfig*)>(library, "PyInitConfig_Free");
  PyInitConfig* config = Symbol<PyInitConfig*()>(library, "PyInitConfig_Create")();
  if (config == nullptr) {
    error = "out of memory";
    return false;
  }
  // The defaults are those of an isolated interpreter; these make it the one that `python` is.
  constexpr std::pair<const char*, int64_t> kNumbers[] = {
      {"isolated", 0},  {"use_environment", 1},         {"user_site_directory", 1}, {"configure_locale", 1},
      {"utf8_mode", 1}, {"install_signal_handlers", 0}, {"parse_argv", 0},
  };
  bool good = true;
  for (const auto& [name, value] : kNumbers) good = good && set_int(config, name, value) == 0;
  char empty[] = "";
  char* const arguments[] = {empty};
  good = good && set_string(config, "program_name", facts.executable.c_str()) == 0 && set_list(config, "argv", 1, arguments) == 0 && initialize(config) == 0;
  if (!good) {
    const char* message = nullptr;
    error = get_error(config, &message) == 1 && message != nullptr ? message : "unknown error";
  }
  dispose(config);
  return good;
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

bool Start(const PythonFacts& facts, const std::string& package_path, void*& library, Failure& failure) {
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

// --- Joining ---

#ifdef __linux__
int CollectPython(struct dl_phdr_info* info, size_t, void* names) {
  if (info->dlpi_name != nullptr && strstr(info->dlpi_name, "/libpython3") != nullptr)
    static_cast<std::vector<std::string>*>(names)->push_back(info->dlpi_name);
  return 0;
}
#endif

// The libpython of an interpreter that somebody else started in this process, or null.
void* FindRunning() {
  if (IsInitialized(RTLD_DEFAULT)) return dlopen(nullptr, RTLD_NOW);
#ifdef __linux__
  // One that another addon is linked to: its symbols are local to that addon until they are made global here.
  std::vector<std::string> names;
  dl_iterate_phdr(CollectPython, &names);
  for (const std::string& name : names) {
    void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (library == nullptr) continue;
    if (IsInitialized(library)) return dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    dlclose(library);
  }
#endif
  return nullptr;
}

// Asks an interpreter that somebody else started for its facts, and makes it ready for us.
bool Adopt(void* library, const std::string& package_path, Report& report, Failure& failure) {
  const int state = Symbol<int()>(library, "PyGILState_Ensure")();
  std::string error;
  std::optional<Report> found;
  {
    Script script(library);
    const std::string source = std::string(kFactsSource) + "\nline = interloop_facts()\n";
    if (script.Run(source.c_str(), error)) found = ParseReport(script.Bytes("line") + "\n");
  }
  bool ready = found.has_value();
  if (ready) {
    // The truth, where this process has it: the file that the running functions are in.
    Dl_info place;
    if (dladdr(dlsym(library, "Py_IsInitialized"), &place) != 0 && place.dli_fname != nullptr && strstr(place.dli_fname, "libpython") != nullptr) {
      found->facts.library = place.dli_fname;
    }
    report = *found;
    if (IsUsable(report, false, failure)) {
      ready = SetUp(library, package_path, false, error);
    } else {
      Symbol<void(int)>(library, "PyGILState_Release")(state);
      return false;
    }
  }
  Symbol<void(int)>(library, "PyGILState_Release")(state);
  if (!ready)
    failure = {"python-unsupported",
               "The Python interpreter that runs in this process already cannot be used: " + (error.empty() ? "it gave no facts" : error)};
  return ready;
}

std::string RealPath(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  const std::string real = resolved == nullptr ? path : resolved;
  free(resolved);
  return real;
}

// Whether `requested` means the interpreter that runs.
bool IsSame(const std::string& requested, const PythonFacts& running, Failure& failure) {
  if (requested.empty() || requested == running.executable) return true;
  PythonFacts wanted;
  std::vector<Candidate> tried;
  if (!DiscoverPython(requested, wanted, failure, tried)) return false;
  const bool same_library = running.library.empty() || RealPath(wanted.library) == RealPath(running.library);
  if (same_library && wanted.version == running.version && RealPath(wanted.prefix) == RealPath(running.prefix)) return true;
  failure = {"python-other", Quoted(wanted.executable) + " (Python " + wanted.version + ") cannot be started: this process already runs " +
                                 Quoted(running.executable) + " (Python " + running.version +
                                 "), and a process has one interpreter. Use that one, or start another process"};
  return false;
}

void* OpenAgain(const PythonFacts& facts) { return dlopen(facts.library.empty() ? nullptr : facts.library.c_str(), RTLD_NOW | RTLD_GLOBAL); }

void Publish(const Report& report) { Record().facts.store(strdup((FormatReport(report) + "\n").c_str()), std::memory_order_release); }

}  // namespace

bool StartInterpreter(const std::string& requested, const std::string& package_path, Interpreter& out, bool& started_here, Failure& failure) {
  started_here = false;
  const Locked locked(Record().lock);

  if (const char* line = Record().facts.load(std::memory_order_acquire)) {
    const std::optional<Report> report = ParseReport(line);
    if (own_library == nullptr && report) own_library = OpenAgain(report->facts);
    if (!report || own_library == nullptr || !IsInitialized(own_library)) {
      failure = {"finalized", "The Python interpreter of this process has ended, and a process cannot start a second one"};
      return false;
    }
    if (!IsSame(requested, report->facts, failure)) return false;
    out = {report->facts, own_library, own_start};
    return true;
  }

  if (void* library = FindRunning()) {
    Report report;
    if (!Adopt(library, package_path, report, failure) || !IsSame(requested, report.facts, failure)) return false;
    own_library = library;
    Publish(report);
    out = {report.facts, library, false};
    return true;
  }

  PythonFacts facts;
  std::vector<Candidate> tried;
  if (!DiscoverPython(requested, facts, failure, tried)) return false;
  void* library = nullptr;
  if (!Start(facts, package_path, library, failure)) return false;
  own_library = library;
  own_start = true;
  Report report;
  report.facts = facts;
  report.implementation = "cpython";
  Publish(report);
  out = {facts, library, true};
  started_here = true;
  return true;
}

std::optional<PythonFacts> RunningInterpreter() {
  const char* line = Record().facts.load(std::memory_order_acquire);
  const std::optional<Report> report = line == nullptr ? std::nullopt : ParseReport(line);
  if (!report) return std::nullopt;
  return report->facts;
}

}  // namespace interloop
