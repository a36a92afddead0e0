import type { SigningCrypto } from "../crypto.ts"
import { type DetectorMessage, decodeMessage, encodeMessage } from "../detector/message.ts"
import { openPacket, type PacketFault, packetTypes, sealPacket } from "../detector/packet.ts"
import type { LinkId, NodeName, Peer } from "../detector/peer.ts"
import { acceptOnce, forget, highestOf, nothingSeen, type Seen, takenUpTo } from "../detector/replay.ts"
import { decodeOwnership, encodeOwnership, type OwnershipMessage } from "./message.ts"

/** What it takes to write and read packets: keys, own counts, and what was read already. */
export type Mailbox = {
  readonly self: NodeName
  readonly boot: number
  /** The first one signs, all of them open (`detectorKey`); at most 4. */
  readonly keys: readonly Uint8Array[]
  readonly sequence: number
  readonly seen: Seen
}

export type Mail = DetectorMessage | OwnershipMessage

/** A process that sends heartbeats on a link. */
export type HeartbeatsOf = { readonly from: NodeName; readonly boot: number; readonly link: LinkId }

export type OpenedMail =
  | {
      readonly ok: true
      readonly next: Mailbox
      readonly from: NodeName
      readonly boot: number
      readonly link: LinkId
      readonly message: Mail
    }
  | { readonly ok: false; readonly fault: PacketFault }

/** `boot` is the start of this process in milliseconds since the epoch, which the mark tells the others too. */
export const newMailbox = (self: NodeName, boot: number, keys: readonly Uint8Array[]): Mailbox => ({
  self,
  boot,
  keys,
  sequence: 0,
  seen: nothingSeen,
})

/** Signs a message about a link. */
export const sealMail = (
  box: Mailbox,
  link: LinkId,
  message: Mail,
  crypto: SigningCrypto,
): { readonly next: Mailbox; readonly bytes: Uint8Array } => {
  const { type, body } =
    message.type === "claims" || message.type === "ack" || message.type === "query"
      ? encodeOwnership(message)
      : encodeMessage(message)
  const sequence = box.sequence + 1
  const header = { from: box.self, boot: box.boot, sequence, link, type }
  const bytes = sealPacket(header, body, box.keys[0] ?? new Uint8Array(), crypto)
  return { next: { ...box, sequence }, bytes }
}

/** Reads a packet of a known peer, once. */
export const openMail = (
  box: Mailbox,
  bytes: Uint8Array,
  peers: ReadonlyMap<NodeName, Peer>,
  crypto: SigningCrypto,
): OpenedMail => {
  const opened = openPacket(bytes, name => peers.has(name), box.keys, crypto)
  if (!opened.ok) return opened
  const { header, body } = opened
  const own = header.type >= packetTypes.claims
  const message = own ? decodeOwnership(header.type, body) : decodeMessage(header.type, body)
  if (message === undefined) return { ok: false, fault: "body" }
  const accepted = acceptOnce(box.seen, header, peers.get(header.from)?.boot)
  if (!accepted.ok) return accepted
  const { from, boot, link } = header
  return { ok: true, next: { ...box, seen: accepted.seen }, from, boot, link, message }
}

/** The heartbeats of a process on a link up to `sequence` were taken by the thread that hears them. */
export const heartbeatsTaken = (box: Mailbox, beats: HeartbeatsOf, sequence: number): Mailbox => ({
  ...box,
  seen: takenUpTo(box.seen, { ...beats, sequence, type: packetTypes.heartbeat }),
})

/** The sequence of the last heartbeat that was taken; 0: none. */
export const lastHeartbeat = (box: Mailbox, beats: HeartbeatsOf): number =>
  highestOf(box.seen, { ...beats, type: packetTypes.heartbeat })

/** Forgets what was read from nodes that are no peers any more. */
export const tidyMail = (box: Mailbox, peers: ReadonlyMap<NodeName, Peer>): Mailbox => ({
  ...box,
  seen: forget(box.seen, node => peers.has(node)),
})
