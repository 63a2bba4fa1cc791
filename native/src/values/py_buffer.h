// Memory of Python objects that JS sees: an ArrayBuffer over all of it, from the lowest address to the highest, holds the object's buffer export until JS collects it or lets go of it. The same object
// gives the same ArrayBuffer while that lives, so that looking at it again costs nothing; the engine counts each ArrayBuffer's bytes as its own and collects after some dozens of megabytes.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Holds an object's buffer export. It ends with the GIL held: whoever has it besides the export below is the Py_buffer of a JsBuffer, for Python may be given its own memory back.
struct PyBufferOwner {
  PyBufferOwner(const Py_buffer& view, char* low) : view(view), low(low) {}
  ~PyBufferOwner();
  PyBufferOwner(const PyBufferOwner&) = delete;
  Py_buffer view;
  char* low;
};

struct PyBufferExport {
  Environment* environment;
  double id;
  std::shared_ptr<PyBufferOwner> owner;  // null: the memory went back, only the engine's finalizer is still to come
  PyObject* object;                      // whose memory it is; not owned
  char* low;
  size_t bytes;
  napi_ref memory;            // weak
  int looks;                  // that were not ended by EndLook
  std::weak_ptr<void> store;  // the engine's own record of the memory, where it shows one: it goes when no ArrayBuffer has the memory any more
  bool has_store;
};

// A look at the memory of `object`, as binding.ts (NativeBinding.buffer) describes it. Null with an error pending in JS.
napi_value ExportBuffer(Environment& environment, PyObject* object);
// Ends one look. After the last one the ArrayBuffer is emptied and the memory goes back at once; false while others look, or when JS has transferred the ArrayBuffer. Needs the GIL.
bool EndLook(Environment& environment, double id);
// Ends those whose memory the engine has let go of, although its finalizers run in a later turn only. Needs the GIL.
void ReleaseFreedBuffers(Environment& environment);
// Ends the exports whose ArrayBuffers were collected; needs the GIL.
void ReleaseEndedBuffers(Environment& environment);

// The engine of a thread that has ended frees its ArrayBuffers last, and one that was transferred lives on elsewhere: another thread ends those exports.
extern std::atomic<bool> any_orphaned_buffers;
// Both need the GIL. The first one ends those that were collected before the thread's own end.
void ReleaseLastBuffers(Environment& environment);
void ReleaseOrphanedBuffers();

}  // namespace interloop
