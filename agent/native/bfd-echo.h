// Echo packets: sent to the peer's MAC with our own address as source and destination, so that its kernel or its hardware
// forwards them back. RFC 5880 section 6.4, RFC 5881 section 4. IPv4 on Ethernet.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>

#include "values.h"

// Ethernet, IPv4 and UDP headers and 16 bytes of our own.
constexpr size_t kEchoFrame = 58;

class Echo {
 public:
  // Opens a packet socket on the interface behind `filter`. 0 or the errno.
  int Open(uint32_t interface, const sockaddr_in& local, const sockaddr_in& peer, uint32_t discriminator,
           const Bytes& filter);
  void Close();
  int fd() const { return fd_; }
  // 0 or the errno: ENXIO while the kernel does not know the peer's MAC.
  int Send();
  // Takes one frame off the socket. 1: an echo of ours came back, 0: something else did, -1: nothing to read. `age`:
  // microseconds since it came.
  int Receive(double* age);

 private:
  bool FindPeer(uint8_t* mac) const;
  bool IsOurs(const uint8_t* frame, size_t size);
  int fd_ = -1;
  // For questions to the kernel about interfaces and neighbours.
  int ask_ = -1;
  char name_[16] = {};
  sockaddr_in local_ = {};
  sockaddr_in peer_ = {};
  uint32_t discriminator_ = 0;
  uint32_t interface_ = 0;
  // Nobody else knows it: an echo that was not sent from here is none.
  uint64_t secret_ = 0;
  uint32_t sequence_ = 0;
  uint32_t returned_ = 0;
};
