// One BFD session as the thread sees it: a socket to send on, what to send and how often, and how long silence may last.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bfd-echo.h"
#include "bfd-pace.h"
#include "datagram.h"

constexpr size_t kControlPacket = 24;

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
