#include "interpreter/discovery.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "interpreter/facts_cache.h"
#include "interpreter/run_command.h"

namespace interloop {

namespace {

constexpr std::chrono::seconds kLimit{15};

constexpr const char* kAdvice = "Install Python 3.9 or newer with its shared library, or name one with init({ python }) or INTERLOOP_PYTHON";

bool IsExecutable(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string Environment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string WorkingFolder() {
  char buffer[PATH_MAX];
  return getcwd(buffer, sizeof buffer) == nullptr ? "" : buffer;
}

// Links stay as they are: a virtual environment is known by the link, not by what it points to.
std::string Absolute(std::string path) {
  if (path.starts_with('/')) return path;
  while (path.starts_with("./")) path.erase(0, 2);
  const std::string folder = WorkingFolder();
  return folder == "/" ? folder + path : folder + "/" + path;
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// The interpreter of an installation or virtual environment; empty when there is none.
std::string InFolder(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  for (const char* name : {"/bin/python", "/bin/python3"}) {
    if (IsExecutable(folder + name)) return folder + name;
  }
  return "";
}

std::vector<std::string> OnPath(const std::string& name) {
  std::vector<std::string> found;
  const std::string path = Environment("PATH");
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at).append("/").append(name);
    // An empty entry means the working folder; nobody wants an interpreter from there by chance.
    if (end > at && IsExecutable(file)) found.push_back(Absolute(file));
    at = end + 1;
  }
  return found;
}

// The one line that says most: of a fatal error its name, of a traceback its end, else the first.
std::string Gist(const std::string& text) {
  std::string first, last, fatal;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (first.empty()) first = line;
    if (fatal.empty() && line.starts_with("Fatal Python error")) fatal = line;
    last = line;
  }
  std::string line = !fatal.empty() ? fatal : first.starts_with("Traceback") ? last : first;
  line.erase(0, line.find_first_not_of(" \t"));
  while (line.ends_with('.') || line.ends_with('\r')) line.pop_back();
  if (line.size() > 300) line.resize(300);
  return line;
}

std::string RealPath(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  const std::string real = resolved == nullptr ? "" : resolved;
  free(resolved);
  return real;
}

enum class Answer { usable, unusable, none };

// Asks the interpreter. `problem` says why it gave no answer, `failure` why its answer will not do.
Answer Ask(const std::string& executable, PythonFacts& facts, std::string& problem, Failure& failure) {
  const std::string key = CacheKey(executable);
  std::optional<Report> report = ReadCache(key);
  if (!report) {
    // Not "-S": a virtual environment's prefix is computed by site. Not "-I": Python 2 has to understand this too, so that it can be named in the error. With PYTHONHOME
    // the environment counts, as it will in this process.
    std::vector<std::string> command{executable};
    if (getenv("PYTHONHOME") == nullptr) command.push_back("-E");
    const std::string source = std::string("import sys\nsys.path[:] = [path for path in sys.path if path]\n") + kFactsSource +
                               "\nline = interloop_facts() + b\"\\n\"\ngetattr(sys.stdout, \"buffer\", sys.stdout).write(line)\nsys.stdout.flush()\n";
    command.insert(command.end(), {"-s", "-B", "-c", source});
    const CommandResult result = RunCommand(command, kLimit, [](std::string_view output) { return ParseReport(output).has_value(); });
    report = ParseReport(result.output);
    if (!report) {
      const std::string line = Gist(result.errors);
      problem = result.problem.empty() ? "it did not behave like a Python interpreter" : result.problem;
      if (!line.empty()) problem += ": " + line;
      return Answer::none;
    }
    if (report->facts.executable.empty()) report->facts.executable = executable;
    if (!IsUsable(*report, true, failure)) return Answer::unusable;
    // A dispatcher (the shims of mise are links to it) answers for the folder it is run in.
    if (RealPath(executable) == RealPath(report->facts.executable)) WriteCache(key, FormatReport(*report));
  } else if (!IsUsable(*report, true, failure)) {
    return Answer::unusable;
  }
  facts = report->facts;
  return Answer::usable;
}

// One that was named: it does, or there is an error.
bool Take(const std::string& named, const std::string& where, PythonFacts& facts, Failure& failure) {
  std::string executable = named;
  if (named.find('/') == std::string::npos && !IsFolder(named)) {
    const std::vector<std::string> found = OnPath(named);
    executable = found.empty() ? named : found.front();
  }
  executable = Absolute(executable);
  if (IsFolder(executable)) {
    const std::string inside = InFolder(executable);
    if (inside.empty()) {
      failure = {"python-not-found",
                 "There is no Python in the folder " + Quoted(executable) + " (" + where + "): it has no bin/python or bin/python3. " + kAdvice};
      return false;
    }
    executable = inside;
  }
  if (!IsExecutable(executable)) {
    const bool exists = access(executable.c_str(), F_OK) == 0;
    const bool bare = named.find('/') == std::string::npos;
    const std::string reason = exists ? " is not an executable file" : bare ? " is neither on PATH nor in the working folder" : " does not exist";
    failure = {"python-not-found", "The Python " + Quoted(named) + " (" + where + ")" + reason + ". " + kAdvice};
    return false;
  }
  std::string problem;
  switch (Ask(executable, facts, problem, failure)) {
    case Answer::usable:
      return true;
    case Answer::unusable:
      failure.message += " (it was named by " + where + ")";
      return false;
    case Answer::none:
      failure = {"python-not-found", "The Python " + Quoted(executable) + " (" + where + ") cannot be used: " + problem + ". " + kAdvice};
      return false;
  }
  return false;
}

// A .venv in the folder, or above it; empty when there is none.
std::string LocalEnvironment(std::string folder) {
  while (!folder.empty()) {
    const std::string local = (folder == "/" ? "" : folder) + "/.venv";
    if (!InFolder(local).empty()) return local;
    if (folder == "/") break;
    const size_t slash = folder.rfind('/');
    folder = slash == 0 ? "/" : folder.substr(0, slash);
  }
  return "";
}

std::mutex entry_mutex;
std::string entry_file;

// Where the program lies: that it is started from another folder should not give it another Python.
std::string EntryFolder() {
  std::lock_guard<std::mutex> lock(entry_mutex);
  const std::string real = entry_file.empty() ? "" : RealPath(entry_file);
  const size_t slash = real.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : real.substr(0, slash);
}

// An activated environment that was deleted since: whoever activated it expects its packages.
void WarnOfGone(const std::string& variable, const std::string& folder, const std::string& taken) {
  static std::atomic<bool> warned{false};
  if (warned.exchange(true)) return;
  std::fprintf(stderr, "interloop: warning: %s names \"%s\", which has no Python; \"%s\" is used in its place. Deactivate that environment, or make it anew\n",
               variable.c_str(), folder.c_str(), taken.c_str());
}

}  // namespace

