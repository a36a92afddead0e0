// Heartbeats, sent and heard by a thread of their own (heartbeat-thread.h).
#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>

#include "fail.h"
#include "heartbeat-thread.h"
#include "nouns.h"
#include "thread-handle.h"

namespace {

constexpr napi_type_tag kTag = {0x1e9b64d7c03f58a2, 0xb7d25f18e94c6a03};
constexpr uint32_t kMost = UINT32_MAX;
constexpr double kSequenceMost = 281474976710655;
constexpr double kMicrosMost = 4e12;

class Heartbeat : public ThreadHandle {
 public:
  explicit Heartbeat(Instant interval) : ThreadHandle(kTag), thread(interval) {}
  HeartbeatThread thread;

 protected:
  Thread* Beside() override { return &thread; }
  void Deliver() override {
    for (const HeartbeatNews& news : thread.Take()) {
      if (!DeliverOne(news)) break;
    }
  }

 private:
  bool DeliverOne(const HeartbeatNews& news) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
    napi_value values[7] = {Number(env_, static_cast<int>(news.kind)), Number(env_, news.ear), Number(env_, news.error)};
    bool go_on = true;
    if (news.kind != HeartbeatNews::Kind::kPacket) {
      go_on = Call(3, values);
    } else if (napi_create_buffer_copy(env_, news.bytes.size(), news.bytes.data(), nullptr, &values[3]) == napi_ok) {
      values[4] = news.from.Text(env_);
      values[5] = Number(env_, news.from.Port());
      values[6] = Number(env_, news.age);
      go_on = Call(7, values);
    }
    napi_close_handle_scope(env_, scope);
    return go_on;
  }
};

Heartbeat* FromFirst(const Arguments& arguments, napi_env env) {
  return static_cast<Heartbeat*>(Watched::From(arguments, env, 0, kTag));
}

bool Within(napi_env env, const Arguments& arguments, size_t index, const char* message, double most, double* out) {
  if (napi_get_value_double(env, arguments.At(index), out) == napi_ok && *out >= 0 && *out <= most) return true;
  ThrowArgument(env, message);
  return false;
}

bool Packet(napi_env env, const Arguments& arguments, size_t index, Bytes* out) {
  if (!arguments.Buffer(index, "packet", out)) return false;
  if (out->size >= kBeatLeast && out->size <= kBeatMost) return true;
  ThrowArgument(env, "packet must have 35 to 1472 bytes");
  return false;
}

// Of the sockets on one interface, address and port the first gets everything but heartbeats, which are the second's.
// BPF sees the datagram without its headers; what is too short for it is the first one's.
int SteerHeartbeats(int fd) {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kBeatMagic, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 2), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kBeatType, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 1),          BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program = {sizeof steps / sizeof *steps, steps};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

// heartbeatStart(interval, told): handle
napi_value Start(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interval;
  napi_value callback;
  if (!arguments.Uint32(0, "interval", 1, 60000, &interval) || !arguments.Function(1, "told", &callback)) return nullptr;
  return ThreadHandle::Begin(env, new Heartbeat(static_cast<Instant>(interval) * kMilli), callback);
}

// heartbeatKeys(handle, keys)
napi_value Keys(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Bytes keys;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr || !arguments.Buffer(1, "keys", &keys)) return nullptr;
  if (!heartbeat->thread.SetKeys(keys)) return ThrowArgument(env, "keys must be one to four times 32 bytes");
  return Undefined(env);
}

// heartbeatWind(handle)
napi_value Wind(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  heartbeat->thread.Wind();
  return Undefined(env);
}

// heartbeatSteady(handle): microseconds
napi_value Steady(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  return heartbeat == nullptr ? nullptr : Number(env, heartbeat->thread.Steady());
}

// heartbeatAim(handle, datagram, address, port, packet): the number of the target
napi_value Aim(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  SocketAddress to;
  Bytes packet;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  Watched* socket = DatagramFrom(arguments, env, 1);
  if (socket == nullptr || !to.Read(env, arguments, 2) || !Packet(env, arguments, 4, &packet)) return nullptr;
  int target = socket->open() ? heartbeat->thread.Aim(socket->fd(), to, packet) : Fail(EBADF);
  return target < 0 ? ThrowSystem(env, errno, "heartbeatAim") : Number(env, target);
}

// heartbeatClear(handle): no targets
napi_value Clear(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  heartbeat->thread.Clear();
  return Undefined(env);
}

