#include "process/fork_watch.h"

#include <dlfcn.h>
#include <signal.h>

#include <cstring>

#include "cpython/module_members.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "interpreter/main_thread.h"
#include "loop/guest.h"
#include "loop/js_mailbox.h"
#include "remote/loop_mailbox.h"

namespace interloop {

namespace {

// The runtime's handlers tell a JavaScript that is not there, so that the child would outlive a SIGTERM. Python's stay, and those for crashes.
void ResetSignals() {
  Dl_info runtime, owner;
  void* executable = dlsym(RTLD_DEFAULT, "napi_create_object");
  if (!executable || dladdr(executable, &runtime) == 0) return;
  for (int number = 1; number < NSIG; ++number) {
    if (number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP || number == SIGABRT) continue;
    struct sigaction action;
    if (sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    if (dladdr(reinterpret_cast<void*>(action.sa_handler), &owner) == 0 || owner.dli_fbase != runtime.dli_fbase) continue;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, nullptr);
  }
}

// enter_child(): what the parent's threads and descriptors did is over in this process. Answers with the loops that JavaScript ran.
PyObject* EnterChild(PyObject*, PyObject*) {
  EnterForkedChild();
  BecomeMainInChild();
  ResetSignals();
  LoopMailbox::ForgetAll();
  Owned loops(py.PyList_New(0));
  for (Environment* environment : Environments()) {
    environment->alive = false;
    Owned loop(environment->guest->LeaveParent());
    environment->mailbox->LeaveParent();
    if (loops && loop) py.PyList_Append(loops.get(), loop.get());
  }
  return loops.release();
}

PyObject* InChild(PyObject*, PyObject*) { return py.PyBool_FromLong(in_forked_child); }

// keep(object): for as long as the process lives.
PyObject* Keep(PyObject*, PyObject* object) {
  py.Py_IncRef(object);
  return NewRef(None());
}

// leave_child(exception or None): ends this process.
PyObject* LeaveChild(PyObject*, PyObject* exception) {
  if (!in_forked_child) return NewRef(None());
  KeepOutcome(exception == None() ? nullptr : exception);
  LeaveForkedChild(true);
}

}  // namespace

bool InitForkWatch(PyObject* module) {
  static PyMethodDef functions[] = {{"enter_child", EnterChild, kNoArgs, "This process is a forked child from now on."},
                                    {"in_child", InChild, kNoArgs, "Whether this process is a forked child, without JavaScript."},
                                    {"keep", Keep, kOneArg, "Never free an object."},
                                    {"leave_child", LeaveChild, kOneArg, "End a forked child by an exception, or with status 0."},
                                    {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

bool WatchForks() {
  Owned module(py.PyImport_ImportModule("interloop._forked")), watch(module ? py.PyObject_GetAttrString(module.get(), "watch_forks") : nullptr);
  Owned done(watch ? py.PyObject_CallObject(watch.get(), nullptr) : nullptr);
  return bool(done);
}

}  // namespace interloop
