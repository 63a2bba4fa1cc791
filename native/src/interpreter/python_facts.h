// What a Python interpreter says of itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace interloop {

struct PythonFacts {
  std::string executable;  // `sys.executable`, of the virtual environment if there is one
  std::string library;     // the shared libpython
  std::string version;     // "3.11.7"
  std::string prefix;      // `sys.prefix`
  std::string home;        // `sys.base_prefix`
  int major = 0;
  int minor = 0;
};

// An InterloopError in the making.
struct Failure {
  std::string code;
  std::string message;
};

// Python source that defines `interloop_facts()`: one line of tab-separated facts, bytes. It runs on every Python since 2.7, so that an old one can be named in the error.
extern const char kFactsSource[];

// What the line says, before anyone judged it.
struct Report {
  PythonFacts facts;
  std::string implementation;  // "cpython", "pypy", ...
  std::string flags;           // of "free-threaded" and "trace-refs", those that apply, with commas between
  std::string searched;        // the folders that were searched for libpython, with colons between
};

// Finds the line in what an interpreter printed; site hooks may have printed too.
std::optional<Report> ParseReport(std::string_view output);

// The line again.
std::string FormatReport(const Report& report);

// Whether this addon can live in that interpreter. `library_needed` is false for one that runs in this process already.
bool IsUsable(const Report& report, bool library_needed, Failure& failure);

}  // namespace interloop
