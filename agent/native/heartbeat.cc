// A thread that sends one datagram to each target at a steady pace. The datagrams are signed beforehand, so the thread needs
// no key, and it sends no more than it was given: when the event loop stands still, its stock runs out and it falls silent.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <vector>

#include "datagram.h"
#include "nouns.h"
#include "watched.h"

namespace {

constexpr napi_type_tag kTag = {0x1e9b64d7c03f58a2, 0xb7d25f18e94c6a03};
constexpr size_t kTargetsMax = 64;
// More than a second's worth would let a dead event loop look alive.
constexpr size_t kStockMax = 32;
constexpr size_t kPacketMax = 1472;
constexpr size_t kStack = 64 * 1024;

struct Target {
  int fd;
  SocketAddress to;
  std::deque<std::vector<uint8_t>> stock;
};

constexpr int64_t kSecond = 1000000000;

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

class Heartbeat {
 public:
  explicit Heartbeat(uint32_t interval) : interval_(static_cast<int64_t>(interval) * 1000000) {
    pthread_mutex_init(&mutex_, nullptr);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ended_, &attributes);
    pthread_condattr_destroy(&attributes);
  }

  ~Heartbeat() {
    Stop();
    pthread_cond_destroy(&ended_);
    pthread_mutex_destroy(&mutex_);
  }

  // 0 or the errno.
  int Start() {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    // Node's own threads handle the signals.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread_, &attributes, Run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    running_ = error == 0;
    return error;
  }

  void Stop() {
    if (running_) {
      pthread_mutex_lock(&mutex_);
      ending_ = true;
      pthread_cond_signal(&ended_);
      pthread_mutex_unlock(&mutex_);
      pthread_join(thread_, nullptr);
      running_ = false;
    }
    Clear();
  }

  void Clear() {
    pthread_mutex_lock(&mutex_);
    for (Target& target : targets_) close(target.fd);
    targets_.clear();
    pthread_mutex_unlock(&mutex_);
  }

  // The number of the target, or -1 with errno.
  int Aim(int fd, const SocketAddress& to) {
    if (!running_) return Fail(EBADF);
    if (targets_.size() == kTargetsMax) return Fail(ENOSPC);
    // A descriptor of its own: the socket may be closed while the thread sends.
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0) return -1;
    pthread_mutex_lock(&mutex_);
    targets_.push_back({own, to, {}});
    pthread_mutex_unlock(&mutex_);
    return static_cast<int>(targets_.size()) - 1;
  }

  // How many datagrams the target has in stock then, or -1 for a target that is not there.
  int Load(uint32_t target, const Bytes& packet) {
    pthread_mutex_lock(&mutex_);
    int stock = -1;
    if (target < targets_.size()) {
      auto& queue = targets_[target].stock;
      if (packet.size > 0 && queue.size() < kStockMax) queue.emplace_back(packet.data, packet.data + packet.size);
      stock = static_cast<int>(queue.size());
    }
    pthread_mutex_unlock(&mutex_);
    return stock;
  }

  struct Counts {
    double sent = 0, empty = 0, failed = 0, latest = 0;
  };

  Counts Read() {
    pthread_mutex_lock(&mutex_);
    Counts counts = counts_;
    counts_.latest = 0;
    pthread_mutex_unlock(&mutex_);
    return counts;
  }

 private:
  static int Fail(int error) {
    errno = error;
    return -1;
  }

  static void* Run(void* self) {
    prctl(PR_SET_NAME, "heartbeat");
    // The kernel may put wake-ups together within 50 us; here each is to be on time.
    prctl(PR_SET_TIMERSLACK, 1UL);
    static_cast<Heartbeat*>(self)->Beat();
    return nullptr;
  }

  void Beat() {
    int64_t due = Now() + interval_;
    pthread_mutex_lock(&mutex_);
    while (!ending_) {
      timespec at = {static_cast<time_t>(due / kSecond), static_cast<long>(due % kSecond)};
      int waited = pthread_cond_timedwait(&ended_, &mutex_, &at);
      if (waited != ETIMEDOUT) continue;
      int64_t now = Now();
      double late = static_cast<double>(now - due) / 1e3;
      if (late > counts_.latest) counts_.latest = late;
      for (Target& target : targets_) SendOne(&target);
      // After a stop (SIGSTOP, a machine that slept) what was missed is not made up for.
      due = now - due > interval_ ? now + interval_ : due + interval_;
    }
    pthread_mutex_unlock(&mutex_);
  }

  void SendOne(Target* target) {
    if (target->stock.empty()) {
      counts_.empty++;
      return;
    }
    const auto& packet = target->stock.front();
    ssize_t sent = sendto(target->fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, target->to.generic(),
                          target->to.size);
    // An ICMP error of an earlier datagram is told once and in place of sending.
    if (sent < 0 && errno == ECONNREFUSED) {
      sent = sendto(target->fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, target->to.generic(),
                    target->to.size);
    }
    (sent < 0 ? counts_.failed : counts_.sent)++;
    target->stock.pop_front();
  }

  const int64_t interval_;
  pthread_t thread_ = {};
  pthread_mutex_t mutex_;
  pthread_cond_t ended_;
  bool running_ = false;
  bool ending_ = false;
  std::vector<Target> targets_;
  Counts counts_;
};

