#include "py_buffer.h"

#include "errors.h"
#include "guest.h"

namespace interloop {

namespace {

// The collector of JS knows nothing of the GIL, and Deno's frees such memory on any thread: so nothing but the queue is touched, and the next entry, which the wake sees to, does the rest.
void OnCollected(napi_env, void*, void* hint) {
  auto* exported = static_cast<PyBufferExport*>(hint);
  Environment& environment = *exported->environment;
  if (!environment.alive || environment.finalized) return;
  {
    std::lock_guard<std::mutex> lock(environment.ended_mutex);
    environment.ended_exports.push_back(exported);
    environment.any_ended = true;
  }
  environment.guest->Wake();
}

// What the object exported before, when its ArrayBuffer lives and has not been transferred.
napi_value FindExport(Environment& environment, PyObject* object, PyBufferExport*& exported) {
  auto found = environment.exports.find(object);
  if (found == environment.exports.end()) return nullptr;
  napi_value memory = nullptr;
  bool detached = false;
  if (napi_get_reference_value(environment.env, found->second->memory, &memory) != napi_ok || !memory) return nullptr;
  if (napi_is_detached_arraybuffer(environment.env, memory, &detached) != napi_ok || detached) return nullptr;
  exported = found->second;
  return memory;
}

}  // namespace

napi_value ExportBuffer(Environment& environment, PyObject* object, PyBufferExport*& exported) {
  napi_env env = environment.env;
  if (napi_value memory = FindExport(environment, object, exported)) return memory;
  auto fresh = std::make_unique<PyBufferExport>();
  fresh->environment = &environment;
  if (py.PyObject_GetBuffer(object, &fresh->view, kBufferFormat | kBufferCContiguous) < 0) return ThrowPython(environment);
  napi_value memory = nullptr;
  if (napi_create_external_arraybuffer(env, fresh->view.buf, static_cast<size_t>(fresh->view.len), OnCollected, fresh.get(), &memory) != napi_ok) {
    py.PyBuffer_Release(&fresh->view);
    return ThrowFailure(environment, "buffer-unsupported", "This runtime does not allow memory of others in an ArrayBuffer: copy with python.toJs() instead");
  }
  napi_create_reference(env, memory, 0, &fresh->memory);
  ++environment.buffers;
  exported = fresh.release();
  // An object may name another as the owner of its memory (a memoryview does not); only its own export can be found by it.
  if (exported->view.obj == object) environment.exports[object] = exported;
  return memory;
}

void ReleaseEndedBuffers(Environment& environment) {
  std::vector<PyBufferExport*> ended;
  {
    std::lock_guard<std::mutex> lock(environment.ended_mutex);
    ended.swap(environment.ended_exports);
    environment.any_ended = false;
  }
  for (PyBufferExport* item : ended) {
    std::unique_ptr<PyBufferExport> exported(item);
    napi_delete_reference(environment.env, exported->memory);
    auto found = environment.exports.find(exported->view.obj);
    if (found != environment.exports.end() && found->second == item) environment.exports.erase(found);
    --environment.buffers;
    py.PyBuffer_Release(&exported->view);
  }
}

}  // namespace interloop