void SetEntryFile(const std::string& path) {
  std::lock_guard<std::mutex> lock(entry_mutex);
  if (entry_file.empty()) entry_file = path;
}

bool DiscoverPython(const std::string& requested, PythonFacts& facts, Failure& failure, std::vector<Candidate>& tried) {
  const auto take = [&](const std::string& named, const std::string& source, const std::string& where) {
    const bool taken = Take(named, where, facts, failure);
    tried.push_back({source, named, taken ? kChosen : failure.code});
    return taken;
  };
  if (!requested.empty()) return take(requested, "init({ python })", "init({ python })");
  if (const std::string named = Environment("INTERLOOP_PYTHON"); !named.empty()) return take(named, "INTERLOOP_PYTHON", "INTERLOOP_PYTHON");

  tried.push_back({"INTERLOOP_PYTHON", "", "not set"});

  // Conda's base environment is active in every shell of many users: what is nearer to the program comes first.
  const bool base = Environment("CONDA_DEFAULT_ENV") == "base";
  std::string gone;
  const auto take_active = [&](const char* variable, bool& taken) {
    const std::string active = Environment(variable);
    if (active.empty()) {
      if (!std::strcmp(variable, "VIRTUAL_ENV")) tried.push_back({variable, "", "not set"});
    } else if (!InFolder(active).empty()) {
      taken = take(active, variable, variable);
      return true;
    } else {
      tried.push_back({variable, active, "it has no interpreter"});
      if (gone.empty()) gone = variable;
    }
    return false;
  };
  const auto warned = [&](bool taken) {
    if (taken && !gone.empty()) WarnOfGone(gone, Environment(gone.c_str()), facts.executable);
    return taken;
  };
  bool taken = false;
  if (take_active("VIRTUAL_ENV", taken)) return taken;
  if (!base && take_active("CONDA_PREFIX", taken)) return warned(taken);

  const std::string entry = EntryFolder();
  if (const std::string local = LocalEnvironment(WorkingFolder()); !local.empty())
    return warned(take(local, ".venv", "the .venv nearest to the working folder"));
  tried.push_back({"a .venv in " + Quoted(WorkingFolder()) + " or above it", "", "none"});
  if (const std::string local = LocalEnvironment(entry); !local.empty()) return warned(take(local, ".venv", "the .venv nearest to the program"));
  if (!entry.empty() && entry != WorkingFolder()) tried.push_back({"a .venv in " + Quoted(entry) + " or above it", "", "none"});
  if (base && take_active("CONDA_PREFIX", taken)) return warned(taken);

  const std::vector<std::string> found = OnPath("python3");
  if (found.empty()) tried.push_back({"python3 on PATH", "", "none"});
  for (const std::string& executable : found) {
    std::string problem;
    const Answer answer = Ask(executable, facts, problem, failure);
    tried.push_back({"python3 on PATH", executable, answer == Answer::usable ? kChosen : answer == Answer::unusable ? failure.code : problem});
    if (answer == Answer::usable) return warned(true);
    if (answer == Answer::unusable) {
      failure.message += " (it is the first python3 on PATH that runs)";
      return false;
    }
  }

  std::string list;
  for (const auto& [source, path, verdict] : tried)
    list.append(list.empty() ? "" : ", ").append(source).append(" (").append(path.empty() ? "" : Quoted(path) + ": ").append(verdict).append(")");
  failure = {"python-not-found", "There is no usable Python; tried " + list + ". " + kAdvice};
  return false;
}

}  // namespace interloop
