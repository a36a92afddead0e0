// A packet as recvmsg tells it: its bytes, its sender, and what the kernel knows beside them.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>

#include "age.h"

// `kRoom`: for all control messages that the socket was asked for.
template <size_t kRoom = kAgeRoom>
class Received {
 public:
  // Never waits. The size, or -1 with errno.
  template <typename Sender>
  ssize_t Take(int fd, void* bytes, size_t most, Sender* from, int flags = 0) {
    iovec part = {bytes, most};
    message_ = {};
    message_.msg_name = from;
    message_.msg_namelen = sizeof *from;
    message_.msg_iov = &part;
    message_.msg_iovlen = 1;
    message_.msg_control = control_;
    message_.msg_controllen = sizeof control_;
    return recvmsg(fd, &message_, MSG_DONTWAIT | flags);
  }
  // Microseconds, as AgeOf.
  double Age() { return AgeOf(&message_); }
  // For the control messages alone.
  msghdr* message() { return &message_; }

 private:
  msghdr message_;
  alignas(cmsghdr) char control_[kRoom];
};
