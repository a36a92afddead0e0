const bytes = (text: string, separator: string, radix: number) =>
  text.split(separator).map(part => Number.parseInt(part, radix))

/** A broadcast ARP request (RFC 826) as hex, padded to the 60 bytes of the shortest Ethernet frame. */
export const arpRequest = (from: { readonly mac: string; readonly ip: string }, target: string): string => {
  const mac = bytes(from.mac, ":", 16)
  const header = [...Array(6).fill(0xff), ...mac, 0x08, 0x06]
  const packet = [
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    1,
    ...mac,
    ...bytes(from.ip, ".", 10),
    0,
    0,
    0,
    0,
    0,
    0,
    ...bytes(target, ".", 10),
  ]
  return Buffer.from([...header, ...packet, ...Array(18).fill(0)]).toString("hex")
}
