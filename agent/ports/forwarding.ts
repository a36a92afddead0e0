import { readFileSync } from "node:fs"

/**
 * Whether the kernel forwards IPv4 that comes in on the interface, which is what returns a neighbour's BFD echo packets.
 * undefined where that cannot be read.
 */
export type Forwards = (interfaceName: string) => boolean | undefined

export const kernelForwards: Forwards = interfaceName => {
  try {
    return readFileSync(`/proc/sys/net/ipv4/conf/${interfaceName}/forwarding`, "utf8").trim() === "1"
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined
    throw error
  }
}
