#include "api/python_module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "api/arrow_export.h"
#include "await/js_promise.h"
#include "await/task_driver.h"
#include "cpython/module_members.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/js_threads.h"
#include "environment/standard_streams.h"
#include "loop/current_loop.h"
#include "loop/guest.h"
#include "loop/handle.h"
#include "loop/ready_queue.h"
#include "process/fork_guard.h"
#include "process/fork_watch.h"
#include "process/keep_alive.h"
#include "process/process_changes.h"
#include "process/signals.h"
#include "remote/async_call.h"
#include "remote/loop_mailbox.h"
#include "remote/remote_call.h"
#include "streams/reusable_future.h"
#include "streams/stream_producer.h"
#include "streams/stream_receiver.h"
#include "values/boundary.h"
#include "values/context.h"
#include "values/dlpack.h"
#include "values/errors.h"
#include "values/js_function.h"
#include "values/js_object.h"

namespace interloop {

namespace {

PyObject* Touch(PyObject*, PyObject*) {
  if (Environment* environment = CurrentEnvironment()) environment->guest->Touch();
  return NewRef(None());
}

Environment* HostOf(PyObject* loop) {
  for (Environment* environment : Environments()) {
    if (environment->guest->loop() == loop) return environment;
  }
  return nullptr;
}

PyObject* WakeLoop(PyObject*, PyObject* loop) {
  if (Environment* environment = HostOf(loop)) environment->guest->Wake();
  return NewRef(None());
}

PyObject* IsPumping(PyObject*, PyObject* loop) {
  Environment* environment = HostOf(loop);
  return py.PyBool_FromLong(environment && environment->guest->running());
}

PyObject* UnhostLoop(PyObject*, PyObject* loop) {
  Environment* environment = HostOf(loop);
  if (environment && !environment->OnThread()) {
    return RaiseFailure("wrong-thread",
                        "Cannot close this loop here: it is a guest of another thread; close it there, with loop.call_soon_threadsafe(loop.close)");
  }
  if (environment) environment->guest->Unhost();
  return NewRef(None());
}

// A loop that was adopted is closed, on whichever thread.
PyObject* LoopClosed(PyObject*, PyObject* loop) {
  std::shared_ptr<LoopMailbox> mailbox = LoopMailbox::Find(loop);
  for (Environment* environment : Environments()) {
    if (environment->alive && !environment->finalized) environment->guest->LoopClosed(loop);
  }
  if (mailbox) mailbox->End();
  return NewRef(None());
}

PyObject* CopyCurrentContext(PyObject*, PyObject*) { return CopyContext(); }

PyObject* CopyOneContext(PyObject*, PyObject* context) { return CopyOf(context); }

PyObject* BaseContextHere(PyObject*, PyObject*) {
  PyObject* context = BaseContext();
  return context ? NewRef(context) : RaiseFailure("wrong-thread", "This thread has no JavaScript");
}

// The reading end of a pipe that ends with this thread's JS, however that comes: a worker may die without a word.
PyObject* EndDescriptor(PyObject*, PyObject*) {
  Environment* environment = CurrentEnvironment();
  int ends[2];
  if (!environment) return RaiseFailure("wrong-thread", "This thread has no JavaScript");
  if (environment->end_descriptor >= 0) return RaiseFailure("bad-argument", "The end of this thread's JavaScript is watched already");
  if (pipe(ends) != 0) return RaiseFailure("out-of-resources", "The system refuses a pipe");
  for (int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  environment->end_descriptor = ends[1];
  return py.PyLong_FromLongLong(ends[0]);
}

PyObject* GiveThread(PyObject*, PyObject*) {
  if (Environment* environment = CurrentEnvironment()) environment->js_stopped = true;
  return NewRef(None());
}

PyObject* GuardForksHere(PyObject*, PyObject*) {
  GuardForks();
  return NewRef(None());
}

}  // namespace

std::string OwnFile() {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(Touch), &info) && info.dli_fname ? info.dli_fname : "(unknown)";
}

namespace {

// Each copy of this addon has its own types and its own list of environments, and the module has room for one: a second copy would take the first one's loops away from it.
bool ClaimModule(PyObject* module) {
  Owned owner(py.PyObject_GetAttrString(module, "__addon__"));
  if (!owner) {
    py.PyErr_Clear();
    std::string file = OwnFile();
    Owned name(py.PyUnicode_FromStringAndSize(file.data(), static_cast<Py_ssize_t>(file.size())));
    return name && py.PyObject_SetAttrString(module, "__addon__", name.get()) == 0;
  }
  const char* other = py.PyUnicode_AsUTF8AndSize(owner.get(), nullptr);
  RaiseFailure("addon-twice", "Another copy of the addon, \"" + std::string(other ? other : "") + "\", serves the Python of this process, and this one is \"" +
                                  OwnFile() + "\"; make every package use the same @interloop/native, for example with \"npm dedupe\"");
  return false;
}

}  // namespace

bool InitModule() {
  static PyMethodDef functions[] = {{"touch", Touch, kNoArgs, "The loop of this thread has other timers, descriptors or holds than before."},
                                    {"wake", WakeLoop, kOneArg, "Wake the thread that hosts the loop."},
                                    {"is_pumping", IsPumping, kOneArg, "Whether callbacks of the hosted loop run now."},
                                    {"unhost", UnhostLoop, kOneArg, "End the hosting of a loop."},
                                    {"end_descriptor", EndDescriptor, kNoArgs, "A descriptor that can be read when this thread's JavaScript has ended."},
                                    {"give_thread", GiveThread, kNoArgs, "This thread is Python's from now on: its JavaScript stands still."},
                                    {"guard_forks", GuardForksHere, kNoArgs, "Hold the GIL while this process forks."},
                                    {"loop_closed", LoopClosed, kOneArg, "Fail what is in flight on a loop that was closed."},
                                    {"copy_context", CopyCurrentContext, kNoArgs, "As contextvars.copy_context(), without the async context of JavaScript."},
                                    {"copy_of", CopyOneContext, kOneArg, "As contextvars.Context.copy(), without the async context of JavaScript."},
                                    {"base_context", BaseContextHere, kNoArgs, "The context that this thread of JavaScript never leaves."},
                                    {nullptr, nullptr, 0, nullptr}};
  PyObject* module = py.PyImport_AddModule("_interloop");
  InitJsPromise();
  remote_calls = &RemoteCalls();
  UseRemotePorts([](PyObject* loop) -> std::shared_ptr<LoopPort> { return LoopMailbox::Of(loop); });
  return module && ClaimModule(module) && AddFunctions(module, functions) && InitContext() && InitJsObject(module) && InitJsFunction(module) &&
         InitBoundary(module) && InitForkWatch(module) && InitTaskDriver(module) && InitHandle(module) && InitReadyQueue(module) && InitLoopMailbox(module) &&
         InitAsyncCalls(module) && InitCurrentLoop(module) && InitReusableFuture(module) && InitStreamProducer(module) && InitStreamReceiver(module) &&
         InitStandardStreams(module) && InitJsThreads(module) && InitKeepAlive(module) && InitSignals(module) && InitProcessChanges(module) &&
         InitDlpack(module) && InitArrowExport(module);
}

namespace {

bool Share(const char* name) {
  Owned module(py.PyImport_ImportModule(name)), share(module ? py.PyObject_GetAttrString(module.get(), "share") : nullptr);
  Owned done(share ? py.PyObject_CallObject(share.get(), nullptr) : nullptr);
  return bool(done);
}

}  // namespace

bool ShareLibuv() { return Share("interloop._libuv"); }

bool ShareProcess() { return Share("interloop._process"); }

}  // namespace interloop
