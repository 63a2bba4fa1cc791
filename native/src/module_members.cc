#include "module_members.h"
#include "tuple.h"

#include <cstring>

namespace interloop {

PyTypeObject* AddType(PyObject* module, const char* name, int size, unsigned flags, PyType_Slot* slots, PyTypeObject* base) {
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
