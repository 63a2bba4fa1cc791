// Makes the items of an async generator or another async iterator one after the other, until there is room for no more or it has to wait.
#pragma once

#include <vector>

#include "cpython/python_api.h"

namespace interloop {

enum class BatchState { full, suspended, ended, failed };

// Part of a Python object, made empty; whoever has it visits and clears its fields.
struct BatchReader {
  PyObject* source;     // an async iterator
  PyObject* step;       // what makes its next item, while it is suspended in there
  PyObject* waits_for;  // what it is suspended at, until the Task yields it
  std::vector<PyObject*>* items;
  long long room;
  bool closed;  // no items are wanted any more
};

// Whether `async for` takes items from it.
bool IsAsyncIterator(PyObject* object);
// Makes items until there is room for no more. `failed`: a Python error is set.
BatchState ReadBatch(BatchReader& maker);
// What the step has answered; `full`: an item, and room for more perhaps.
BatchState NoteStep(BatchReader& maker, int outcome, PyObject* result);
// How many items are wanted, as Python or JavaScript says it.
void SetRoom(BatchReader& maker, PyObject* room);
void SetRoom(BatchReader& maker, double room);
void DropItems(BatchReader& maker);

int TraverseBatchReader(BatchReader& maker, visitproc visit, void* data);
void ClearBatchReader(BatchReader& maker);

}  // namespace interloop
