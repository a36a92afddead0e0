#include "watched.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace {
// Wake-ups in a row that brought neither data nor an error. More than this many means the descriptor will never be
// quiet, and going on would spin at full load.
constexpr int kFruitlessMax = 1000;
}  // namespace

napi_value Watched::Start(napi_env env, int fd, napi_value callback) {
  env_ = env;
  fd_ = fd;
  uv_loop_t* loop = nullptr;
  napi_value handle = nullptr;
  owners_ = 1;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok || napi_create_object(env, &handle) != napi_ok ||
      napi_wrap(env, handle, this, OnCollected, nullptr, nullptr) != napi_ok) {
    close(fd_);
    delete this;
    return ThrowSystem(env, ENOMEM, "napi_wrap");
  }
  poll_.data = this;
  int failed = uv_poll_init(loop, &poll_, fd_);
  if (failed != 0) {
    close(fd_);
    closing_ = true;
    return ThrowSystem(env, -failed, "uv_poll_init");
  }
  owners_ = 2;
  bool ready = napi_type_tag_object(env, handle, &tag_) == napi_ok &&
               napi_create_reference(env, handle, 1, &self_) == napi_ok &&
               napi_create_reference(env, callback, 1, &callback_) == napi_ok &&
               napi_async_init(env, handle, String(env, "AGENTSOCKET"), &context_) == napi_ok &&
               napi_add_async_cleanup_hook(env, OnEnvironmentExit, this, &hook_) == napi_ok;
  failed = ready ? uv_poll_start(&poll_, UV_READABLE, OnPoll) : UV_ENOMEM;
  if (failed != 0) {
    Close();
    return ThrowSystem(env, -failed, "uv_poll_start");
  }
  return handle;
}

void Watched::Close() {
  if (closing_) return;
  closing_ = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
}

Watched* Watched::From(const Arguments& arguments, napi_env env, size_t index, const napi_type_tag& tag) {
  bool matches = false;
  void* data = nullptr;
  napi_valuetype type;
  if (napi_typeof(env, arguments.At(index), &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, arguments.At(index), &tag, &matches) != napi_ok || !matches ||
      napi_unwrap(env, arguments.At(index), &data) != napi_ok) {
    ThrowArgument(env, "handle must be one this kind of socket was opened with");
    return nullptr;
  }
  return static_cast<Watched*>(data);
}

bool Watched::Call(size_t count, const napi_value* values) {
  napi_value self, callback;
  if (closing_ || napi_get_reference_value(env_, self_, &self) != napi_ok ||
      napi_get_reference_value(env_, callback_, &callback) != napi_ok) {
    return false;
  }
  napi_status status = napi_make_callback(env_, context_, self, callback, count, values, nullptr);
  if (status == napi_pending_exception) {
    napi_value thrown;
    if (napi_get_and_clear_last_exception(env_, &thrown) == napi_ok) napi_fatal_exception(env_, thrown);
  } else if (status != napi_ok) {
    return false;
  }
  return !closing_;
}

void Watched::OnPoll(uv_poll_t* poll, int status, int) {
  auto* self = static_cast<Watched*>(poll->data);
  napi_handle_scope scope;
  if (napi_open_handle_scope(self->env_, &scope) != napi_ok) return;
  if (status == 0) {
    self->fruitless_ = self->Readable() ? 0 : self->fruitless_ + 1;
  } else {
    // A link that goes down raises POLLERR, on which libuv stops the handle for good.
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(self->fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    self->fruitless_ = error == 0 ? self->fruitless_ + 1 : 0;
    if (error != 0) self->Faulted(error);
    if (!self->closing_) uv_poll_start(poll, UV_READABLE, OnPoll);
  }
  if (!self->closing_ && self->fruitless_ > kFruitlessMax) {
    uv_poll_stop(poll);
    self->Faulted(EIO);
  }
  napi_close_handle_scope(self->env_, scope);
}

void Watched::OnClosed(uv_handle_t* handle) {
  auto* self = static_cast<Watched*>(handle->data);
  close(self->fd_);
  self->fd_ = -1;
  napi_handle_scope scope;
  if (self->self_ != nullptr && napi_open_handle_scope(self->env_, &scope) == napi_ok) {
    self->ReleaseValues();
    napi_close_handle_scope(self->env_, scope);
  }
  if (self->hook_ != nullptr) napi_remove_async_cleanup_hook(self->hook_);
  self->Drop();
}

void Watched::OnEnvironmentExit(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<Watched*>(data);
  // Here and not in OnClosed: by then the environment's values are gone.
  self->ReleaseValues();
  self->Close();
}

void Watched::ReleaseValues() {
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  if (callback_ != nullptr) napi_delete_reference(env_, callback_);
  if (self_ != nullptr) napi_delete_reference(env_, self_);
  context_ = nullptr;
  callback_ = nullptr;
  self_ = nullptr;
}

void Watched::OnCollected(napi_env, void* data, void*) { static_cast<Watched*>(data)->Drop(); }

void Watched::Drop() {
  if (--owners_ == 0) delete this;
}

napi_value CloseWatched(napi_env env, napi_callback_info info, const napi_type_tag& tag) {
  Arguments arguments(env, info);
  Watched* watched = Watched::From(arguments, env, 0, tag);
  if (watched == nullptr) return nullptr;
  watched->Close();
  return Undefined(env);
}
