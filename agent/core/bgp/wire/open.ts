import { ByteReader, ByteWriter } from "../../net/bytes.ts"
import { type Capability, decodeCapabilities, encodeCapability } from "./capability.ts"
import { bad, good, type Read } from "./fault.ts"
import { encodeMessage, headerLength, messageLimit } from "./message.ts"

/**
 * OPEN (RFC 4271 section 4.2), behind the header:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+-------------------------------+---------------+
 *   |  version = 4  |     AS number (2 bytes)       |  hold time ...
 *   +---------------+-------------------------------+---------------+
 *   |  ... seconds  |           BGP identifier (4 bytes)        ...
 *   +---------------+-----------------------------------------------+
 *   |  ...          | length of opts|  type, length, value, ...
 *   +---------------+---------------+-------------------------------+
 *
 * RFC 9072: where the options are longer than 255 bytes, length and first type are 255, the true length follows in two bytes,
 * and each option has a length of two bytes.
 */
export type Open = {
  /** 0..65535 as in the header of the message; 23456 (AS_TRANS) where the true one does not fit (RFC 6793 section 4.1). */
  readonly asn: number
  /** Seconds: 0, or 3..65535. */
  readonly holdTime: number
  /** 1..2^32-1 (RFC 6286 section 2.1). */
  readonly identifier: number
  readonly capabilities: readonly Capability[]
}

export const version = 4
/** RFC 6793 section 9. */
export const asTrans = 23456

const parameterTypes = { capabilities: 2, extendedLength: 255 } as const

/** The AS number that fits the two bytes of the header. */
export const shortAsn = (asn: number): number => (asn > 0xffff ? asTrans : asn)

/** The true AS number of the sender: the capability's where there is one. */
export const asnOf = ({ asn, capabilities }: Open): number =>
  capabilities.findLast(capability => capability.kind === "four-octet-as")?.asn ?? asn

export const encodeOpen = ({ asn, holdTime, identifier, capabilities }: Open): Uint8Array => {
  const writer = new ByteWriter(messageLimit.standard - headerLength)
  writer.u8(version).u16(asn).u16(holdTime).u32(identifier)
  const encoded = capabilities.map(encodeCapability)
  const length = encoded.reduce((sum, { length }) => sum + length, 0)
  const { capabilities: type, extendedLength } = parameterTypes
  if (length === 0) writer.u8(0)
  else if (length <= 253)
    writer
      .u8(length + 2)
      .u8(type)
      .u8(length)
  else
    writer
      .u8(extendedLength)
      .u8(extendedLength)
      .u16(length + 3)
      .u8(type)
      .u16(length)
  for (const capability of encoded) writer.raw(capability)
  return encodeMessage("open", writer.finish())
}

/** The body of an OPEN message, 10 bytes or more. What depends on who the peer should be is not judged here. */
export const decodeOpen = (body: Uint8Array): Read<Open> => {
  const reader = new ByteReader(body)
  // The largest version that is understood here, in two bytes (RFC 4271 section 6.2).
  if (reader.u8() !== version) return bad("open-version", Uint8Array.of(0, version))
  const asn = reader.u16()
  const holdTime = reader.u16()
  const identifier = reader.u32()
  const parameters = decodeParameters(reader)
  if (!parameters.ok) return parameters
  const open: Open = { asn, holdTime, identifier, capabilities: parameters.value }
  // RFC 7607 section 2 for both places of the number.
  if (asn === 0 || asnOf(open) === 0) return bad("open-peer-as")
  if (holdTime === 1 || holdTime === 2) return bad("open-hold-time")
  if (identifier === 0) return bad("open-identifier")
  return good(open)
}

const decodeParameters = (reader: ByteReader): Read<readonly Capability[]> => {
  const length = reader.u8()
  if (!reader.whole) return bad("open-parameter-form")
  const bytes = reader.raw(reader.left)
  const [type] = bytes
  const extended = length !== 0 && type === parameterTypes.extendedLength
  // RFC 9072 section 2: any length but 0 is good then, and means nothing.
  if (!extended && bytes.length !== length) return bad("open-parameter-form")
  const inner = new ByteReader(extended ? bytes.subarray(1) : bytes)
  if (extended && inner.u16() !== inner.left) return bad("open-parameter-form")
  const found: Capability[] = []
  while (inner.left > 0) {
    const parameter = inner.u8()
    const value = inner.raw(extended ? inner.u16() : inner.u8())
    if (!inner.whole) return bad("open-parameter-form")
    if (parameter !== parameterTypes.capabilities) return bad("open-parameter-type")
    const capabilities = decodeCapabilities(value)
    if (!capabilities.ok) return capabilities
    found.push(...capabilities.value)
  }
  return inner.whole ? good(found) : bad("open-parameter-form")
}
