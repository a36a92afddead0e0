// BFD's sockets and times, kept by a thread of their own (bfd-thread.h). RFC 5880, 5881, 5883.
#include <cerrno>
#include <cstdio>

#include "bfd-thread.h"
#include "nouns.h"
#include "thread-handle.h"

namespace {

constexpr napi_type_tag kTag = {0x3b8c61e5f0974d2a, 0xa64e9d1082c75fb3};
constexpr uint32_t kMost = UINT32_MAX;

class Bfd : public ThreadHandle {
 public:
  Bfd() : ThreadHandle(kTag) {}
  BfdThread thread;

 protected:
  Thread* Beside() override { return &thread; }
  void Deliver() override {
    for (const Told& told : thread.Take()) {
      if (!DeliverOne(told)) break;
    }
  }

 private:
  bool DeliverOne(const Told& told) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
    napi_value values[9] = {Number(env_, static_cast<int>(told.kind)), Number(env_, told.which),
                            Number(env_, told.age)};
    bool go_on = true;
    if (told.kind != Told::Kind::kPacket) {
      go_on = Call(3, values);
    } else if (napi_create_buffer_copy(env_, told.size, told.bytes, nullptr, &values[3]) == napi_ok) {
      values[4] = Number(env_, static_cast<double>(told.length));
      values[5] = told.from.Text(env_);
      values[6] = told.to.Text(env_);
      values[7] = Number(env_, told.interface);
      values[8] = Number(env_, told.ttl);
      go_on = Call(9, values);
    }
    napi_close_handle_scope(env_, scope);
    return go_on;
  }
};

Bfd* FromFirst(const Arguments& arguments, napi_env env) {
  return static_cast<Bfd*>(Watched::From(arguments, env, 0, kTag));
}

// bfdStart(told): handle
napi_value Start(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value callback;
  if (!arguments.Function(0, "told", &callback)) return nullptr;
  return ThreadHandle::Begin(env, new Bfd(), callback);
}

// bfdListen(handle, interfaceIndex, family, port): the number of the ear
napi_value Listen(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interface, family, port;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "interfaceIndex", 0, INT32_MAX, &interface) ||
      !arguments.Uint32(2, "family", 4, 6, &family) || !arguments.Uint32(3, "port", 1, 65535, &port)) {
    return nullptr;
  }
  int ear = bfd->thread.Listen(interface, family == 4 ? AF_INET : AF_INET6, static_cast<uint16_t>(port));
  return ear < 0 ? ThrowSystem(env, errno, "bind(UDP)") : Number(env, ear);
}

// bfdUnlisten(handle, ear)
napi_value Unlisten(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t ear;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "ear", 0, kMost, &ear)) return nullptr;
  bfd->thread.Unlisten(ear);
  return Undefined(env);
}

// bfdOpen(handle, ear, interfaceIndex, discriminator, lowestTtl, local, localPort, peer, peerPort): the number of the line
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t ear, interface, discriminator, ttl;
  SocketAddress local, peer;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "ear", 0, kMost, &ear) ||
      !arguments.Uint32(2, "interfaceIndex", 0, INT32_MAX, &interface) ||
      !arguments.Uint32(3, "discriminator", 1, kMost, &discriminator) ||
      !arguments.Uint32(4, "lowestTtl", 1, 255, &ttl) || !local.Read(env, arguments, 5) ||
      !peer.Read(env, arguments, 7)) {
    return nullptr;
  }
  int line = bfd->thread.Open(ear, interface, discriminator, static_cast<uint8_t>(ttl), local, peer);
  return line < 0 ? ThrowSystem(env, errno, "bind(UDP)") : Number(env, line);
}

// bfdClose(handle, line)
napi_value CloseLine(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t line;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "line", 0, kMost, &line)) return nullptr;
  bfd->thread.Close(line);
  return Undefined(env);
}

// A time in microseconds, at least 1 where it is not 0: a pace of nothing would spin.
bool Micros(napi_env env, const Arguments& arguments, size_t index, const char* name, Instant* out) {
  double value;
  if (napi_get_value_double(env, arguments.At(index), &value) == napi_ok && value >= 0 && value < 4e12) {
    *out = static_cast<Instant>(value) * 1000;
    return true;
  }
  char text[64];
  snprintf(text, sizeof text, "%s must be microseconds", name);
  ThrowArgument(env, text);
  return false;
}

bool IsPacket(const Bytes& bytes) { return bytes.size == 0 || bytes.size == kControlPacket; }

