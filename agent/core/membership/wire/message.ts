/** The first byte of every message (protocol versions 1 to 5). */
export const messageTypes = {
  ping: 0,
  "indirect-ping": 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  "push-pull": 6,
  compound: 7,
  user: 8,
  compressed: 9,
  encrypted: 10,
  nack: 11,
  checksum: 12,
  error: 13,
  label: 244,
} as const

/** Where an answer is to go; absent in messages of old versions. */
export type Source = { readonly address: Uint8Array; readonly port: number; readonly name: string }

export type Ping = {
  readonly kind: "ping"
  readonly sequence: number
  /** Whom the sender takes the receiver for; "" for anybody. */
  readonly node: string
  readonly source: Source | undefined
}

export type IndirectPing = {
  readonly kind: "indirect-ping"
  readonly sequence: number
  readonly target: Uint8Array
  /** 0 where the sender speaks protocol version 1: the receiver's own port is meant. */
  readonly port: number
  readonly node: string
  /** The sender wants to hear when the target stays silent. */
  readonly nack: boolean
  readonly source: Source | undefined
}

export type Ack = { readonly kind: "ack"; readonly sequence: number; readonly payload: Uint8Array }
export type Nack = { readonly kind: "nack"; readonly sequence: number }

/** `from` accuses `node` of being dead; told on by everybody, with the accuser's name kept. */
export type Suspect = {
  readonly kind: "suspect"
  readonly incarnation: number
  readonly node: string
  readonly from: string
}

/** `from` declares `node` dead; where both are the same, the node says that it leaves. */
export type Dead = {
  readonly kind: "dead"
  readonly incarnation: number
  readonly node: string
  readonly from: string
}

export type Alive = {
  readonly kind: "alive"
  readonly incarnation: number
  readonly node: string
  /** 4 or 16 bytes, kept as they came: the library compares them byte for byte. */
  readonly address: Uint8Array
  readonly port: number
  readonly meta: Uint8Array
  /** Protocol least, most, spoken; delegate least, most, spoken. Empty or shorter from versions that did not have it. */
  readonly versions: Uint8Array
}

/** What one node believes of another, as told in a push/pull. */
export type NodeRecord = Omit<Alive, "kind"> & { readonly state: RecordState }

export const recordStates = ["alive", "suspect", "dead", "left"] as const
export type RecordState = (typeof recordStates)[number]

/** Everything that one node knows; on streams only. */
export type PushPull = {
  readonly kind: "push-pull"
  readonly join: boolean
  readonly records: readonly NodeRecord[]
  readonly userState: Uint8Array
}

export type User = { readonly kind: "user"; readonly payload: Uint8Array }
/** The peer could not read what we sent it on a stream. */
export type ErrorMessage = { readonly kind: "error"; readonly text: string }

export type PacketMessage = Ping | IndirectPing | Ack | Nack | Suspect | Dead | Alive | User
export type StreamMessage = Ping | Ack | PushPull | User | ErrorMessage
export type Message = PacketMessage | StreamMessage
