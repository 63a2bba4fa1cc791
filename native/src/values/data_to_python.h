// Lists, dicts and the like of Python from what core's data writer wrote (data_tape.h).
#pragma once

#include "values/data_tape.h"

namespace interloop {

// A new reference. Null with a Python error set. The GIL must be held.
PyObject* DataToPython(Environment& environment, napi_value identified);

// The same from a copy.
PyObject* DataToPython(Environment& environment, WrittenData& data);

}  // namespace interloop
