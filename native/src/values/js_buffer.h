// JsBuffer: a typed array, DataView, ArrayBuffer or SharedArrayBuffer that Python reads and writes in place, through the buffer protocol.
//
// Lifetime: each Py_buffer holds a count of a JsId that keeps the ArrayBuffer (core refuses to let it be transferred while one lives, where the runtime lets core), and the memory itself where
// the engine lets us (backing_store.h). Either goes back when Python releases the Py_buffer, on whichever thread.
#pragma once

#include <memory>

#include "cpython/python_api.h"

namespace interloop {

struct Environment;

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base);

// Where the memory of a JS buffer is, and a hold on it.
struct JsMemory;

// On the environment's thread, with or without the GIL: what core says of the memory of a JS value. Never null.
std::shared_ptr<JsMemory> LookAtMemory(Environment& environment, double id);

// What Python gets for a JsBuffer (consumed, may be null): a memoryview, since libraries take that for bytes and have not heard of JsBuffer. The JsBuffer itself when it has no memory any more.
// `memory`, where it was looked at before, spares a visit of the JS thread.
PyObject* MemoryViewOf(PyObject* buffer, std::shared_ptr<JsMemory> memory);

// The JsBuffer (a new reference) whose memory `view`, a memoryview, shows as a whole; null, without an error, when there is none.
PyObject* WholeBufferOf(PyObject* view);

}  // namespace interloop
