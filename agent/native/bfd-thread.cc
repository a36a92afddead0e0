// What the event loop asks of the thread.
#include "bfd-thread.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bfd-socket.h"
#include "fail.h"

namespace {

constexpr size_t kEarsMax = 256;
constexpr size_t kLinesMax = 1024;
// An event loop that has not turned for so long will not come back in time: the peers are to notice.
constexpr Instant kUnwound = 3 * kSecond;

int OpenEcho(Line* line, const Bytes& filter) {
  sockaddr_storage own = {};
  socklen_t size = sizeof own;
  // The interface of the socket, by the name that the kernel has it under.
  char name[IF_NAMESIZE] = {};
  socklen_t length = sizeof name;
  if (line->peer.storage.ss_family != AF_INET) return EAFNOSUPPORT;
  if (getsockname(line->fd, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
      getsockopt(line->fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length) != 0) {
    return errno;
  }
  return line->echo.Open(if_nametoindex(name), *reinterpret_cast<sockaddr_in*>(&own),
                         *reinterpret_cast<const sockaddr_in*>(&line->peer.storage), line->discriminator, filter);
}

void CloseSockets(Line* line) {
  close(line->fd);
  line->echo.Close();
}

}  // namespace

BfdThread::BfdThread() : Thread("bfd", kUnwound) { Wind(); }

void BfdThread::Release() {
  for (auto& [number, line] : lines_) CloseSockets(line.get());
  ears_.Clear();
  lines_.clear();
  by_discriminator_.clear();
  mailbox_.Clear();
}

int BfdThread::Listen(uint32_t interface, int family, uint16_t port) {
  if (!running()) return Fail(EBADF);
  if (ears_.size() == kEarsMax) return Fail(ENOSPC);
  int fd = OpenEar(interface, family, port);
  if (fd < 0) return -1;
  Lock lock(mutex_);
  uint32_t number = NextNumber();
  ears_.Add(number, fd);
  Wake();
  return static_cast<int>(number);
}

void BfdThread::Unlisten(uint32_t number) {
  Lock lock(mutex_);
  ears_.Remove(number);
  Wake();
}

int BfdThread::Open(uint32_t ear, uint32_t interface, uint32_t discriminator, uint8_t lowest_ttl,
                    const SocketAddress& local, const SocketAddress& peer) {
  if (!running()) return Fail(EBADF);
  if (lines_.size() == kLinesMax) return Fail(ENOSPC);
  if (by_discriminator_.count(discriminator) > 0) return Fail(EEXIST);
  if (local.storage.ss_family != peer.storage.ss_family) return Fail(EAFNOSUPPORT);
  int fd = OpenSender(interface, local);
  if (fd < 0) return -1;
  auto line = std::make_unique<Line>();
  line->peer = peer;
  AddScope(&line->peer, interface);
  line->fd = fd;
  line->ear = ear;
  line->discriminator = discriminator;
  line->lowest_ttl = lowest_ttl;
  Lock lock(mutex_);
  uint32_t number = line->number = NextNumber();
  by_discriminator_[discriminator] = line.get();
  lines_[number] = std::move(line);
  return static_cast<int>(number);
}

void BfdThread::Close(uint32_t number) {
  Lock lock(mutex_);
  Line* line = LineOf(number);
  if (line == nullptr) return;
  CloseSockets(line);
  by_discriminator_.erase(line->discriminator);
  lines_.erase(number);
  Wake();
}

Line* BfdThread::LineOf(uint32_t number) const {
  auto found = lines_.find(number);
  return found == lines_.end() ? nullptr : found->second.get();
}

bool BfdThread::SetPlan(uint32_t number, const Plan& plan) {
  Lock lock(mutex_);
  Line* line = LineOf(number);
  if (line == nullptr) return false;
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
  return true;
}

int BfdThread::SetEcho(uint32_t number, Instant interval, Instant detection, const Bytes& filter) {
  Lock lock(mutex_);
  Line* line = LineOf(number);
  if (line == nullptr) return EBADF;
  int error = 0;
  if (interval == 0) {
    line->echo.Close();
    line->echo_pace.Stop();
    line->echo_watch = {};
  } else {
    Instant now = Now();
    if (line->echo.fd() >= 0) {
      line->echo_pace.Change(interval, now);
    } else {
      error = OpenEcho(line, filter);
      if (error == 0) line->echo_pace.Start(interval, now);
    }
    line->echo_watch.most = error == 0 ? detection : 0;
    line->echo_watch.told = false;
    if (line->echo_watch.heard == 0) line->echo_watch.heard = now;
  }
  Wake();
  return error;
}

int BfdThread::Send(uint32_t number, const Bytes& packet) {
  Lock lock(mutex_);
  Line* line = LineOf(number);
  if (line == nullptr) return EBADF;
  int error = SendOn(line, packet.data);
  // An answer to a Poll (the bit F) is no periodic packet.
  bool final = (packet.data[1] & 0x10) != 0;
  if (!final && line->pace.interval() != 0) line->pace.Restart(Now());
  Wake();
  return error;
}

bool BfdThread::Read(uint32_t number, LineCounts* counts, double* heard_ago) {
  Lock lock(mutex_);
  Line* line = LineOf(number);
  if (line == nullptr) return false;
  *counts = line->counts;
  Instant heard = line->watch.heard;
  *heard_ago = heard == 0 ? -1 : static_cast<double>(Now() - heard) / 1e3;
  return true;
}

std::vector<Told> BfdThread::Take() {
  Lock lock(mutex_);
  return mailbox_.Take();
}

BfdThread::Health BfdThread::ReadHealth() {
  Lock lock(mutex_);
  Health health = health_;
  health_.latest = 0;
  return health;
}