// The environment ends: the thread must not outlive it. The object itself goes with its handle.
void OnEnvironmentExit(void* data) { static_cast<Heartbeat*>(data)->Stop(); }
void OnCollected(napi_env env, void* data, void*) {
  napi_remove_env_cleanup_hook(env, OnEnvironmentExit, data);
  delete static_cast<Heartbeat*>(data);
}

Heartbeat* FromFirst(const Arguments& arguments, napi_env env) {
  bool matches = false;
  void* data = nullptr;
  napi_valuetype type;
  if (napi_typeof(env, arguments.At(0), &type) == napi_ok && type == napi_object &&
      napi_check_object_type_tag(env, arguments.At(0), &kTag, &matches) == napi_ok && matches &&
      napi_unwrap(env, arguments.At(0), &data) == napi_ok) {
    return static_cast<Heartbeat*>(data);
  }
  ThrowArgument(env, "handle must be one of heartbeatStart");
  return nullptr;
}

// heartbeatStart(interval): handle
napi_value Start(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interval;
  if (!arguments.Uint32(0, "interval", 1, 60000, &interval)) return nullptr;
  auto* heartbeat = new Heartbeat(interval);
  napi_value handle;
  if (napi_create_object(env, &handle) != napi_ok ||
      napi_wrap(env, handle, heartbeat, OnCollected, nullptr, nullptr) != napi_ok) {
    delete heartbeat;
    return ThrowSystem(env, ENOMEM, "napi_wrap");
  }
  napi_type_tag_object(env, handle, &kTag);
  napi_add_env_cleanup_hook(env, OnEnvironmentExit, heartbeat);
  int error = heartbeat->Start();
  return error == 0 ? handle : ThrowSystem(env, error, "pthread_create");
}

// heartbeatAim(handle, datagram, address, port): the number of the target
napi_value Aim(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  SocketAddress to;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  Watched* socket = DatagramFrom(arguments, env, 1);
  if (socket == nullptr || !to.Read(env, arguments, 2)) return nullptr;
  int target = socket->open() ? heartbeat->Aim(socket->fd(), to) : (errno = EBADF, -1);
  return target < 0 ? ThrowSystem(env, errno, "heartbeatAim") : Number(env, target);
}

// heartbeatLoad(handle, target, packet): how many are in stock; an empty packet only asks
napi_value Load(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t target;
  Bytes packet;
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr || !arguments.Uint32(1, "target", 0, kTargetsMax - 1, &target) ||
      !arguments.Buffer(2, "packet", &packet)) {
    return nullptr;
  }
  if (packet.size > kPacketMax) return ThrowArgument(env, "packet must have at most 1472 bytes");
  return Number(env, heartbeat->Load(target, packet));
}

// heartbeatClear(handle): no targets, nothing in stock
napi_value Clear(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  heartbeat->Clear();
  return Undefined(env);
}

// heartbeatCounts(handle): { sent, empty, failed, latest }; `latest` begins anew
napi_value Counts(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  napi_value counts;
  if (heartbeat == nullptr || napi_create_object(env, &counts) != napi_ok) return nullptr;
  Heartbeat::Counts read = heartbeat->Read();
  SetProperty(env, counts, "sent", Number(env, read.sent));
  SetProperty(env, counts, "empty", Number(env, read.empty));
  SetProperty(env, counts, "failed", Number(env, read.failed));
  SetProperty(env, counts, "latest", Number(env, read.latest));
  return counts;
}

// heartbeatStop(handle): twice is allowed
napi_value Stop(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Heartbeat* heartbeat = FromFirst(arguments, env);
  if (heartbeat == nullptr) return nullptr;
  heartbeat->Stop();
  return Undefined(env);
}

}  // namespace

void RegisterHeartbeat(napi_env env, napi_value exports) {
  SetFunction(env, exports, "heartbeatStart", Start);
  SetFunction(env, exports, "heartbeatAim", Aim);
  SetFunction(env, exports, "heartbeatLoad", Load);
  SetFunction(env, exports, "heartbeatClear", Clear);
  SetFunction(env, exports, "heartbeatCounts", Counts);
  SetFunction(env, exports, "heartbeatStop", Stop);
}
