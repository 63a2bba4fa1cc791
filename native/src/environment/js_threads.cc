#include "environment/js_threads.h"

#include <algorithm>

#include "cpython/module_members.h"
#include "environment/environment.h"

namespace interloop {

namespace {

bool Serves(const Environment* environment) {
  return environment && environment->started && environment->alive && !environment->finalized && !environment->js_stopped;
}

Environment* Numbered(PyObject* number) {
  int overflow = 0;
  const long long index = py.PyLong_AsLongLongAndOverflow(number, &overflow);
  auto& environments = Environments();
  return index > 0 && static_cast<size_t>(index) <= environments.size() ? environments[static_cast<size_t>(index) - 1] : nullptr;
}

long long NumberOf(const Environment* environment) {
  thread_local const Environment* known = nullptr;
  thread_local long long number = 0;
  if (environment != known || number == 0) {
    auto& environments = Environments();
    const auto found = std::find(environments.begin(), environments.end(), environment);
    known = environment;
    number = found == environments.end() ? 0 : found - environments.begin() + 1;
  }
  return number;
}

// serving_thread(inherited): the number of the thread of JavaScript that serves this thread, where it is not one itself: that of the number, or, when that has ended, the oldest. 0: there is none.
PyObject* ServingThread(PyObject*, PyObject* inherited) {
  const Environment* environment = CurrentEnvironment();
  if (!Serves(environment)) environment = Numbered(inherited);
  if (!Serves(environment)) {
    auto& environments = Environments();
    const auto first = std::find_if(environments.begin(), environments.end(), Serves);
    environment = first == environments.end() ? nullptr : *first;
  }
  return py.PyLong_FromLongLong(environment ? NumberOf(environment) : 0);
}

// here(): this thread's number, or 0.
PyObject* Here(PyObject*, PyObject*) {
  const Environment* environment = CurrentEnvironment();
  return py.PyLong_FromLongLong(Serves(environment) ? NumberOf(environment) : 0);
}

// own_number(): this thread's, also when its JavaScript is ending. 0: it has none.
PyObject* OwnNumber(PyObject*, PyObject*) {
  const Environment* environment = CurrentEnvironment();
  return py.PyLong_FromLongLong(environment ? NumberOf(environment) : 0);
}

PyObject* Lives(PyObject*, PyObject* number) { return py.PyBool_FromLong(Serves(Numbered(number))); }

PyObject* ThreadOf(PyObject*, PyObject* number) {
  const Environment* environment = Numbered(number);
  return py.PyLong_FromLongLong(environment ? static_cast<long long>(environment->ident) : 0);
}

PyObject* offered = nullptr;  // by number: what loads modules there

PyObject* OfferModules(PyObject*, PyObject* modules) {
  Owned number(OwnNumber(nullptr, nullptr));
  return number && py.PyDict_SetItem(offered, number.get(), modules) == 0 ? NewRef(None()) : nullptr;
}

}  // namespace

bool InitJsThreads(PyObject* module) {
  static PyMethodDef functions[] = {{"serving_thread", ServingThread, kOneArg, "The number of the thread of JavaScript that serves this thread."},
                                    {"here", Here, kNoArgs, "The number of this thread, when it is one of JavaScript, or 0."},
                                    {"own_number", OwnNumber, kNoArgs, "The same, also when its JavaScript is ending."},
                                    {"lives", Lives, kOneArg, "Whether the thread of JavaScript with that number lives."},
                                    {"thread_of", ThreadOf, kOneArg, "The identifier of the thread with that number."},
                                    {"offer_modules", OfferModules, kOneArg, "What loads JavaScript modules on this thread."},
                                    {nullptr, nullptr, 0, nullptr}};
  if (!(offered = py.PyDict_New())) return false;
  py.Py_IncRef(offered);
  return py.PyModule_AddObject(module, "modules", offered) == 0 && AddFunctions(module, functions);
}

}  // namespace interloop
