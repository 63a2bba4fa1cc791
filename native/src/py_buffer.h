// Memory of Python objects that JS sees: an ArrayBuffer over it holds the object's buffer export until JS collects it. The same object gives the same ArrayBuffer while that lives, so that looking at it
// again costs nothing; the engine counts each ArrayBuffer's bytes as its own and collects after some dozens of megabytes.
#pragma once

#include "environment.h"

namespace interloop {

struct PyBufferExport {
  Environment* environment;
  Py_buffer view;
  napi_ref memory;  // weak
};

// The ArrayBuffer over the memory of `object`, and what the export says of it. Null with an error pending in JS.
napi_value ExportBuffer(Environment& environment, PyObject* object, PyBufferExport*& exported);
// Ends the exports whose ArrayBuffers were collected; needs the GIL.
void ReleaseEndedBuffers(Environment& environment);

}  // namespace interloop
