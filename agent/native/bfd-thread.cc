#include "bfd-thread.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "age.h"

namespace {

constexpr Instant kSecond = 1000000000;
constexpr Instant kMilli = 1000000;
constexpr size_t kStack = 128 * 1024;
constexpr size_t kEarsMax = 256;
constexpr size_t kLinesMax = 1024;
// Datagrams of one ear that are read before packets are sent again.
constexpr int kBatch = 64;
constexpr size_t kQueueMax = 256;
// A neighbour that sends what has to be looked at without end gets this much of the event loop, in packets and packets a
// second; what is like the last packet costs it nothing.
constexpr double kBurst = 256;
constexpr double kRate = 1000;
// An event loop that has not turned for so long will not come back in time: the peers are to notice.
constexpr Instant kUnwound = 3 * kSecond;
constexpr Instant kStall = 10 * kMilli;
constexpr Instant kGrace = 10 * kMilli;

Instant Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// For jitter alone: [0, 1).
double Chance() {
  static thread_local uint64_t state = static_cast<uint64_t>(Now()) | 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<double>(state >> 11) / 9007199254740992.0;
}

uint32_t Word(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 |
         at[3];
}

int Fail(int error) {
  errno = error;
  return -1;
}

int BindTo(int fd, uint32_t interface) {
  if (interface == 0) return 0;
  char name[IF_NAMESIZE];
  if (if_indextoname(interface, name) == nullptr) return Fail(ENODEV);
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, static_cast<socklen_t>(strlen(name)));
}

int Set(int fd, int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value); }

// TTL 255 and the class of network control, as routers send their own protocols.
int SetOutgoing(int fd, int family) {
  constexpr int kNetworkControl = 0xc0;
  if (family == AF_INET)
    return Set(fd, IPPROTO_IP, IP_TTL, 255) | Set(fd, IPPROTO_IP, IP_TOS, kNetworkControl);
  return Set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255) | Set(fd, IPPROTO_IPV6, IPV6_TCLASS, kNetworkControl);
}

// The peer sends to the ears; what others send to this port is not kept.
int HearNothing(int fd) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  sock_fprog program = {1, &drop};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int AskForDetails(int fd, int family) {
  if (AskForAge(fd) != 0) return -1;
  if (family == AF_INET) return Set(fd, IPPROTO_IP, IP_RECVTTL, 1) | Set(fd, IPPROTO_IP, IP_PKTINFO, 1);
  return Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) | Set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) |
         Set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

// TTL, our address and the interface, as the kernel saw them.
void ReadDetails(msghdr* message, Told* told) {
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    int number;
    if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) ||
        (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT)) {
      memcpy(&number, CMSG_DATA(part), sizeof number);
      told->ttl = static_cast<uint8_t>(number);
    } else if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      in_pktinfo details;
      memcpy(&details, CMSG_DATA(part), sizeof details);
      auto* to = reinterpret_cast<sockaddr_in*>(&told->to.storage);
      to->sin_family = AF_INET;
      to->sin_addr = details.ipi_addr;
      told->interface = static_cast<uint32_t>(details.ipi_ifindex);
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo details;
      memcpy(&details, CMSG_DATA(part), sizeof details);
      auto* to = reinterpret_cast<sockaddr_in6*>(&told->to.storage);
      to->sin6_family = AF_INET6;
      to->sin6_addr = details.ipi6_addr;
      told->interface = static_cast<uint32_t>(details.ipi6_ifindex);
    }
  }
}

void AddScope(SocketAddress* address, uint32_t interface) {
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address->storage);
  if (address->storage.ss_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) v6->sin6_scope_id = interface;
}

// Not like the last packet, but of the same peer and still up: a sign of life, whatever else it brings. Version, state, the
// bits A and M, multiplier, length and both discriminators are looked at.
bool IsHarmless(const uint8_t* expected, const Told& packet) {
  const uint8_t* bytes = packet.bytes;
  return packet.length == kControlPacket && bytes[0] >> 5 == 1 && bytes[1] >> 6 == 3 && (bytes[1] & 0x05) == 0 &&
         bytes[2] != 0 && bytes[3] == kControlPacket && memcmp(bytes + 4, expected + 4, 8) == 0;
}

}  // namespace