// bfdPlan(handle, line, packet, interval, detection, heardAgo, expected, tellAll)
napi_value SetPlan(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t line;
  BfdThread::Plan plan;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "line", 0, kMost, &line) ||
      !arguments.Buffer(2, "packet", &plan.packet) || !Micros(env, arguments, 3, "interval", &plan.interval) ||
      !Micros(env, arguments, 4, "detection", &plan.detection) ||
      !Micros(env, arguments, 5, "heardAgo", &plan.heard_ago) || !arguments.Buffer(6, "expected", &plan.expected)) {
    return nullptr;
  }
  if (!IsPacket(plan.packet) || !IsPacket(plan.expected)) return ThrowArgument(env, "packet must be 0 or 24 bytes");
  if (plan.packet.size > 0 && plan.interval == 0) return ThrowArgument(env, "interval must not be 0");
  if (napi_get_value_bool(env, arguments.At(7), &plan.tell_all) != napi_ok) {
    return ThrowArgument(env, "tellAll must be a boolean");
  }
  return bfd->thread.SetPlan(line, plan) ? Undefined(env) : ThrowSystem(env, EBADF, "bfdPlan");
}

// bfdEcho(handle, line, interval, detection, filter): 0 or the errno
napi_value SetEcho(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t line;
  Instant interval, detection;
  Bytes filter;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "line", 0, kMost, &line) ||
      !Micros(env, arguments, 2, "interval", &interval) || !Micros(env, arguments, 3, "detection", &detection) ||
      !arguments.Buffer(4, "filter", &filter)) {
    return nullptr;
  }
  return Number(env, bfd->thread.SetEcho(line, interval, detection, filter));
}

// bfdSend(handle, line, packet): 0 or the errno
napi_value Send(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t line;
  Bytes packet;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "line", 0, kMost, &line) || !arguments.Buffer(2, "packet", &packet)) {
    return nullptr;
  }
  if (packet.size != kControlPacket) return ThrowArgument(env, "packet must be 24 bytes");
  return Number(env, bfd->thread.Send(line, packet));
}

// bfdCounts(handle, line): what was sent, and what came that nobody had to look at
napi_value Counts(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t line;
  LineCounts read;
  double heard_ago;
  napi_value counts;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || !arguments.Uint32(1, "line", 0, kMost, &line)) return nullptr;
  if (!bfd->thread.Read(line, &read, &heard_ago)) return ThrowSystem(env, EBADF, "bfdCounts");
  if (napi_create_object(env, &counts) != napi_ok) return nullptr;
  SetProperty(env, counts, "sent", Number(env, read.sent));
  SetProperty(env, counts, "alike", Number(env, read.alike));
  SetProperty(env, counts, "heardAgo", Number(env, heard_ago));
  SetProperty(env, counts, "failed", Number(env, read.failed));
  SetProperty(env, counts, "error", Number(env, read.error));
  SetProperty(env, counts, "echoesSent", Number(env, read.echoes_sent));
  SetProperty(env, counts, "echoesReturned", Number(env, read.echoes_returned));
  SetProperty(env, counts, "echoesFailed", Number(env, read.echoes_failed));
  SetProperty(env, counts, "echoError", Number(env, read.echo_error));
  return counts;
}

// bfdWind(handle): { latest, dropped }; `latest` begins anew
napi_value Wind(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value report;
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr || napi_create_object(env, &report) != napi_ok) return nullptr;
  bfd->thread.Wind();
  BfdThread::Health health = bfd->thread.ReadHealth();
  SetProperty(env, report, "latest", Number(env, health.latest));
  SetProperty(env, report, "dropped", Number(env, health.dropped));
  return report;
}

// bfdStop(handle): twice is allowed
napi_value Stop(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Bfd* bfd = FromFirst(arguments, env);
  if (bfd == nullptr) return nullptr;
  bfd->End();
  return Undefined(env);
}

}  // namespace

void RegisterBfd(napi_env env, napi_value exports) {
  SetFunction(env, exports, "bfdStart", Start);
  SetFunction(env, exports, "bfdListen", Listen);
  SetFunction(env, exports, "bfdUnlisten", Unlisten);
  SetFunction(env, exports, "bfdOpen", Open);
  SetFunction(env, exports, "bfdClose", CloseLine);
  SetFunction(env, exports, "bfdPlan", SetPlan);
  SetFunction(env, exports, "bfdEcho", SetEcho);
  SetFunction(env, exports, "bfdSend", Send);
  SetFunction(env, exports, "bfdCounts", Counts);
  SetFunction(env, exports, "bfdWind", Wind);
  SetFunction(env, exports, "bfdStop", Stop);
}
