import type { Address } from "../ip/address.ts"
import { arrived } from "./arrival.ts"
import { accept, assemble, drop, ifEqual, label, loadByte, loadHalf, loadWord, next, type Program } from "./program.ts"

const udp = 17
/** Its destination port (RFC 5881 section 4). */
const echoPort = 3785
/** Headers without options and the 16 bytes of an echo take 58. */
const acceptedBytes = 128

/**
 * Lets through BFD's echo packets of our own that came back: IPv4 without options from and to our address, UDP, TTL 254,
 * since the peer took one off. An IPv6 address lets nothing through.
 */
export const echoFilter = (own: Address): Program => {
  if (own.family !== "IPv4") return assemble([drop])
  const address = Number(own.value)
  return assemble([
    ...arrived(0x0800, "drop"),
    loadByte(14),
    ifEqual(0x45, next, "drop"),
    loadByte(22),
    ifEqual(254, next, "drop"),
    loadByte(23),
    ifEqual(udp, next, "drop"),
    loadWord(26),
    ifEqual(address, next, "drop"),
    loadWord(30),
    ifEqual(address, next, "drop"),
    loadHalf(36),
    ifEqual(echoPort, next, "drop"),
    accept(acceptedBytes),
    label("drop"),
    drop,
  ])
}
