#include "cpython/tuple.h"

namespace interloop {

PyObject* NewTuple(std::vector<Owned>& items) {
  for (const Owned& item : items) {
    if (!item) return nullptr;
  }
  PyObject* tuple = py.PyTuple_New(static_cast<Py_ssize_t>(items.size()));
  if (!tuple) return nullptr;
  for (size_t index = 0; index < items.size(); ++index) py.PyTuple_SetItem(tuple, static_cast<Py_ssize_t>(index), items[index].release());
  return tuple;
}

PyObject* NewTuple(PyObject* const* items, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    if (!items[index]) return nullptr;
  }
  // Making the tuple may run the collector, and that may drop what was lent.
  for (size_t index = 0; index < count; ++index) NewRef(items[index]);
  PyObject* tuple = py.PyTuple_New(static_cast<Py_ssize_t>(count));
  for (size_t index = 0; index < count; ++index) {
    if (tuple) {
      py.PyTuple_SetItem(tuple, static_cast<Py_ssize_t>(index), items[index]);
    } else {
      py.Py_DecRef(items[index]);
    }
  }
  return tuple;
}

PyObject* NewTuple(std::initializer_list<PyObject*> items) { return NewTuple(items.begin(), items.size()); }

}  // namespace interloop
