#include "streams/batch_reader.h"

#include <algorithm>

#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "values/send.h"

namespace interloop {

namespace {

// As in _streams.py: a call with more arguments is a burden to the engine's stack.
constexpr long long kMost = 4096;

// What __anext__() answers with.
PyObject* CallAnext(PyObject* source) {
  using NextFunction = PyObject* (*)(PyObject*);
  // 3.9 cannot read the slots of static types.
  if (py.PyIter_Send) return reinterpret_cast<NextFunction>(py.PyType_GetSlot(TypeOf(source), kAmAnext))(source);
  static PyObject* anext = Interned("__anext__");
  return CallMethod(source, anext);
}

// Whether `await` takes the generator itself: it was made by types.coroutine().
bool IsGeneratorCoroutine(PyObject* object) {
  constexpr long long kIterableCoroutine = 0x100;
  Owned code(py.PyObject_GetAttrString(object, "gi_code")), flags(code ? py.PyObject_GetAttrString(code.get(), "co_flags") : nullptr);
  int overflow = 0;
  if (flags && (py.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) & kIterableCoroutine)) return true;
  py.PyErr_Clear();
  return false;
}

// What is stepped to get the next item.
PyObject* NextItem(PyObject* source) {
  Owned awaitable(CallAnext(source));
  if (!awaitable || IsExactly(source, py.PyAsyncGen_Type) || IsExactly(awaitable.get(), py.PyCoro_Type)) return awaitable.release();
  static PyObject* await = Interned("__await__");
  PyObject* step = CallMethod(awaitable.get(), await);
  if (step || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return step;
  py.PyErr_Clear();
  if (IsGeneratorCoroutine(awaitable.get())) return awaitable.release();
  py.PyErr_SetString(py.PyExc_TypeError, "'async for' received an object from __anext__ that cannot be awaited");
  return nullptr;
}

}  // namespace

bool IsAsyncIterator(PyObject* object) {
  PyTypeObject* type = TypeOf(object);
  if (py.PyIter_Send) return py.PyType_GetSlot(type, kAmAnext) != nullptr;
  return py.PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "__anext__");
}

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
    if (!maker.step) return NoteStep(maker, kSendError, nullptr);
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