Instant Pace::Gap() const { return static_cast<Instant>(static_cast<double>(interval_) * (0.75 + 0.15 * Chance())); }

void Pace::Start(Instant interval, Instant now) {
  interval_ = interval;
  due_ = now;
}

void Pace::Change(Instant interval, Instant now) {
  if (interval_ == interval) return;
  bool first = interval_ == 0 && done_ == 0;
  interval_ = interval;
  due_ = first ? now : done_ + Gap();
  if (due_ < now) due_ = now;
}

void Pace::Done(Instant now) {
  done_ = now;
  Instant next = due_ + Gap();
  Instant soonest = now + interval_ * 3 / 4;
  due_ = next > soonest ? next : soonest;
}

void Pace::Restart(Instant now) {
  done_ = now;
  due_ = now + Gap();
}

BfdThread::BfdThread() : allowance_(kBurst) { pthread_mutex_init(&mutex_, nullptr); }

BfdThread::~BfdThread() {
  Stop();
  pthread_mutex_destroy(&mutex_);
}

int BfdThread::Start(int told) {
  told_ = fcntl(told, F_DUPFD_CLOEXEC, 3);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int error = told_ < 0 || wake_ < 0 ? errno : 0;
  if (error == 0) {
    wound_ = Now();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    // Node's own threads handle the signals.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread_, &attributes, Run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
  }
  running_ = error == 0;
  if (error != 0) Stop();
  return error;
}

