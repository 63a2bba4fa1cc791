#include "streams/batch_reader.h"

#include <algorithm>

#include "await/task_driver.h"
#include "cpython/asyncio_api.h"

namespace interloop {

namespace {

// As in _streams.py: a call with more arguments is a burden to the engine's stack.
constexpr long long kMost = 4096;

PyObject* NextItem(PyObject* source) {
  using NextFunction = PyObject* (*)(PyObject*);
  static NextFunction next_item = nullptr;  // the slot; 3.9 cannot read it
  if (!next_item && py.PyIter_Send)
    next_item = reinterpret_cast<NextFunction>(py.PyType_GetSlot(reinterpret_cast<PyTypeObject*>(py.PyAsyncGen_Type), kAmAnext));
  if (next_item) return next_item(source);
  static PyObject* anext = Interned("__anext__");
  return CallMethod(source, anext);
}

}  // namespace

BatchState NoteStep(BatchReader& maker, int outcome, PyObject* result) {
  if (outcome == kSendNext) {
    ClearField(maker.waits_for);
    maker.waits_for = result;
    return BatchState::suspended;
  }
  ClearField(maker.step);
  if (outcome == kSendReturn) {
    maker.items->push_back(result);
    --maker.room;
    if (maker.closed) maker.room = 0;
    return BatchState::full;
  }
  if (!py.PyErr_ExceptionMatches(py.PyExc_StopAsyncIteration)) return BatchState::failed;
  py.PyErr_Clear();
  return BatchState::ended;
}

BatchState ReadBatch(BatchReader& maker) {
  while (maker.room > 0) {
    if (!maker.step) maker.step = NextItem(maker.source);
    if (!maker.step) return BatchState::failed;
    PyObject* result = nullptr;
    Owned step(NewRef(maker.step));
    int outcome = SendTo(step.get(), None(), &result);
    BatchState made = NoteStep(maker, outcome, result);
    if (made != BatchState::full) return made;
  }
  return BatchState::full;
}

void SetRoom(BatchReader& maker, PyObject* room) {
  int overflow = 0;
  maker.room = std::min(py.PyLong_AsLongLongAndOverflow(room, &overflow), kMost);
}

void SetRoom(BatchReader& maker, double room) { maker.room = static_cast<long long>(std::min(room, static_cast<double>(kMost))); }

void DropItems(BatchReader& maker) {
  std::vector<PyObject*> taken;
  taken.swap(*maker.items);
  for (PyObject* item : taken) py.Py_DecRef(item);
}

int TraverseBatchReader(BatchReader& maker, visitproc visit, void* data) {
  for (PyObject* field : {maker.source, maker.step, maker.waits_for}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  if (!maker.items) return 0;
  for (PyObject* item : *maker.items) {
    if (int result = visit(item, data)) return result;
  }
  return 0;
}

void ClearBatchReader(BatchReader& maker) {
  for (PyObject** field : {&maker.source, &maker.step, &maker.waits_for}) ClearField(*field);
  if (maker.items) DropItems(maker);
}

}  // namespace interloop
