import { getSystemErrorMap } from "node:util"
import type { SocketFault } from "./packet-socket.ts"

/** Describes an errno as Node describes its own: "ENETDOWN: network is down, send(AF_PACKET)". */
export const faultOf = (errno: number, call: string): SocketFault => {
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, "unknown error"]
  return { code, message: `${code}: ${text}, ${call}` }
}
