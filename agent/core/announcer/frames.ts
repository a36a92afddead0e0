import { gratuitous, writeArp } from "../arp/packet.ts"
import type { Address } from "../ip/address.ts"
import { tellAll } from "../ndp/advertise.ts"
import { writeNdp } from "../ndp/packet.ts"
import type { Mac } from "../net/mac.ts"

/** The frames that tell a link where an address is: two of ARP (RFC 5227 section 3), one neighbour advertisement (RFC 4861 section 7.2.6). */
export const announcementOf = (address: Address, mac: Mac): readonly Uint8Array[] =>
  address.family === "IPv4"
    ? gratuitous(Number(address.value), mac).map(writeArp)
    : [writeNdp(tellAll(address.value, mac))]
