// One BFD session as the thread sees it: a socket to send on, what to send and how often, and how long silence may last.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bfd-echo.h"
#include "datagram.h"

constexpr size_t kControlPacket = 24;

// Nanoseconds of CLOCK_MONOTONIC.
using Instant = int64_t;
constexpr Instant kNever = INT64_MAX;

// When something that is repeated is due: the interval less a random 10 to 25 % (RFC 5880 section 6.8.7).
class Pace {
 public:
  void Start(Instant interval, Instant now);
  void Stop() { interval_ = 0; }
  // Another interval, counted from when it was last done; at once if that time has passed (section 6.8.3).
  void Change(Instant interval, Instant now);
  // It was done at `now`. The next time counts from when it was due, so that delays do not add up, and is never sooner
  // than 75 % of the interval from now.
  void Done(Instant now);
  // It was done out of turn.
  void Restart(Instant now);
  Instant interval() const { return interval_; }
  Instant due() const { return interval_ == 0 ? kNever : due_; }

 private:
  Instant Gap() const;
  Instant interval_ = 0;
  Instant due_ = 0;
  Instant done_ = 0;
};

// Tells once that nothing was heard for some time.
struct Watch {
  Instant heard = 0;
  // 0: silence means nothing.
  Instant most = 0;
  bool told = false;
  Instant due() const { return most == 0 || told ? kNever : heard + most; }
};

struct LineCounts {
  double sent = 0, alike = 0, failed = 0, echoes_sent = 0, echoes_returned = 0, echoes_failed = 0;
  // Of the last datagram and the last echo that could not be sent; 0 once one could.
  int error = 0, echo_error = 0;
};

struct Line {
  uint32_t number = 0;
  // Ours, by which the peer's packets name this session.
  uint32_t discriminator = 0;
  uint32_t ear = 0;
  uint8_t lowest_ttl = 255;
  int fd = -1;
  SocketAddress peer = {};
  uint8_t packet[kControlPacket] = {};
  Pace pace;
  Watch watch;
  // The peer's last packet, while both sides are up.
  bool expects = false;
  uint8_t expected[kControlPacket] = {};
  // The event loop wants to see each packet.
  bool tell_all = false;
  Echo echo;
  Pace echo_pace;
  Watch echo_watch;
  LineCounts counts;
};
