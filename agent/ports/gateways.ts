import { readFileSync } from "node:fs"

/** The address of the default gateway behind each interface that has one, by the interface's name. */
export type ReadGateways = () => ReadonlyMap<string, string>

/** RTF_UP and RTF_GATEWAY of linux/route.h. */
const throughGateway = 0x3
const mostLines = 4_096

/** IPv4 routes as proc(5) shows them. None where they cannot be read: a gateway is one more station to ask, no more. */
export const kernelGateways: ReadGateways = () => {
  try {
    return gatewaysIn(readFileSync("/proc/net/route", "utf8"))
  } catch (error) {
    if (error instanceof Error && "code" in error) return new Map()
    throw error
  }
}

/** Numbers are hexadecimal and in the machine's byte order, which is little-endian wherever the agent runs. */
export const gatewaysIn = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const line of text.split("\n").slice(1, mostLines)) {
    const [name = "", destination, gateway = "", flags = "0"] = line.trim().split(/\s+/)
    const isDefault = destination === "00000000" && (Number.parseInt(flags, 16) & throughGateway) === throughGateway
    if (!isDefault || !/^[0-9A-Fa-f]{8}$/.test(gateway) || found.has(name)) continue
    const bytes = [6, 4, 2, 0].map(at => Number.parseInt(gateway.slice(at, at + 2), 16))
    found.set(name, bytes.join("."))
  }
  return found
}