// heartbeatListen(handle, datagram, interfaceIndex, address, port): the number of the ear
napi_value Listen(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interface;
  SocketAddress address;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  Watched* socket = DatagramFrom(arguments, env, 1);
  if (socket == nullptr || !arguments.Uint32(2, "interfaceIndex", 1, INT32_MAX, &interface) ||
      !address.Read(env, arguments, 3)) {
    return nullptr;
  }
  if (!socket->open()) return ThrowSystem(env, EBADF, "heartbeatListen");
  if (SteerHeartbeats(socket->fd()) != 0) return ThrowSystem(env, errno, "setsockopt(SO_ATTACH_REUSEPORT_CBPF)");
  int fd = OpenDatagram(address, interface);
  if (fd < 0) return ThrowSystem(env, errno, "bind(UDP)");
  int ear = heartbeat->thread.Listen(fd);
  return ear < 0 ? ThrowSystem(env, errno, "heartbeatListen") : Number(env, ear);
}

// heartbeatUnlisten(handle, ear)
napi_value Unlisten(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t ear;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr || !arguments.Uint32(1, "ear", 0, kMost, &ear)) return nullptr;
  heartbeat->thread.Unlisten(ear);
  return Undefined(env);
}

// heartbeatExpect(handle, ear, packet, sequence, heardAgo, silence): the number of the watch
napi_value Expect(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t ear;
  double sequence, heard_ago, silence;
  HeartbeatThread::Expected expected;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr || !arguments.Uint32(1, "ear", 0, kMost, &ear) ||
      !Packet(env, arguments, 2, &expected.packet) ||
      !Within(env, arguments, 3, "sequence must have 48 bits", kSequenceMost, &sequence) ||
      !Within(env, arguments, 4, "heardAgo must be microseconds from 0 to 4e12", kMicrosMost, &heard_ago) ||
      !Within(env, arguments, 5, "silence must be microseconds from 0 to 4e12", kMicrosMost, &silence)) {
    return nullptr;
  }
  expected.sequence = static_cast<uint64_t>(sequence);
  expected.heard_ago = static_cast<Instant>(heard_ago * 1e3);
  expected.silence = static_cast<Instant>(silence * 1e3);
  int watch = heartbeat->thread.Expect(ear, expected);
  return watch < 0 ? ThrowSystem(env, errno, "heartbeatExpect") : Number(env, watch);
}

// heartbeatHeard(handle, watch, end): { sequence, age }, or undefined where there is no such watch
napi_value Heard(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t watch;
  bool end = false;
  double sequence, age;
  napi_value heard;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr || !arguments.Uint32(1, "watch", 0, kMost, &watch)) return nullptr;
  if (napi_get_value_bool(env, arguments.At(2), &end) != napi_ok) return ThrowArgument(env, "end must be a boolean");
  if (!heartbeat->thread.Heard(watch, end, &sequence, &age)) return Undefined(env);
  if (napi_create_object(env, &heard) != napi_ok) return nullptr;
  SetProperty(env, heard, "sequence", Number(env, sequence));
  SetProperty(env, heard, "age", Number(env, age));
  return heard;
}

// heartbeatCounts(handle): { sent, empty, failed, latest, alike, dropped }; `latest` begins anew
napi_value Counts(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  napi_value counts;
  if (heartbeat == nullptr || napi_create_object(env, &counts) != napi_ok) return nullptr;
  HeartbeatThread::Counts read = heartbeat->thread.Read();
  SetProperty(env, counts, "sent", Number(env, read.sent));
  SetProperty(env, counts, "empty", Number(env, read.empty));
  SetProperty(env, counts, "failed", Number(env, read.failed));
  SetProperty(env, counts, "latest", Number(env, read.latest));
  SetProperty(env, counts, "alike", Number(env, read.alike));
  SetProperty(env, counts, "dropped", Number(env, read.dropped));
  return counts;
}

// heartbeatStop(handle): twice is allowed
napi_value Stop(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  heartbeat->End();
  return Undefined(env);
}

}  // namespace

void RegisterHeartbeat(napi_env env, napi_value exports) {
  SetFunction(env, exports, "heartbeatStart", Start);
  SetFunction(env, exports, "heartbeatKeys", Keys);
  SetFunction(env, exports, "heartbeatWind", Wind);
  SetFunction(env, exports, "heartbeatSteady", Steady);
  SetFunction(env, exports, "heartbeatAim", Aim);
  SetFunction(env, exports, "heartbeatClear", Clear);
  SetFunction(env, exports, "heartbeatListen", Listen);
  SetFunction(env, exports, "heartbeatUnlisten", Unlisten);
  SetFunction(env, exports, "heartbeatExpect", Expect);
  SetFunction(env, exports, "heartbeatHeard", Heard);
  SetFunction(env, exports, "heartbeatCounts", Counts);
  SetFunction(env, exports, "heartbeatStop", Stop);
}
