// JsBuffer: a typed array, DataView or ArrayBuffer that Python reads and writes in place, through the buffer protocol.
#pragma once

#include "python_api.h"

namespace interloop {

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base);

}  // namespace interloop
