import { ByteReader, ByteWriter } from "../../net/bytes.ts"
import type { Family } from "./family.ts"
import { bad, good, type Read } from "./fault.ts"

/**
 * What a speaker says it can do (RFC 5492 section 4), each code, length (1 byte each) and value:
 *
 *   1  multiprotocol           RFC 4760   AFI (2), reserved (1), SAFI (1)
 *   2  route refresh           RFC 2918   -
 *   5  extended next hop       RFC 8950   AFI (2), SAFI (2), AFI of next hops (2), repeated
 *   6  extended message        RFC 8654   -
 *   64 graceful restart        RFC 4724   R, N (RFC 8538), 2 reserved bits, time (12 bits), then AFI (2), SAFI (1), F and 7 bits
 *   65 four-octet AS number    RFC 6793   AS (4)
 *   70 enhanced route refresh  RFC 7313   -
 */
export type Capability =
  | { readonly kind: "multiprotocol"; readonly family: Family }
  | { readonly kind: "route-refresh" }
  | { readonly kind: "extended-next-hop"; readonly entries: readonly NextHopEncoding[] }
  | { readonly kind: "extended-message" }
  | ({ readonly kind: "graceful-restart" } & GracefulRestart)
  | { readonly kind: "four-octet-as"; readonly asn: number }
  | { readonly kind: "enhanced-route-refresh" }
  | { readonly kind: "other"; readonly code: number; readonly value: Uint8Array }

/** Routes of `family` may have next hops of the address family `nextHop` (an AFI). SAFI is 16 bits wide here. */
export type NextHopEncoding = { readonly family: Family; readonly nextHop: number }

export type GracefulRestart = {
  /** The R bit: the speaker has just restarted. */
  readonly restarting: boolean
  /** The N bit of RFC 8538: a NOTIFICATION other than Hard Reset keeps the routes too. */
  readonly notification: boolean
  /** Seconds until the session is up again, 0..4095. */
  readonly time: number
  /** Families that are kept over a restart; `forwarding` is the F bit: packets were forwarded all the while. */
  readonly families: readonly { readonly family: Family; readonly forwarding: boolean }[]
}

export const capabilityCodes = {
  multiprotocol: 1,
  "route-refresh": 2,
  "extended-next-hop": 5,
  "extended-message": 6,
  "graceful-restart": 64,
  "four-octet-as": 65,
  "enhanced-route-refresh": 70,
} as const

/** Code, length and value of one capability. Its value has at most 255 bytes; more throws a RangeError. */
export const encodeCapability = (capability: Capability): Uint8Array => {
  const value = capabilityValue(capability)
  const code = capability.kind === "other" ? capability.code : capabilityCodes[capability.kind]
  return new ByteWriter(2 + value.length).u8(code).u8(value.length).raw(value).finish()
}

const capabilityValue = (capability: Capability): Uint8Array => {
  const writer = new ByteWriter(512)
  switch (capability.kind) {
    case "multiprotocol":
      writer.u16(capability.family.afi).u8(0).u8(capability.family.safi)
      break
    case "extended-next-hop":
      for (const { family, nextHop } of capability.entries) writer.u16(family.afi).u16(family.safi).u16(nextHop)
      break
    case "graceful-restart": {
      const { restarting, notification, time, families } = capability
      if (time > 0xfff) throw new RangeError(`a restart time has 12 bits, not ${time}`)
      writer.u16((restarting ? 0x8000 : 0) | (notification ? 0x4000 : 0) | time)
      for (const { family, forwarding } of families)
        writer
          .u16(family.afi)
          .u8(family.safi)
          .u8(forwarding ? 0x80 : 0)
      break
    }
    case "four-octet-as":
      writer.u32(capability.asn)
      break
    case "other":
      writer.raw(capability.value)
      break
    default:
  }
  return writer.finish()
}

/**
 * The capabilities of one optional parameter. One whose length does not fit its code makes the parameter malformed (RFC 4271
 * section 6.2: subcode 0); codes that are not known are kept as they are and ignored later (RFC 5492 section 3).
 */
export const decodeCapabilities = (bytes: Uint8Array): Read<readonly Capability[]> => {
  const reader = new ByteReader(bytes)
  const found: Capability[] = []
  while (reader.left > 0) {
    const code = reader.u8()
    const value = reader.raw(reader.u8())
    if (!reader.whole) return bad("open-parameter-form")
    const capability = decodeCapability(code, value)
    if (capability === undefined) return bad("open-parameter-form")
    found.push(capability)
  }
  return good(found)
}

const decodeCapability = (code: number, value: Uint8Array): Capability | undefined => {
  const reader = new ByteReader(value)
  switch (code) {
    case capabilityCodes.multiprotocol: {
      const afi = reader.u16()
      reader.u8()
      return value.length === 4 ? { kind: "multiprotocol", family: { afi, safi: reader.u8() } } : undefined
    }
    case capabilityCodes["route-refresh"]:
      return value.length === 0 ? { kind: "route-refresh" } : undefined
    case capabilityCodes["extended-next-hop"]: {
      if (value.length % 6 !== 0) return undefined
      const entries: NextHopEncoding[] = []
      while (reader.left > 0) {
        const family = { afi: reader.u16(), safi: reader.u16() }
        entries.push({ family, nextHop: reader.u16() })
      }
      return { kind: "extended-next-hop", entries }
    }
    case capabilityCodes["extended-message"]:
      return value.length === 0 ? { kind: "extended-message" } : undefined
    case capabilityCodes["graceful-restart"]:
      return decodeGracefulRestart(reader)
    case capabilityCodes["four-octet-as"]:
      return value.length === 4 ? { kind: "four-octet-as", asn: reader.u32() } : undefined
    case capabilityCodes["enhanced-route-refresh"]:
      return value.length === 0 ? { kind: "enhanced-route-refresh" } : undefined
    default:
      return { kind: "other", code, value: value.slice() }
  }
}

/** Reserved bits are not looked at (RFC 4724 section 3). */
const decodeGracefulRestart = (reader: ByteReader): Capability | undefined => {
  if (reader.left < 2 || (reader.left - 2) % 4 !== 0) return undefined
  const flags = reader.u16()
  const families: GracefulRestart["families"][number][] = []
  while (reader.left > 0) {
    const family = { afi: reader.u16(), safi: reader.u8() }
    families.push({ family, forwarding: (reader.u8() & 0x80) !== 0 })
  }
  return {
    kind: "graceful-restart",
    restarting: (flags & 0x8000) !== 0,
    notification: (flags & 0x4000) !== 0,
    time: flags & 0xfff,
    families,
  }
}
