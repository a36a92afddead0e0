import type { Cidr } from "../../../agent/core/ip/cidr.ts"
import { address } from "../allocate/fixtures.ts"

/** Bytes of hexadecimal text; spaces and strokes separate fields, and "m" stands for the marker of a header. */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll("m", "ff".repeat(16)).replaceAll(/[\s|]/g, ""), "hex"))

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** Host bits must be zero. */
export const cidr = (written: string): Cidr => {
  const [base = "", length] = written.split("/")
  return { base: address(base), length: Number(length) }
}
