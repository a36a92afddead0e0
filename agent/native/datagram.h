// UDP sockets and their addresses, for the nouns that send on them.
#pragma once

#include <sys/socket.h>

#include "values.h"
#include "watched.h"

struct SocketAddress {
  sockaddr_storage storage;
  socklen_t size;

  // Reads the address (4 or 16 bytes) at `index` and the port behind it. False after a TypeError.
  bool Read(napi_env env, const Arguments& arguments, size_t index);
  napi_value Text(napi_env env) const;
  uint16_t Port() const;
  const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A UDP socket on one interface that tells how old what it hears is, or -1 with errno.
int OpenDatagram(const SocketAddress& address, uint32_t interface);

// Never waits. 0 or the errno, of this datagram and not of an earlier one.
int SendDatagram(int fd, const SocketAddress& to, const uint8_t* bytes, size_t size);

// The socket behind a handle of datagramOpen, or nullptr after a TypeError.
Watched* DatagramFrom(const Arguments& arguments, napi_env env, size_t index);
