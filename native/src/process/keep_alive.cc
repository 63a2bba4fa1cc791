#include "process/keep_alive.h"

#include <algorithm>

#include "await/js_promise.h"
#include "await/pending_promises.h"
#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "environment/environment.h"
#include "loop/guest.h"
#include "loop/js_mailbox.h"
#include "values/errors.h"

namespace interloop {

namespace {

// By the number that hold() gave: places in Environments(), from 1 on.
Environment* Numbered(PyObject* number) {
  int overflow = 0;
  const long long index = py.PyLong_AsLongLongAndOverflow(number, &overflow);
  auto& environments = Environments();
  return index > 0 && static_cast<size_t>(index) <= environments.size() ? environments[static_cast<size_t>(index) - 1] : nullptr;
}

bool CanBeHeld(const Environment* environment) { return environment && environment->started && environment->alive && !environment->finalized; }

// The JS thread looks again whether it is to be kept alive.
void LookAgain(Environment& environment) {
  if (environment.OnThread() && environment.holding) return;  // at the end of the entry
  if (environment.alive && !environment.finalized) environment.mailbox->Due();
}

// hold(number): keep a JS thread alive: this one, or, where this thread has no JavaScript, the one of that number. Its number; 0 when there is none.
PyObject* Hold(PyObject*, PyObject* number) {
  Environment* environment = CurrentEnvironment();
  if (!CanBeHeld(environment)) environment = Numbered(number);
  auto& environments = Environments();
  if (!CanBeHeld(environment)) {
    auto first = std::find_if(environments.begin(), environments.end(), CanBeHeld);
    environment = first == environments.end() ? nullptr : *first;
  }
  if (!environment) return py.PyLong_FromLongLong(0);
  if (environment->holds++ == 0) LookAgain(*environment);
  return py.PyLong_FromLongLong(std::find(environments.begin(), environments.end(), environment) - environments.begin() + 1);
}

PyObject* Unhold(PyObject*, PyObject* number) {
  Environment* environment = Numbered(number);
  if (environment && --environment->holds == 0) LookAgain(*environment);
  return NewRef(None());
}

// on_js_thread(): whether this thread has JavaScript that can run again.
PyObject* OnJsThread(PyObject*, PyObject*) {
  const Environment* environment = CurrentEnvironment();
  return py.PyBool_FromLong(CanBeHeld(environment) && environment->holding && !environment->js_stopped && !environment->ending);
}

PyObject* CallersOfJs(PyObject*, PyObject*) {
  const Environment* environment = CurrentEnvironment();
  return py.PyLong_FromLongLong(environment ? environment->callers.load() : 0);
}

// waits_for_js(future): whether only a promise of this thread's JavaScript settles it.
PyObject* WaitsForJs(PyObject*, PyObject* future) {
  const Environment* environment = CurrentEnvironment();
  if (!environment || !environment->pending_promises) return py.PyBool_FromLong(0);
  for (const JsPromise* promise : environment->pending_promises->All()) {
    if (promise->waiter == future) return py.PyBool_FromLong(1);
    Owned more(promise->more ? py.PyObject_GetIter(promise->more) : nullptr);
    while (PyObject* item = more ? py.PyIter_Next(more.get()) : nullptr) {
      Owned other(item);
      if (item == future) return py.PyBool_FromLong(1);
    }
  }
  return py.PyBool_FromLong(0);
}

PyObject* KeepingTasks(PyObject*, PyObject*) {
  Environment* environment = CurrentEnvironment();
  return environment && environment->guest ? environment->guest->KeepingTasks() : py.PyList_New(0);
}

// Loads `interloop/_keep_alive.py` by itself: the package around it would import asyncio, which not every program needs.
bool LoadThreadWatch() {
  Owned machinery(py.PyImport_ImportModule("_frozen_importlib_external")), bootstrap(py.PyImport_ImportModule("_frozen_importlib"));
  Owned name(py.PyUnicode_FromStringAndSize("interloop", 9)), full_name(py.PyUnicode_FromStringAndSize("interloop._keep_alive", 21));
  static PyObject *find_spec = Interned("find_spec"), *exec_module = Interned("exec_module");
  Owned finder(machinery ? py.PyObject_GetAttrString(machinery.get(), "PathFinder") : nullptr);
  Owned package(finder ? CallMethod(finder.get(), find_spec, name.get()) : nullptr);
  if (!package || !bootstrap || !full_name) return false;
  if (package.get() == None()) return true;  // whoever needs the package will be told
  Owned folders(py.PyObject_GetAttrString(package.get(), "submodule_search_locations"));
  PyObject* find_arguments[] = {full_name.get(), folders.get()};
  Owned find(folders ? py.PyObject_GetAttr(finder.get(), find_spec) : nullptr), spec(find ? CallVector(find.get(), find_arguments, 2) : nullptr);
  Owned make(spec ? py.PyObject_GetAttrString(bootstrap.get(), "module_from_spec") : nullptr);
  PyObject* make_arguments[] = {spec.get()};
  Owned module(make ? CallVector(make.get(), make_arguments, 1) : nullptr);
  Owned sys(module ? py.PyImport_ImportModule("sys") : nullptr), modules(sys ? py.PyObject_GetAttrString(sys.get(), "modules") : nullptr);
  if (!modules || py.PyDict_SetItem(modules.get(), full_name.get(), module.get()) < 0) return false;
  Owned loader(py.PyObject_GetAttrString(spec.get(), "loader")), done(loader ? CallMethod(loader.get(), exec_module, module.get()) : nullptr);
  return bool(done);
}

}  // namespace

bool InitKeepAlive(PyObject* module) {
  static PyMethodDef functions[] = {{"hold", Hold, kOneArg, "Keep a thread of JavaScript alive; its number."},
                                    {"unhold", Unhold, kOneArg, "The end of a hold, by that number."},
                                    {"on_js_thread", OnJsThread, kNoArgs, "Whether JavaScript stands still while this thread waits."},
                                    {"callers_of_js", CallersOfJs, kNoArgs, "How many calls by other threads wait for this thread's JavaScript."},
                                    {"waits_for_js", WaitsForJs, kOneArg, "Whether only a promise of this thread's JavaScript settles the future."},
                                    {"keeping_tasks", KeepingTasks, kNoArgs, "The Tasks of this thread that JavaScript awaits."},
                                    {nullptr, nullptr, 0, nullptr}};
  if (!AddFunctions(module, functions)) return false;
  if (!LoadThreadWatch()) py.PyErr_WriteUnraisable(None());
  return true;
}

}  // namespace interloop
