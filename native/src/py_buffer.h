// Memory of Python objects that JS sees: an ArrayBuffer over all of it, from the lowest address to the highest, holds the object's buffer export until JS collects it or lets go of it. The same object
// gives the same ArrayBuffer while that lives, so that looking at it again costs nothing; the engine counts each ArrayBuffer's bytes as its own and collects after some dozens of megabytes.
#pragma once

#include "environment.h"

namespace interloop {

struct PyBufferExport {
  Environment* environment;
  double id;
  Py_buffer view;
  char* low;
  size_t bytes;
  napi_ref memory;  // weak
  int looks;        // that were not ended by EndLook
  bool released;    // the view went back to its owner; only the engine's finalizer is still to come
};

// A look at the memory of `object`, as binding.ts (NativeBinding.buffer) describes it. Null with an error pending in JS.
napi_value ExportBuffer(Environment& environment, PyObject* object);
// Ends one look. After the last one the ArrayBuffer is emptied and the memory goes back at once; false while others look, or when JS has transferred the ArrayBuffer. Needs the GIL.
bool EndLook(Environment& environment, double id);
// Ends the exports whose ArrayBuffers were collected; needs the GIL.
void ReleaseEndedBuffers(Environment& environment);

}  // namespace interloop
