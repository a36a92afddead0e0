import { readFileSync } from "node:fs"
import { formatAddress } from "../core/ip/format.ts"

/** Next hops on each interface that has one, by the interface's name: those of default routes first, IPv4 before IPv6. */
export type ReadGateways = () => ReadonlyMap<string, readonly string[]>

/** RTF_UP and RTF_GATEWAY of linux/route.h. */
const throughGateway = 0x3
/** BOUNDED: a router with a full table is not read to its end, and more than a few next hops serve nobody. */
const mostLines = 4_096
const mostOfOne = 8

type Hop = { readonly name: string; readonly isDefault: boolean; readonly gateway: string }

/** Routes of both families as proc(5) shows them. None where they cannot be read: a router is one more station to ask, no more. */
export const kernelGateways: ReadGateways = () =>
  gatewaysIn(readOrNothing("/proc/net/route"), readOrNothing("/proc/net/ipv6_route"))

const readOrNothing = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    // No IPv6 in the kernel, or no /proc.
    if (error instanceof Error && "code" in error) return ""
    throw error
  }
}

/** From the texts of /proc/net/route and /proc/net/ipv6_route. */
export const gatewaysIn = (ipv4: string, ipv6: string): ReadonlyMap<string, readonly string[]> => {
  const hops = [...linesOf(ipv4).slice(1).flatMap(ipv4Hop), ...linesOf(ipv6).flatMap(ipv6Hop)]
  const found = new Map<string, string[]>()
  for (const wanted of [true, false])
    for (const { name, isDefault, gateway } of hops) {
      const known = found.get(name) ?? []
      if (isDefault !== wanted || known.includes(gateway) || known.length >= mostOfOne) continue
      found.set(name, [...known, gateway])
    }
  return found
}

const linesOf = (text: string) => text.split("\n", mostLines).map(line => line.trim().split(/\s+/))

/** Iface Destination Gateway Flags …: numbers are hexadecimal and in the machine's byte order, which is little-endian wherever the agent runs. */
const ipv4Hop = ([name = "", destination, gateway = "", flags = "0"]: readonly string[]): readonly Hop[] => {
  if (!usesGateway(flags) || !/^[0-9A-Fa-f]{8}$/.test(gateway)) return []
  const bytes = [6, 4, 2, 0].map(at => Number.parseInt(gateway.slice(at, at + 2), 16))
  return [{ name, isDefault: destination === "00000000", gateway: bytes.join(".") }]
}

/** Destination and its length, source and its length, next hop, metric, two counters, flags, interface: addresses in network order. */
const ipv6Hop = (fields: readonly string[]): readonly Hop[] => {
  const [, length, , , gateway = "", , , , flags = "0", name = ""] = fields
  if (!usesGateway(flags) || !/^[0-9A-Fa-f]{32}$/.test(gateway)) return []
  const address = formatAddress({ family: "IPv6", value: BigInt(`0x${gateway}`) })
  return [{ name, isDefault: length === "00", gateway: address }]
}

const usesGateway = (flags: string) => (Number.parseInt(flags, 16) & throughGateway) === throughGateway
