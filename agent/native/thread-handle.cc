#include "thread-handle.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

napi_value ThreadHandle::Begin(napi_env env, ThreadHandle* handle, napi_value callback) {
  int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) {
    int error = errno;
    delete handle;
    return ThrowSystem(env, error, "eventfd");
  }
  napi_value held = handle->Start(env, fd, callback);
  if (held == nullptr) return nullptr;
  if (int error = handle->Beside()->Start(fd)) {
    handle->Close();
    return ThrowSystem(env, error, "pthread_create");
  }
  napi_add_env_cleanup_hook(env, OnEnvironmentExit, handle);
  return held;
}

void ThreadHandle::End() {
  if (open()) napi_remove_env_cleanup_hook(env_, OnEnvironmentExit, this);
  Beside()->Stop();
  Close();
}

bool ThreadHandle::Readable() {
  uint64_t times;
  if (read(fd(), &times, sizeof times) < 0) return false;
  Deliver();
  return true;
}

// The thread must not outlive the environment. The object itself goes with its handle.
void ThreadHandle::OnEnvironmentExit(void* handle) { static_cast<ThreadHandle*>(handle)->Beside()->Stop(); }
