// The one interpreter of the process.
//
// Several JS environments (workers), and several copies of this addon, share it. Whoever comes first starts it; the others join. A lock that all of them see keeps
// two from starting at once; see process_record.h.
#pragma once

#include <optional>
#include <string>

#include "interpreter/python_facts.h"

namespace interloop {

struct Interpreter {
  PythonFacts facts;
  void* library = nullptr;  // for dlsym; never closed
  bool started = false;     // by this copy of the addon
};

// Starts the interpreter, or joins the one that runs. `requested` as in discovery.h. `package_path` is the folder that holds the Python package `interloop`. When
// `started_here`, the calling thread holds the GIL on return (and is Python's main thread); otherwise it does not. On failure: false and `failure`.
bool StartInterpreter(const std::string& requested, const std::string& package_path, Interpreter& out, bool& started_here, Failure& failure);

// The facts of the interpreter that runs, whoever of us started it; nothing before. Takes no lock and no GIL.
std::optional<PythonFacts> RunningInterpreter();

}  // namespace interloop
