#include "cpython/module_members.h"
#include "cpython/tuple.h"

#include <cstring>

namespace interloop {

PyTypeObject* AddType(PyObject* module, const char* name, int size, unsigned flags, PyType_Slot* slots, PyTypeObject* base) {
  // Without it Python could make an object that nobody has filled.
  bool has_new = base != nullptr;
  for (const PyType_Slot* slot = slots; slot->slot != 0; ++slot) has_new = has_new || slot->slot == kTpNew;
  if (!has_new) {
    py.PyErr_SetString(py.PyExc_TypeError, "A type of the built-in module has no tp_new");
    return nullptr;
  }
  PyType_Spec spec = {name, size, 0, kDefaultFlags | flags, slots};
  Owned bases;
  if (base) {
    bases.reset(NewTuple({reinterpret_cast<PyObject*>(base)}));
    if (!bases) return nullptr;
  }
  PyObject* type = py.PyType_FromSpecWithBases(&spec, bases.get());
  if (!type) return nullptr;
  const char* dot = std::strrchr(name, '.');
  if (py.PyModule_AddObject(module, dot ? dot + 1 : name, NewRef(type)) < 0) return nullptr;
  return reinterpret_cast<PyTypeObject*>(type);
}

bool AddFunctions(PyObject* module, PyMethodDef* definitions) {
  for (PyMethodDef* definition = definitions; definition->ml_name; ++definition) {
    PyObject* function = py.PyCFunction_NewEx(definition, nullptr, nullptr);
    if (!function || py.PyModule_AddObject(module, definition->ml_name, function) < 0) return false;
  }
  return true;
}

}  // namespace interloop
