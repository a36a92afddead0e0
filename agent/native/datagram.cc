// UDP sockets bound to one interface: what they hear came in there and nowhere else, and how long ago; and sockets that hear
// echo replies. socket(7), udp(7), raw(7).
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "age.h"
#include "datagram.h"
#include "fail.h"
#include "nouns.h"
#include "received.h"
#include "watched.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

namespace {

constexpr napi_type_tag kTag = {0x51f3a9c27be84d06, 0x8c2e70d94fb1a635};
// Datagrams handed over before other work of the loop gets its turn; the rest is read on the next turn.
constexpr int kBatch = 64;
// The membership's packets come here too, and may have any length.
constexpr size_t kDatagramMax = 65536;
// Room for a burst while the loop is busy; the kernel grants at most net.core.rmem_max.
constexpr int kReceiveBuffer = 1024 * 1024;
// ICMP_FILTER, a bit for each type that is not let through; linux/icmp.h and net/if.h cannot be included together.
constexpr int kIcmpFilter = 1;

int BindToInterface(int fd, uint32_t index) {
  if (index == 0) return 0;
  // The kernel would take the number of an interface that is not there.
  char name[IF_NAMESIZE];
  if (if_indextoname(index, name) == nullptr) return ENODEV;
  int number = static_cast<int>(index);
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &number, sizeof number) == 0) return 0;
  if (errno != ENOPROTOOPT) return errno;
  // Linux before 5.0 knows names alone.
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, static_cast<socklen_t>(strlen(name))) == 0 ? 0 : errno;
}

class Datagram : public Watched {
 public:
  Datagram() : Watched(kTag) {}

 protected:
  bool Readable() override {
    // Too large for the stack of a worker.
    static thread_local uint8_t buffer[kDatagramMax];
    for (int taken = 0; taken < kBatch; taken++) {
      SocketAddress from = {};
      Received<> received;
      ssize_t size = received.Take(fd(), buffer, sizeof buffer, &from.storage);
      if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) return taken > 0;
        Faulted(errno);
        return true;
      }
      if (!Deliver(buffer, static_cast<size_t>(size), from, received.Age())) return true;
    }
    return true;
  }

  // ICMP errors of earlier sends among them: a peer whose process is gone.
  void Faulted(int error) override {
    napi_value values[] = {Number(env_, error)};
    Call(1, values);
  }

 private:
  bool Deliver(const uint8_t* data, size_t size, const SocketAddress& from, double age) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
    napi_value bytes;
    bool go_on = false;
    if (napi_create_buffer_copy(env_, size, data, nullptr, &bytes) == napi_ok) {
      napi_value values[] = {Number(env_, 0), bytes, from.Text(env_), Number(env_, from.Port()), Number(env_, age)};
      go_on = Call(5, values);
    }
    napi_close_handle_scope(env_, scope);
    return go_on;
  }
};

// datagramOpen(interfaceIndex, address, port, callback): handle
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interface;
  SocketAddress address;
  napi_value callback;
  if (!arguments.Uint32(0, "interfaceIndex", 0, INT32_MAX, &interface) || !address.Read(env, arguments, 1) ||
      !arguments.Function(3, "callback", &callback)) {
    return nullptr;
  }
  int fd = OpenDatagram(address, interface);
  if (fd < 0) return ThrowSystem(env, errno, "bind(UDP)");
  return (new Datagram())->Start(env, fd, callback);
}

// Raw sockets hear all messages of their protocol: the filter lets echo replies alone through.
int OpenEcho(int family) {
  int protocol = family == AF_INET ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  int fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -1;
  int failed;
  if (family == AF_INET) {
    uint32_t filter = ~(1U << ICMP_ECHOREPLY);
    failed = setsockopt(fd, SOL_RAW, kIcmpFilter, &filter, sizeof filter);
  } else {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    failed = setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
  if (failed == 0 && AskForAge(fd) == 0) return fd;
  int error = errno;
  close(fd);
  return Fail(error);
}

// echoOpen(family, callback): handle, for datagramSend and datagramClose
napi_value EchoOpen(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t family;
  napi_value callback;
  if (!arguments.Uint32(0, "family", 4, 6, &family) || !arguments.Function(1, "callback", &callback)) return nullptr;
  int fd = OpenEcho(family == 4 ? AF_INET : AF_INET6);
  if (fd < 0) return ThrowSystem(env, errno, "socket(ICMP)");
  return (new Datagram())->Start(env, fd, callback);
}

// datagramSend(handle, address, port, bytes): 0 or the errno
napi_value Send(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  SocketAddress to;
  Bytes bytes;
  Watched* socket = Watched::From(arguments, env, 0, kTag);
  if (socket == nullptr || !to.Read(env, arguments, 1) || !arguments.Buffer(3, "bytes", &bytes)) return nullptr;
  if (!socket->open()) return Number(env, EBADF);
  ssize_t sent = sendto(socket->fd(), bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL, to.generic(), to.size);
  return Number(env, sent < 0 ? errno : 0);
}

napi_value Close(napi_env env, napi_callback_info info) { return CloseWatched(env, info, kTag); }

}  // namespace

bool SocketAddress::Read(napi_env env, const Arguments& arguments, size_t index) {
  Bytes bytes;
  uint32_t port;
  if (!arguments.Buffer(index, "address", &bytes)) return false;
  if (bytes.size != 4 && bytes.size != 16) {
    ThrowArgument(env, "address must be 4 or 16 bytes");
    return false;
  }
  if (!arguments.Uint32(index + 1, "port", 1, 65535, &port)) return false;
  storage = {};
  if (bytes.size == 4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    memcpy(&v4->sin_addr, bytes.data, 4);
    size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    memcpy(&v6->sin6_addr, bytes.data, 16);
    size = sizeof *v6;
  }
  return true;
}

napi_value SocketAddress::Text(napi_env env) const {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
  } else if (storage.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, text, sizeof text);
  }
  return String(env, text);
}

uint16_t SocketAddress::Port() const {
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

int OpenDatagram(const SocketAddress& address, uint32_t interface) {
  int fd = socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  // The membership's own socket has the same address and port; the one that is bound to an interface gets what comes there.
  // SO_REUSEPORT makes a group of those on one interface, in which a filter says who gets what (heartbeat.cc).
  int error = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                      (interface == 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0)
                  ? BindToInterface(fd, interface)
                  : errno;
  if (error == 0 && AskForAge(fd) != 0) error = errno;
  if (error == 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) error = errno;
  if (error == 0 && bind(fd, address.generic(), address.size) != 0) error = errno;
  if (error == 0) return fd;
  close(fd);
  return Fail(error);
}

int SendDatagram(int fd, const SocketAddress& to, const uint8_t* bytes, size_t size) {
  auto once = [fd, &to, bytes, size] {
    return sendto(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, to.generic(), to.size);
  };
  ssize_t sent = once();
  // An ICMP error of an earlier datagram is told once and in place of sending.
  if (sent < 0 && errno == ECONNREFUSED) sent = once();
  return sent < 0 ? errno : 0;
}

Watched* DatagramFrom(const Arguments& arguments, napi_env env, size_t index) {
  return Watched::From(arguments, env, index, kTag);
}

void RegisterDatagram(napi_env env, napi_value exports) {
  SetFunction(env, exports, "datagramOpen", Open);
  SetFunction(env, exports, "datagramSend", Send);
  SetFunction(env, exports, "datagramClose", Close);
  SetFunction(env, exports, "echoOpen", EchoOpen);
}
