// Which thread of JavaScript serves a thread of Python: its own, or the one whose Python has started it. Threads of JavaScript have numbers, from 1 on, which are not used again.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

bool InitJsThreads(PyObject* module);

}  // namespace interloop
