import type { Addon } from "../native/addon.ts"
import type { EchoSockets } from "./echo.ts"
import { addressBytes } from "./link-socket-native.ts"
import { faultOf } from "./socket-fault.ts"

/** Linux wants the protocol's number or none where other sockets have a port (ipv6(7)). */
const port = 58

/**
 * Raw ICMP sockets of Linux, through the addon: it opens sockets already, and the package raw-socket would be a second native build
 * beside it.
 */
export const nativeEchoSockets = (addon: Addon): EchoSockets => ({
  open: (family, received) => {
    let open = true
    const handle = addon.echoOpen(family === "IPv4" ? 4 : 6, (_, bytes, address = "") => {
      // An error of an earlier request: nobody is there, or no way leads there.
      if (open && bytes !== undefined) received(bytes, address)
    })
    return {
      send: (bytes, to) => {
        const errno = addon.datagramSend(handle, addressBytes(to), port, bytes)
        return errno === 0 ? undefined : faultOf(errno, "sendto(ICMP)")
      },
      close: () => {
        open = false
        addon.datagramClose(handle)
      },
    }
  },
})
