import type { SigningCrypto } from "../core/crypto.ts"
import type { LinkId, NodeName, Peer } from "../core/detector/peer.ts"
import {
  type HeartbeatsOf,
  heartbeatsTaken,
  lastHeartbeat,
  type Mail,
  newMailbox,
  type OpenedMail,
  openMail,
  sealMail,
  tidyMail,
} from "../core/ownership/mail.ts"

/** Signs what goes out and opens what comes in, each packet once. */
export type Post = {
  readonly seal: (link: LinkId, message: Mail) => Uint8Array
  readonly open: (bytes: Uint8Array, peers: ReadonlyMap<NodeName, Peer>) => OpenedMail
  /** Heartbeats up to that sequence were taken elsewhere. */
  readonly taken: (beats: HeartbeatsOf, sequence: number) => void
  readonly lastHeartbeat: (beats: HeartbeatsOf) => number
  readonly setKeys: (keys: readonly Uint8Array[]) => void
  /** Forgets what came from others than these. */
  readonly tidy: (peers: ReadonlyMap<NodeName, Peer>) => void
}

/** The mailbox of one process, which remembers what it has read. */
export const createPost = (
  { node, boot, keys }: { readonly node: NodeName; readonly boot: number; readonly keys: readonly Uint8Array[] },
  signing: SigningCrypto,
): Post => {
  let box = newMailbox(node, boot, keys)
  return {
    seal: (link, message) => {
      const { next, bytes } = sealMail(box, link, message, signing)
      box = next
      return bytes
    },
    open: (bytes, peers) => {
      const opened = openMail(box, bytes, peers, signing)
      if (opened.ok) box = opened.next
      return opened
    },
    taken: (beats, sequence) => {
      box = heartbeatsTaken(box, beats, sequence)
    },
    lastHeartbeat: beats => lastHeartbeat(box, beats),
    setKeys: next => {
      box = { ...box, keys: next }
    },
    tidy: peers => {
      box = tidyMail(box, peers)
    },
  }
}
