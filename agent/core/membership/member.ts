import { addressOfBytes, type Endpoint } from "./endpoint.ts"
import type { Millis } from "./time.ts"
import { sameBytes } from "./wire/label.ts"
import type { Alive, NodeRecord, RecordState } from "./wire/message.ts"

/** What one node believes of another, or of itself. */
export type Member = {
  readonly name: string
  /** As the node tells it, 4 or 16 bytes: passed on unchanged, because the library compares it byte for byte. */
  readonly address: Uint8Array
  readonly endpoint: Endpoint
  readonly meta: Uint8Array
  /** The metadata carry the mark of our speakers. */
  readonly ours: boolean
  /** Six numbers: protocol least, most, spoken; delegate least, most, spoken. All zero where the node told none. */
  readonly versions: Uint8Array
  readonly incarnation: number
  readonly state: RecordState
  /** When `state` was entered. */
  readonly since: Millis
}

/** Understood from 1 to 5; spoken is 2, as the library's default has it, for it stands for encryption version 1. */
export const ourVersions: Uint8Array = Uint8Array.of(1, 5, 2, 0, 0, 0)

/** Alive or suspect: counted as there until proven dead. */
export const isLive = (member: Member): boolean => member.state === "alive" || member.state === "suspect"

/** Versions from which a node understands TCP pings, answers "nack", and reads checksums. */
export const speaks = (member: Member, feature: "tcp-ping" | "nack" | "checksum"): boolean =>
  (member.versions[1] ?? 0) >= { "tcp-ping": 3, nack: 4, checksum: 5 }[feature]

export const aliveOf = (member: Member): Alive => ({
  kind: "alive",
  incarnation: member.incarnation,
  node: member.name,
  address: member.address,
  port: member.endpoint.port,
  meta: member.meta,
  versions: member.versions,
})

export const recordOf = (member: Member): NodeRecord => {
  const { kind: _, ...told } = aliveOf(member)
  return { ...told, state: member.state }
}

/** True where the message tells the same place; IPv4 and IPv4-mapped are the same. */
export const samePlace = (member: Member, alive: Omit<Alive, "kind">): boolean =>
  member.endpoint.port === alive.port &&
  (sameBytes(member.address, alive.address) || member.endpoint.address === addressOfBytes(alive.address))
