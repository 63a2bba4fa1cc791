// JsBuffer: a typed array, DataView, ArrayBuffer or SharedArrayBuffer that Python reads and writes in place, through the buffer protocol.
//
// Lifetime: each Py_buffer holds a count of a JsId that keeps the ArrayBuffer (core refuses to let it be transferred while one lives, where the runtime lets core), and the memory itself where
// the engine lets us (backing_store.h). Either goes back when Python releases the Py_buffer, on whichever thread.
#pragma once

#include "python_api.h"

namespace interloop {

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base);

}  // namespace interloop
