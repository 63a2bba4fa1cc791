#include "py_buffer.h"

#include "errors.h"
#include "guest.h"

namespace interloop {

namespace {

// The collector of JS knows nothing of the GIL: the release is queued for the next entry, and the wake sees to one.
void OnCollected(napi_env env, void*, void* hint) {
  auto* exported = static_cast<PyBufferExport*>(hint);
  Environment* environment = CurrentEnvironment();
  if (!environment || !environment->alive || environment->finalized) return;
  napi_delete_reference(env, exported->memory);
  auto found = environment->exports.find(exported->view.obj);
  if (found != environment->exports.end() && found->second == exported) environment->exports.erase(found);
  environment->ended_exports.push_back(exported);
  environment->guest->Wake();
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
  while (!environment.ended_exports.empty()) {
    std::unique_ptr<PyBufferExport> exported(environment.ended_exports.back());
    environment.ended_exports.pop_back();
    --environment.buffers;
    py.PyBuffer_Release(&exported->view);
  }
}

}  // namespace interloop
