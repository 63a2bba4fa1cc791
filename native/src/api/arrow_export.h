// Arrow tables of JavaScript through Arrow's C data interface (https://arrow.apache.org/docs/format/CDataInterface.html), as the capsules that Python's libraries take.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// Made once, with the interpreter; adds `arrow_schema`, `arrow_array` and `arrow_stream` to the built-in module `_interloop`.
bool InitArrowExport(PyObject* module);

}  // namespace interloop
