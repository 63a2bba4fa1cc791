// What of Python keeps a JS thread alive, and which of its waits only JS could end: the functions of `_interloop` for that.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

bool InitKeepAlive(PyObject* module);

}  // namespace interloop