void BfdThread::Stop() {
  if (running_) {
    pthread_mutex_lock(&mutex_);
    ending_ = true;
    Wake();
    pthread_mutex_unlock(&mutex_);
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  for (const Ear& ear : ears_) close(ear.fd);
  for (auto& [number, line] : lines_) {
    close(line->fd);
    line->echo.Close();
  }
  ears_.clear();
  lines_.clear();
  by_discriminator_.clear();
  queue_.clear();
  if (wake_ >= 0) close(wake_);
  if (told_ >= 0) close(told_);
  wake_ = told_ = -1;
}

int BfdThread::Listen(uint32_t interface, int family, uint16_t port) {
  if (!running_) return Fail(EBADF);
  if (ears_.size() == kEarsMax) return Fail(ENOSPC);
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  SocketAddress any = {};
  any.storage.ss_family = static_cast<sa_family_t>(family);
  any.size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  // The port stands at the same place in both.
  reinterpret_cast<sockaddr_in*>(&any.storage)->sin_port = htons(port);
  // An ear on each interface has the same port.
  if (Set(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0 || BindTo(fd, interface) != 0 || AskForDetails(fd, family) != 0 ||
      bind(fd, any.generic(), any.size) != 0) {
    int error = errno;
    close(fd);
    return Fail(error);
  }
  pthread_mutex_lock(&mutex_);
  uint32_t number = next_number_++;
  ears_.push_back({number, fd});
  Wake();
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

void BfdThread::Unlisten(uint32_t number) {
  pthread_mutex_lock(&mutex_);
  for (auto ear = ears_.begin(); ear != ears_.end(); ++ear) {
    if (ear->number != number) continue;
    close(ear->fd);
    ears_.erase(ear);
    break;
  }
  Wake();
  pthread_mutex_unlock(&mutex_);
}

int BfdThread::Open(uint32_t ear, uint32_t interface, uint32_t discriminator, uint8_t lowest_ttl,
                    const SocketAddress& local, const SocketAddress& peer) {
  if (!running_) return Fail(EBADF);
  if (lines_.size() == kLinesMax) return Fail(ENOSPC);
  if (by_discriminator_.count(discriminator) > 0) return Fail(EEXIST);
  int family = local.storage.ss_family;
  if (family != peer.storage.ss_family) return Fail(EAFNOSUPPORT);
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  auto line = std::make_unique<Line>();
  SocketAddress from = local;
  line->peer = peer;
  AddScope(&from, interface);
  AddScope(&line->peer, interface);
  if (HearNothing(fd) != 0 || BindTo(fd, interface) != 0 || SetOutgoing(fd, family) != 0 ||
      bind(fd, from.generic(), from.size) != 0) {
    int error = errno;
    close(fd);
    return Fail(error);
  }
  line->fd = fd;
  line->ear = ear;
  line->discriminator = discriminator;
  line->lowest_ttl = lowest_ttl;
  pthread_mutex_lock(&mutex_);
  uint32_t number = line->number = next_number_++;
  by_discriminator_[discriminator] = line.get();
  lines_[number] = std::move(line);
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

void BfdThread::Close(uint32_t number) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    close(found->second->fd);
    found->second->echo.Close();
    by_discriminator_.erase(found->second->discriminator);
    lines_.erase(found);
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
}

bool BfdThread::SetPlan(uint32_t number, const Plan& plan) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    Line* line = found->second.get();
    Instant now = Now();
    if (plan.packet.size == 0) {
      line->pace.Stop();
    } else {
      memcpy(line->packet, plan.packet.data, kControlPacket);
      line->pace.Change(plan.interval, now);
    }
    Instant heard = now - plan.heard_ago;
    if (heard > line->watch.heard) line->watch.heard = heard;
    line->watch.most = plan.detection;
    line->watch.told = false;
    line->expects = plan.expected.size > 0;
    if (line->expects) memcpy(line->expected, plan.expected.data, kControlPacket);
    line->tell_all = plan.tell_all;
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return found != lines_.end();
}

int BfdThread::SetEcho(uint32_t number, Instant interval, Instant detection, const Bytes& filter) {
  pthread_mutex_lock(&mutex_);
  int error = EBADF;
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    Line* line = found->second.get();
    Instant now = Now();
    error = 0;
    if (interval == 0) {
      line->echo.Close();
      line->echo_pace.Stop();
      line->echo_watch = {};
    } else {
      if (line->echo.fd() < 0) {
        sockaddr_storage own = {};
        socklen_t size = sizeof own;
        // The interface of the socket, by the name that the kernel has it under.
        char name[IF_NAMESIZE] = {};
        socklen_t length = sizeof name;
        if (line->peer.storage.ss_family != AF_INET) {
          error = EAFNOSUPPORT;
        } else if (getsockname(line->fd, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
                   getsockopt(line->fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length) != 0) {
          error = errno;
        } else {
          error = line->echo.Open(if_nametoindex(name), *reinterpret_cast<sockaddr_in*>(&own),
                                  *reinterpret_cast<const sockaddr_in*>(&line->peer.storage), line->discriminator,
                                  filter);
        }
        if (error == 0) line->echo_pace.Start(interval, now);
      } else {
        line->echo_pace.Change(interval, now);
      }
      line->echo_watch.most = error == 0 ? detection : 0;
      line->echo_watch.told = false;
      if (line->echo_watch.heard == 0) line->echo_watch.heard = now;
    }
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return error;
}

int BfdThread::Send(uint32_t number, const Bytes& packet) {
  pthread_mutex_lock(&mutex_);
  int error = EBADF;
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    error = SendOn(found->second.get(), packet.data);
    // An answer to a Poll (the bit F) is no periodic packet.
    bool final = (packet.data[1] & 0x10) != 0;
    if (!final && found->second->pace.interval() != 0) found->second->pace.Restart(Now());
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return error;
}

bool BfdThread::Read(uint32_t number, LineCounts* counts, double* heard_ago) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    *counts = found->second->counts;
    Instant heard = found->second->watch.heard;
    *heard_ago = heard == 0 ? -1 : static_cast<double>(Now() - heard) / 1e3;
  }
  pthread_mutex_unlock(&mutex_);
  return found != lines_.end();
}

void BfdThread::Wind() {
  pthread_mutex_lock(&mutex_);
  wound_ = Now();
  pthread_mutex_unlock(&mutex_);
}

std::vector<Told> BfdThread::Take() {
  std::vector<Told> taken;
  pthread_mutex_lock(&mutex_);
  taken.swap(queue_);
  queued_packets_ = 0;
  pthread_mutex_unlock(&mutex_);
  return taken;
}

BfdThread::Health BfdThread::ReadHealth() {
  pthread_mutex_lock(&mutex_);
  Health health = health_;
  health_.latest = 0;
  pthread_mutex_unlock(&mutex_);
  return health;
}

void* BfdThread::Run(void* self) {
  prctl(PR_SET_NAME, "bfd");
  // The kernel may put wake-ups together within 50 us; here each is to be on time.
  prctl(PR_SET_TIMERSLACK, 1UL);
  static_cast<BfdThread*>(self)->Loop();
  return nullptr;
}

void BfdThread::Loop() {
  pthread_mutex_lock(&mutex_);
  while (!ending_) {
    Instant due = NextDue(Now());
    Wait(due);
    if (ending_) break;
    Instant now = Now();
    if (due != kNever && now - due > kStall) grace_ = now + kGrace;
    // Whatever has arrived is read before anybody is called silent.
    for (const Ear& ear : ears_) Hear(ear);
    for (auto& [number, line] : lines_) HearEchoes(line.get());
    now = Now();
    Judge(now);
    SendDue(now);
  }
  pthread_mutex_unlock(&mutex_);
}

Instant BfdThread::NextDue(Instant now) const {
  Instant next = kNever;
  auto earliest = [&next](Instant due) { next = due < next ? due : next; };
  for (const auto& [number, line] : lines_) {
    if (!line->watch.told) earliest(line->pace.due());
    earliest(line->echo_pace.due());
    for (Instant due : {line->watch.due(), line->echo_watch.due()}) {
      if (due != kNever) earliest(due < grace_ && now < grace_ ? grace_ : due);
    }
  }
  return next;
}

// Without the lock: until then, or until something can be read or has changed.
void BfdThread::Wait(Instant until) {
  polled_.clear();
  polled_.push_back({wake_, POLLIN, 0});
  for (const Ear& ear : ears_) polled_.push_back({ear.fd, POLLIN, 0});
  for (const auto& [number, line] : lines_) {
    if (line->echo.fd() >= 0) polled_.push_back({line->echo.fd(), POLLIN, 0});
  }
  pthread_mutex_unlock(&mutex_);
  Instant left = until == kNever ? 0 : until - Now();
  if (left < 0) left = 0;
  timespec most = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  ppoll(polled_.data(), polled_.size(), until == kNever ? nullptr : &most, nullptr);
  uint64_t times;
  if (polled_[0].revents != 0 && read(wake_, &times, sizeof times) < 0) times = 0;
  pthread_mutex_lock(&mutex_);
}

void BfdThread::Hear(const Ear& ear) {
  for (int taken = 0; taken < kBatch; taken++) {
    Told told = {};
    told.kind = Told::Kind::kPacket;
    told.which = ear.number;
    alignas(cmsghdr) char control[kAgeRoom + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))];
    iovec part = {told.bytes, sizeof told.bytes};
    msghdr message = {};
    message.msg_name = &told.from.storage;
    message.msg_namelen = sizeof told.from.storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    // MSG_TRUNC: the length on the wire, also where it is more than there is room for.
    ssize_t size = recvmsg(ear.fd, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) return;
    told.length = static_cast<size_t>(size);
    told.size = told.length < sizeof told.bytes ? told.length : sizeof told.bytes;
    told.age = AgeOf(&message);
    ReadDetails(&message, &told);
    if (!Recognize(ear, told, Now())) Tell(told, true);
  }
}

