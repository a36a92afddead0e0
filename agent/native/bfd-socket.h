// The sockets that BFD's control packets are heard and sent on. What opens one gives the descriptor, or -1 with errno.
#pragma once

#include <cstdint>

#include "bfd-told.h"
#include "datagram.h"

// A port on one interface, or on all (0).
int OpenEar(uint32_t interface, int family, uint16_t port);
// Sends from `local`, with the TTL that single hops demand, and hears nothing. An interface of 0: as the kernel routes it.
int OpenSender(uint32_t interface, const SocketAddress& local);
// Names the interface that a link-local address is on.
void AddScope(SocketAddress* address, uint32_t interface);
// The next packet that an ear heard, with what the kernel says of it. False where none is left.
bool ReceiveTold(int ear, Told* told);
