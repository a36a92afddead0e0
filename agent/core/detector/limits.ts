/** No packet of the detector is longer: it has to fit one Ethernet frame with IPv6 and UDP headers, and a tunnel's. */
export const maxPacket = 1_200
