import type { Diagnostic } from "./diagnostic.ts"
import type { Micros } from "./time.ts"

/**
 * The BFD Control packet (RFC 5880 section 4.1), the payload of a UDP datagram:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *   | 1   |  diag   |sta|P|F|C|A|D|M|  detect mult  |    length     |
 *   +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *   |                       my discriminator                        |
 *   +---------------------------------------------------------------+
 *   |                      your discriminator                       |
 *   +---------------------------------------------------------------+
 *   |                    desired min TX interval                    |
 *   +---------------------------------------------------------------+
 *   |                   required min RX interval                    |
 *   +---------------------------------------------------------------+
 *   |                 required min echo RX interval                 |
 *   +---------------+---------------+-------------------------------+
 *   |   auth type   |   auth len    |   authentication data ...     |    only with A
 *   +---------------+---------------+-------------------------------+
 */
export type ControlPacket = {
  readonly diagnostic: Diagnostic
  readonly state: SessionState
  readonly poll: boolean
  readonly final: boolean
  /** C: the sender's BFD goes on when its control plane ends. */
  readonly controlPlaneIndependent: boolean
  readonly demand: boolean
  /** 1 to 255. */
  readonly detectMultiplier: number
  /** 1 to 2^32-1. */
  readonly myDiscriminator: number
  /** 0 while the sender has not heard from us. */
  readonly yourDiscriminator: number
  /** Each 0 to 2^32-1. */
  readonly desiredMinTx: Micros
  readonly requiredMinRx: Micros
  readonly requiredMinEchoRx: Micros
}

/** In the order of their numbers on the wire, 0 to 3. */
export const sessionStates = ["AdminDown", "Down", "Init", "Up"] as const

export type SessionState = (typeof sessionStates)[number]

/** Why bytes are no packet that may be looked at further: the rules of section 6.8.6 that need no session, in their order. */
export type PacketFault =
  | "shorter than a control packet"
  | "version is not 1"
  | "length is too small"
  | "length is more than the datagram has"
  | "detect multiplier is zero"
  | "multipoint bit is set"
  | "my discriminator is zero"

export type PacketReading =
  | {
      readonly ok: true
      readonly packet: ControlPacket
      /** Type of the authentication section (section 4.1), undefined where the A bit is clear. */
      readonly authenticationType: number | undefined
    }
  | { readonly ok: false; readonly fault: PacketFault }

export const controlPacketLength = 24
/** With an authentication section of which only type and length are there. */
const authenticatedMin = 26

const version = 1
const flag = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authenticated: 0x04,
  demand: 0x02,
  multipoint: 1,
}

/** Reads the payload of a datagram; what stands behind the packet's own length is not looked at. */
export const readControlPacket = (bytes: Uint8Array): PacketReading => {
  if (bytes.length < controlPacketLength) return fault("shorter than a control packet")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = view.getUint8(0)
  const second = view.getUint8(1)
  const length = view.getUint8(3)
  const has = (bit: number) => (second & bit) !== 0
  if (first >> 5 !== version) return fault("version is not 1")
  if (length < (has(flag.authenticated) ? authenticatedMin : controlPacketLength)) return fault("length is too small")
  if (length > bytes.length) return fault("length is more than the datagram has")
  if (view.getUint8(2) === 0) return fault("detect multiplier is zero")
  if (has(flag.multipoint)) return fault("multipoint bit is set")
  if (view.getUint32(4) === 0) return fault("my discriminator is zero")
  return {
    ok: true,
    packet: {
      diagnostic: first & 0x1f,
      state: sessionStates[second >> 6] ?? "AdminDown",
      poll: has(flag.poll),
      final: has(flag.final),
      controlPlaneIndependent: has(flag.controlPlaneIndependent),
      demand: has(flag.demand),
      detectMultiplier: view.getUint8(2),
      myDiscriminator: view.getUint32(4),
      yourDiscriminator: view.getUint32(8),
      desiredMinTx: view.getUint32(12),
      requiredMinRx: view.getUint32(16),
      requiredMinEchoRx: view.getUint32(20),
    },
    authenticationType: has(flag.authenticated) ? view.getUint8(24) : undefined,
  }
}

/** The 24 bytes of a packet without authentication. Throws a RangeError where a field does not hold its value. */
export const writeControlPacket = (packet: ControlPacket): Uint8Array => {
  const bytes = new Uint8Array(controlPacketLength)
  const view = new DataView(bytes.buffer)
  const bits =
    (packet.poll ? flag.poll : 0) |
    (packet.final ? flag.final : 0) |
    (packet.controlPlaneIndependent ? flag.controlPlaneIndependent : 0) |
    (packet.demand ? flag.demand : 0)
  view.setUint8(0, (version << 5) | within("diagnostic", packet.diagnostic, 0, 31))
  view.setUint8(1, (sessionStates.indexOf(packet.state) << 6) | bits)
  view.setUint8(2, within("detectMultiplier", packet.detectMultiplier, 1, 255))
  view.setUint8(3, controlPacketLength)
  view.setUint32(4, within("myDiscriminator", packet.myDiscriminator, 1, most))
  view.setUint32(8, within("yourDiscriminator", packet.yourDiscriminator, 0, most))
  view.setUint32(12, within("desiredMinTx", packet.desiredMinTx, 0, most))
  view.setUint32(16, within("requiredMinRx", packet.requiredMinRx, 0, most))
  view.setUint32(20, within("requiredMinEchoRx", packet.requiredMinEchoRx, 0, most))
  return bytes
}

const most = 2 ** 32 - 1

const within = (field: string, value: number, least: number, greatest: number): number => {
  if (Number.isInteger(value) && value >= least && value <= greatest) return value
  throw new RangeError(`${field} of a BFD packet is ${least} to ${greatest}, not ${value}`)
}

const fault = (name: PacketFault): PacketReading => ({ ok: false, fault: name })

const authenticationTypes = [
  "none",
  "Simple Password",
  "Keyed MD5",
  "Meticulous Keyed MD5",
  "Keyed SHA1",
  "Meticulous Keyed SHA1",
] as const

/** "Keyed SHA1", "type 9". */
export const authenticationText = (type: number): string => authenticationTypes[type] ?? `type ${type}`
