#include "values/send.h"

#include "cpython/asyncio_api.h"
#include "cpython/tuple.h"
#include "values/errors.h"

namespace interloop {

int SendTo(PyObject* iterator, PyObject* value, PyObject** result) {
  if (py.PyIter_Send) return py.PyIter_Send(iterator, value, result);
  static PyObject *send = Interned("send"), *next = Interned("__next__");
  bool has_send = py.PyObject_HasAttrString(iterator, "send");
  *result = has_send ? CallMethod(iterator, send, value) : CallMethod(iterator, next);
  if (*result) return kSendNext;
  if (!py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) return kSendError;
  Owned stop(TakeException());
  *result = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
  return *result ? kSendReturn : kSendError;
}

PyObject* AsMethodResult(int outcome, PyObject* result) {
  if (outcome == kSendNext) return result;
  if (outcome == kSendReturn) {
    Owned value(result), arguments(NewTuple({value.get()}));
    if (!arguments) return nullptr;
    Owned stop(py.PyObject_CallObject(py.PyExc_StopIteration, arguments.get()));
    if (stop) py.PyErr_SetObject(py.PyExc_StopIteration, stop.get());
  }
  return nullptr;
}

}  // namespace interloop
