#include "process/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>

#include "cpython/module_members.h"
#include "environment/environment.h"
#include "loop/js_mailbox.h"
#include "loop/poller.h"
#include "platform/wake.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"

namespace interloop {

namespace {

constexpr int kSignals = 65;

// What the system has on record for a signal.
enum Kind { kDefault, kIgnored, kPython, kHostEnd, kHost };

using Handler = void (*)(int);

std::atomic<Handler> python_handler{nullptr};       // CPython's own, once a program has a handler
std::atomic<const WakeDescriptor*> waker{nullptr};  // never freed: a handler may run at any time
std::atomic<pid_t> owner{0};
struct sigaction chained[kSignals];  // written before `chains` becomes true
std::atomic<bool> chains[kSignals];
std::atomic<bool> taken[kSignals];    // Python has put something in the place of `host`
std::atomic<bool> passing[kSignals];  // Python hands the signal on, maybe to a handler that calls the one before it: ours

// The rest is guarded by the GIL.
struct sigaction host[kSignals];  // what stood where Python's handler stands, or stood
bool known[kSignals];             // `host` has been filled

void Pass(const struct sigaction& action, int number, siginfo_t* info, void* context) {
  if (action.sa_flags & SA_SIGINFO) {
    action.sa_sigaction(number, info, context);
  } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    action.sa_handler(number);
  }
}

void OnSignal(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  if (const Handler handler = python_handler; handler && taken[number] && !passing[number]) handler(number);
  if (chains[number]) Pass(chained[number], number, info, context);
  // A forked child shares the descriptor.
  if (const WakeDescriptor* wake = waker; wake && owner == getpid()) wake->Notify();
  errno = saved;
}

struct sigaction Default() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  return action;
}

Kind KindOf(const struct sigaction& action) {
  // First: either can come with SA_SIGINFO.
  if (action.sa_handler == SIG_DFL) return kDefault;
  if (action.sa_handler == SIG_IGN) return kIgnored;
  if (action.sa_flags & SA_SIGINFO) return action.sa_sigaction == OnSignal ? kPython : kHost;
  if (action.sa_handler == python_handler) return kPython;
  // Node's own, which restores the terminal and dies of the signal.
  return action.sa_flags & SA_RESETHAND ? kHostEnd : kHost;
}

// Signals that do nothing unless somebody listens: both sides may.
bool ForBoth(int number) { return number == SIGCHLD || number == SIGWINCH || number == SIGURG || number == SIGCONT; }

// Those of the runtime's engine.
bool IsFault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP || number == SIGABRT || number == SIGSYS;
}

int NumberOf(PyObject* object) {
  int overflow = 0;
  const long long number = py.PyLong_AsLongLongAndOverflow(object, &overflow);
  if (number > 0 && number < kSignals) return static_cast<int>(number);
  if (!py.PyErr_Occurred()) py.PyErr_SetString(py.PyExc_ValueError, "signal number out of range");
  return -1;
}

// signal_kind(number)
PyObject* SignalKind(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  struct sigaction action;
  if (number < 0) return nullptr;
  if (sigaction(number, nullptr, &action) != 0) return py.PyLong_FromLongLong(kDefault);
  return py.PyLong_FromLongLong(KindOf(action));
}

void PutOurs(int number, struct sigaction action) {
  const bool both = ForBoth(number) && KindOf(host[number]) == kHost;
  if (both) chained[number] = host[number];
  chains[number] = both;
  action.sa_sigaction = OnSignal;
  action.sa_flags |= SA_SIGINFO;
  sigaction(number, &action, nullptr);
}

// The JS thread that Python's handlers run on is woken by them.
bool NeedWake() {
  Environment* environment = CurrentEnvironment();
  if (waker || !environment || environment->js_stopped || !environment->mailbox) return true;
  Poller* poller = environment->mailbox->NeedPoller();
  if (!poller) return false;
  auto wake = std::make_unique<WakeDescriptor>();
  if (!wake->Open()) return RaiseFailure("out-of-resources", "Cannot wake this thread by signals: the system refuses a descriptor") != nullptr;
  poller->WatchSignals(*wake);
  owner = getpid();
  waker = wake.release();
  return true;
}

// signal_save(number): Python is about to put something in the place of what is there.
PyObject* SignalSave(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  struct sigaction action;
  if (number < 0) return nullptr;
  if (sigaction(number, nullptr, &action) == 0 && KindOf(action) != kPython && !(taken[number] && KindOf(action) == kIgnored)) {
    host[number] = action;
    known[number] = true;
  }
  return NewRef(None());
}

// signal_taken(number, handler): Python has put its C handler there, or SIG_IGN.
PyObject* SignalTaken(PyObject*, PyObject* const* args, Py_ssize_t count) {
  const int number = count == 2 ? NumberOf(args[0]) : -1;
  struct sigaction action;
  if (number < 0 || !NeedWake()) return nullptr;
  taken[number] = true;
  if (sigaction(number, nullptr, &action) != 0) return NewRef(None());
  if (args[1] == py._Py_TrueStruct && !(action.sa_flags & SA_SIGINFO)) {
    python_handler = action.sa_handler;
    PutOurs(number, action);
  } else {
    chains[number] = false;
  }
  return NewRef(None());
}

