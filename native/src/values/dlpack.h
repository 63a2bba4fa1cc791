// Tensors that have no buffer protocol, such as torch's: their memory through DLPack (https://dmlc.github.io/dlpack), as an object that has it.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Made once, with the interpreter; adds `tensor_memory` to the built-in module `_interloop`.
bool InitDlpack(PyObject* module);

// An object with the buffer protocol that shows the memory of `tensor` and holds it. `tensor` just failed to export a buffer, which Python's error says; that stays set, with null, when it knows no DLPack either.
PyObject* TensorMemoryOf(PyObject* tensor);

}  // namespace interloop
