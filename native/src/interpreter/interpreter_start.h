// Starting a CPython in this process, as `python` would start.
#pragma once

#include <string>

#include "interpreter/discovery.h"
#include "interpreter/python_facts.h"

namespace interloop {

// The calling thread holds the GIL then, and is Python's main thread. False, and `failure`, when it cannot be started.
bool StartPython(const PythonFacts& facts, const std::string& package_path, void*& library, Failure& failure);

}  // namespace interloop
