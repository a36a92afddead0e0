import { BlockList, connect, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import type { Network } from "../world.ts"

/** The network as this machine sees it. */
export const realNetwork: Network = {
  isLocal: address => {
    const family = isIPv6(address) ? "ipv6" : "ipv4"
    return Object.values(networkInterfaces())
      .flatMap(addresses => addresses ?? [])
      .some(({ cidr, internal }) => {
        if (cidr === null || internal) return false
        const [base = "", length = ""] = cidr.split("/")
        if (isIPv6(base) !== (family === "ipv6")) return false
        const subnet = new BlockList()
        subnet.addSubnet(base, Number(length), family)
        return subnet.check(address, family)
      })
  },
  reach: (address, port, timeoutMs) =>
    new Promise(resolve => {
      const socket = connect({ host: address, port })
      const end = (reached: "answered" | "refused" | "silent") => {
        socket.destroy()
        resolve(reached)
      }
      socket.setTimeout(timeoutMs, () => end("silent"))
      socket.once("connect", () => end("answered"))
      socket.once("error", (error: Error & { code?: string }) =>
        end(error.code === "ECONNREFUSED" ? "refused" : "silent"),
      )
    }),
}
