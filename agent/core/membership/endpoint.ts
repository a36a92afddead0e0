import { addressBytes } from "../ip/bytes.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"

/** Where a node is reached by UDP and TCP. `address` is canonical text: dotted decimal, or RFC 5952. */
export type Endpoint = { readonly address: string; readonly port: number }

/** Key for maps and text for people: "10.0.0.1:7946", "[fd00::1]:7946". */
export const endpointKey = ({ address, port }: Endpoint): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`

/** 4 or 16 bytes as they stand on the wire; an IPv4-mapped IPv6 address is the IPv4 address. Undefined for other lengths. */
export const addressOfBytes = (bytes: Uint8Array): string | undefined => {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  const mapped = bytes.length === 16 && value >> 32n === 0xffffn
  return bytes.length === 4 || mapped
    ? formatAddress({ family: "IPv4", value: value & 0xffff_ffffn })
    : formatAddress({ family: "IPv6", value })
}

/** The shortest wire form of an address, and its canonical text; undefined where the text is no address. */
export const bytesOfAddress = (text: string): { readonly bytes: Uint8Array; readonly address: string } | undefined => {
  const address = parseAddress(text)
  if (address === undefined) return undefined
  return { bytes: addressBytes(address), address: formatAddress(address) }
}
