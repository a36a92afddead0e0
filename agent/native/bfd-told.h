// What BFD's thread tells the event loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "allowance.h"
#include "datagram.h"

struct Told {
  enum class Kind { kPacket = 0, kSilent = 1, kEchoLost = 2, kEchoReturned = 3 };
  Kind kind;
  // Of a packet, which ear heard it; otherwise the session's discriminator.
  uint32_t which;
  // Microseconds since it happened; for silence, since the last sign of life.
  double age;
  uint8_t bytes[64];
  size_t size;
  // On the wire.
  size_t length;
  SocketAddress from;
  SocketAddress to;
  uint32_t interface;
  uint8_t ttl;
};

// What waits for the event loop. Whoever uses it holds the thread's lock.
class Mailbox {
 public:
  // `bounded`: of what other hosts cause, only so much gets through. False where it was dropped.
  bool Put(const Told& told, bool bounded);
  // All of it.
  std::vector<Told> Take();
  void Clear() { queue_.clear(); }

 private:
  // BOUNDED by kQueueMax packets, and two events a line.
  std::vector<Told> queue_;
  size_t packets_ = 0;
  Allowance allowance_;

  static constexpr size_t kQueueMax = 256;
};
