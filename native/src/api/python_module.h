// The built-in module `_interloop`: what the Python package uses of the addon.
#pragma once

#include <string>

namespace interloop {

// With the GIL. False: a Python error is set.
bool InitModule();
// Before anybody can import uvloop.
bool ShareLibuv();
// What both languages use of the process: only where we have started Python.
bool ShareProcess();
// The file of this copy of the addon.
std::string OwnFile();

}  // namespace interloop