// True where nobody needs to look at the packet.
bool BfdThread::Recognize(const Ear& ear, const Told& packet, Instant now) {
  if (packet.size < kControlPacket) return false;
  auto found = by_discriminator_.find(Word(packet.bytes + 8));
  if (found == by_discriminator_.end()) return false;
  Line* line = found->second;
  if (!line->expects || line->ear != ear.number || packet.ttl < line->lowest_ttl) return false;
  bool alike = packet.length == kControlPacket && memcmp(packet.bytes, line->expected, kControlPacket) == 0;
  if (!alike && !IsHarmless(line->expected, packet)) return false;
  Instant at = now - static_cast<Instant>(packet.age * 1e3);
  if (at > line->watch.heard) line->watch.heard = at;
  if (!alike || line->tell_all) return false;
  line->counts.alike++;
  return true;
}

void BfdThread::HearEchoes(Line* line) {
  if (line->echo.fd() < 0) return;
  double age = 0;
  for (int taken = 0; taken < kBatch; taken++) {
    int came = line->echo.Receive(&age);
    if (came < 0) return;
    if (came == 0) continue;
    Instant at = Now() - static_cast<Instant>(age * 1e3);
    if (at > line->echo_watch.heard) line->echo_watch.heard = at;
    line->counts.echoes_returned++;
    // Until it is known that they return.
    if (line->echo_watch.most == 0) {
      Told told = {};
      told.kind = Told::Kind::kEchoReturned;
      told.which = line->discriminator;
      Tell(told, true);
    }
  }
}

