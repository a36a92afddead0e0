#include "bfd-socket.h"

#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "age.h"
#include "fail.h"
#include "received.h"

namespace {

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

// Closes it, with the errno of what failed.
int GiveUp(int fd) {
  int error = errno;
  close(fd);
  return Fail(error);
}

}  // namespace

int OpenEar(uint32_t interface, int family, uint16_t port) {
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
    return GiveUp(fd);
  }
  return fd;
}

int OpenSender(uint32_t interface, const SocketAddress& local) {
  int family = local.storage.ss_family;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  SocketAddress from = local;
  AddScope(&from, interface);
  if (HearNothing(fd) != 0 || BindTo(fd, interface) != 0 || SetOutgoing(fd, family) != 0 ||
      bind(fd, from.generic(), from.size) != 0) {
    return GiveUp(fd);
  }
  return fd;
}

void AddScope(SocketAddress* address, uint32_t interface) {
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address->storage);
  if (address->storage.ss_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) v6->sin6_scope_id = interface;
}

bool ReceiveTold(int ear, Told* told) {
  Received<kAgeRoom + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))> received;
  // MSG_TRUNC: the length on the wire, also where it is more than there is room for.
  ssize_t size = received.Take(ear, told->bytes, sizeof told->bytes, &told->from.storage, MSG_TRUNC);
  if (size < 0) return false;
  told->length = static_cast<size_t>(size);
  told->size = told->length < sizeof told->bytes ? told->length : sizeof told->bytes;
  told->age = received.Age();
  ReadDetails(received.message(), told);
  return true;
}
