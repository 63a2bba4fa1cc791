// Starting CPython 3.14 and later through PEP 741, as `python` starts with the variables of this environment.
#pragma once

#include <string>

#include "interpreter/python_facts.h"

namespace interloop {

// False and `error`, when Python does not start; the process lives on.
bool InitializeWithConfig(void* library, const PythonFacts& facts, std::string& error);

}  // namespace interloop