void BfdThread::Judge(Instant now) {
  if (now < grace_) return;
  for (auto& [number, line] : lines_) {
    for (Watch* watch : {&line->watch, &line->echo_watch}) {
      if (watch->due() > now) continue;
      watch->told = true;
      Told told = {};
      told.kind = watch == &line->watch ? Told::Kind::kSilent : Told::Kind::kEchoLost;
      told.which = line->discriminator;
      told.age = static_cast<double>(now - watch->heard) / 1e3;
      Tell(told, false);
    }
  }
}

void BfdThread::SendDue(Instant now) {
  for (auto& [number, line] : lines_) {
    // Until the event loop has said what follows from the silence.
    if (line->pace.due() <= now && !line->watch.told) {
      double late = static_cast<double>(now - line->pace.due()) / 1e3;
      if (late > health_.latest) health_.latest = late;
      if (!Unwound(now)) SendOn(line.get(), line->packet);
      line->pace.Done(now);
    }
    if (line->echo_pace.due() <= now) {
      int error = Unwound(now) ? 0 : line->echo.Send();
      line->counts.echo_error = error;
      (error == 0 ? line->counts.echoes_sent : line->counts.echoes_failed)++;
      line->echo_pace.Done(now);
    }
  }
}

bool BfdThread::Unwound(Instant now) const { return now - wound_ > kUnwound; }

int BfdThread::SendOn(Line* line, const uint8_t* packet) {
  auto once = [line, packet] {
    return sendto(line->fd, packet, kControlPacket, MSG_DONTWAIT | MSG_NOSIGNAL, line->peer.generic(), line->peer.size);
  };
  ssize_t sent = once();
  // An ICMP error of an earlier datagram is told once and in place of sending.
  if (sent < 0 && errno == ECONNREFUSED) sent = once();
  line->counts.error = sent < 0 ? errno : 0;
  (sent < 0 ? line->counts.failed : line->counts.sent)++;
  return line->counts.error;
}

void BfdThread::Tell(const Told& told, bool bounded) {
  if (bounded) {
    Instant now = Now();
    allowance_ += static_cast<double>(now - allowed_at_) / 1e9 * kRate;
    if (allowance_ > kBurst) allowance_ = kBurst;
    allowed_at_ = now;
    if (allowance_ < 1 || queued_packets_ == kQueueMax) {
      health_.dropped++;
      return;
    }
    allowance_ -= 1;
    queued_packets_++;
  }
  queue_.push_back(told);
  uint64_t one = 1;
  // Full only after 2^64-2 events that nobody took.
  if (write(told_, &one, sizeof one) < 0) health_.dropped++;
}

void BfdThread::Wake() {
  uint64_t one = 1;
  // Fails only where it is signalled already.
  if (wake_ >= 0 && write(wake_, &one, sizeof one) < 0) return;
}
