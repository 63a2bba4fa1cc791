// Finds the Python interpreter that is to be loaded.
//
// Order: the one that was asked for, INTERLOOP_PYTHON, VIRTUAL_ENV, CONDA_PREFIX (unless it is conda's base environment, which comes after a `.venv`), a `.venv` in the working folder or one above it,
// a `.venv` in the program's folder or one above it, `python3` on PATH. One that was named must do: nothing else is taken in its place. On PATH, one that does not run (a shim without a version behind it) is passed over.
#pragma once

#include <string>
#include <vector>

#include "interpreter/python_facts.h"

namespace interloop {

// A place where an interpreter was looked for.
struct Candidate {
  std::string source;   // "INTERLOOP_PYTHON", "VIRTUAL_ENV", ...
  std::string path;     // what is there; empty when nothing is
  std::string verdict;  // "chosen", or why not
};

constexpr const char* kChosen = "chosen";

// Which file the program begins with. The first one counts; "" is none.
void SetEntryFile(const std::string& path);

// `requested` is an executable, the folder of an installation or virtual environment, or a name to look for on PATH; empty to look around. On failure `failure`
// has the code python-not-found, python-unsupported or python-library-missing, and a message that lists what was tried and says what to do. `tried` gets the
// places in their order; the last one is the chosen one, or the one that had to do and did not.
bool DiscoverPython(const std::string& requested, PythonFacts& facts, Failure& failure, std::vector<Candidate>& tried);

}  // namespace interloop
