#include "interpreter/interpreter.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "interpreter/discovery.h"
#include "interpreter/interpreter_start.h"
#include "interpreter/process_record.h"
#include "interpreter/setup_script.h"
#include "platform/libraries.h"

namespace interloop {

namespace {

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

// The libpython of an interpreter that somebody else started in this process, or null.
void* FindRunning() {
  if (IsInitialized(RTLD_DEFAULT)) return dlopen(nullptr, RTLD_NOW);
  // One that another addon is linked to: its symbols are local to that addon until they are made global here.
  for (const std::string& name : LoadedLibraries()) {
    if (name.find("/libpython3") == std::string::npos) continue;
    void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (library == nullptr) continue;
    if (IsInitialized(library)) return dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    dlclose(library);
  }
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
  if (!StartPython(facts, package_path, library, failure)) return false;
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