// signal_restore(number): the runtime has the signal again. False: it never had.
PyObject* SignalRestore(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  if (number < 0) return nullptr;
  taken[number] = false;
  chains[number] = false;
  return py.PyBool_FromLong(known[number] && sigaction(number, &host[number], nullptr) == 0);
}

// signal_released(number): Python has set SIG_DFL itself.
PyObject* SignalReleased(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  if (number < 0) return nullptr;
  taken[number] = false;
  chains[number] = false;
  return NewRef(None());
}

// signal_is_taken(number)
PyObject* SignalIsTaken(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  return number < 0 ? nullptr : py.PyBool_FromLong(taken[number]);
}

// signal_pass(number): the runtime's handler gets the signal, on this thread, as if Python had none.
PyObject* SignalPass(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  struct sigaction now, after;
  if (number < 0) return nullptr;
  if (!known[number] || sigaction(number, nullptr, &now) != 0) return NewRef(None());
  // By the system, which sets the mask and the flags that the handler counts on.
  const bool replace = KindOf(now) == kPython || KindOf(now) == kIgnored;
  if (replace) sigaction(number, &host[number], nullptr);
  passing[number] = true;
  pthread_kill(pthread_self(), number);
  passing[number] = false;
  if (replace && sigaction(number, nullptr, &after) == 0 && KindOf(after) == KindOf(host[number])) sigaction(number, &now, nullptr);
  return NewRef(None());
}

thread_local sigset_t before_fork;

// signals_before_fork(), signals_after_fork(): none comes while a child still has the handlers of the runtime, which would swallow it.
PyObject* SignalsBeforeFork(PyObject*, PyObject*) {
  sigset_t all;
  sigfillset(&all);
  for (int number = 1; number < kSignals; ++number) {
    if (IsFault(number)) sigdelset(&all, number);
  }
  pthread_sigmask(SIG_BLOCK, &all, &before_fork);
  return NewRef(None());
}

PyObject* SignalsAfterFork(PyObject*, PyObject*) {
  pthread_sigmask(SIG_SETMASK, &before_fork, nullptr);
  return NewRef(None());
}

// signals_in_child(): a forked child has no JavaScript that a handler of the runtime could tell.
PyObject* SignalsInChild(PyObject*, PyObject*) {
  struct sigaction action;
  const struct sigaction none = Default();
  waker = nullptr;
  for (int number = 1; number < kSignals; ++number) {
    chains[number] = false;
    if (IsFault(number) || sigaction(number, nullptr, &action) != 0) continue;
    if (KindOf(action) == kHost) sigaction(number, &none, nullptr);
    if (known[number]) host[number] = none;
  }
  pthread_sigmask(SIG_SETMASK, &before_fork, nullptr);
  return NewRef(None());
}

// signal_announce(number): Python is about to take a signal. Some runtimes have to prepare for it.
PyObject* SignalAnnounce(PyObject*, PyObject* argument) {
  const int number = NumberOf(argument);
  if (number < 0) return nullptr;
  Environment* environment = CurrentEnvironment();
  if (taken[number] || !environment || !environment->holding || environment->js_stopped || !environment->alive) return NewRef(None());
  HandleScope scope(environment->env);
  {
    AllowJsScope exit(*environment);
    const napi_value arguments[2] = {MakeNumber(environment->env, kOperationTakeSignal), MakeNumber(environment->env, number)};
    environment->CallHook(Hook::operate, 2, arguments);
    ClearPending(*environment);
  }
  return NewRef(None());
}

}  // namespace

void HostSignalChanged(int number, bool listens, bool stale) {
  struct sigaction action;
  if (number <= 0 || number >= kSignals || !known[number] || sigaction(number, nullptr, &action) != 0) return;
  const Kind kind = KindOf(action);
  if (listens) {
    if (kind != kHost && KindOf(host[number]) == kHost && !chains[number]) sigaction(number, &host[number], nullptr);
    return;
  }
  if (kind == kPython || (kind == kIgnored && taken[number])) {
    if (stale) host[number] = Default();
    return;
  }
  if (!taken[number] || !python_handler) {
    host[number] = action;
    return;
  }
  // Bun puts its handler back over Python's when the last listener leaves.
  host[number] = stale && kind == kHost ? Default() : action;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_ONSTACK;
  PutOurs(number, action);
}

bool InitSignals(PyObject* module) {
  static PyMethodDef functions[] = {{"signal_kind", SignalKind, kOneArg, "What the system has on record for a signal."},
                                    {"signal_save", SignalSave, kOneArg, "Keep what is there, to be restored."},
                                    {"signal_taken", MethodOf(SignalTaken), kFastCall, "Python has the signal now."},
                                    {"signal_is_taken", SignalIsTaken, kOneArg, "Whether Python has the signal."},
                                    {"signal_restore", SignalRestore, kOneArg, "Put back what was kept. False: there is none."},
                                    {"signal_released", SignalReleased, kOneArg, "Python has set the default itself."},
                                    {"signal_pass", SignalPass, kOneArg, "Let the runtime's handler have the signal."},
                                    {"signal_announce", SignalAnnounce, kOneArg, "Python is about to take a signal."},
                                    {"signals_before_fork", SignalsBeforeFork, kNoArgs, "This process is about to fork."},
                                    {"signals_after_fork", SignalsAfterFork, kNoArgs, "It has forked, and is the parent."},
                                    {"signals_in_child", SignalsInChild, kNoArgs, "This is a forked child."},
                                    {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

}  // namespace interloop
