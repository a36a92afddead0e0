import type { IpFamily } from "../model.ts"
import { type Address, bitsOf } from "./address.ts"

/** 4 or 16 bytes in network order. */
export const addressBytes = ({ family, value }: Address): Uint8Array => {
  const bytes = new Uint8Array(bitsOf(family) / 8)
  const view = new DataView(bytes.buffer)
  if (family === "IPv4") view.setUint32(0, Number(value))
  else {
    view.setBigUint64(0, value >> 64n)
    view.setBigUint64(8, value & 0xffffffffffffffffn)
  }
  return bytes
}

/** The address that the first 4 or 16 bytes say. The caller has looked whether they are there. */
export const addressOf = (bytes: Uint8Array, family: IpFamily): Address => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (family === "IPv4") return { family, value: BigInt(view.getUint32(0)) }
  return { family, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) }
}
