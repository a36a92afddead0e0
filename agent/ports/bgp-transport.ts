import type { Address } from "../core/ip/address.ts"
import type { IpFamily } from "../core/model.ts"

/** The ends of a TCP connection. */
export type StreamEnds = { readonly local: Address; readonly remote: Address }

/** What comes of a connection. After `closed` nothing comes any more, nor after the connection was given up from this side. */
export type StreamListener = {
  readonly received: (bytes: Uint8Array) => void
  /** What was sent last waits in the process; until `drained` the sender should send as little as it can. */
  readonly congested: () => void
  readonly drained: () => void
  /** `code`: the errno's name, "" where the other side closed in order; `message`: the kernel's words. */
  readonly closed: (code: string, message: string) => void
}

export type DialListener = StreamListener & { readonly connected: (ends: StreamEnds) => void }

export type Stream = {
  readonly send: (bytes: Uint8Array) => void
  /** Lets go of it, and resolves, once everything is sent and the other side closed too, or after 2 s. */
  readonly finish: () => Promise<void>
  /** At once. */
  readonly abort: () => void
}

export type DialRequest = {
  readonly to: Address
  readonly port: number
  /** undefined: as the kernel chooses. */
  readonly from: Address | undefined
  /** Interface or VRF device. */
  readonly device: string | undefined
  /** Least TTL or hop limit of what is taken (RFC 5082), 1..255; undefined: any. What is sent has 255. */
  readonly leastTtl: number | undefined
  /** At most 80 bytes (RFC 2385); undefined: none. */
  readonly password: Uint8Array | undefined
}

/** A connection that another host opened; it is read only once it is taken. */
export type Caller = StreamEnds & {
  /** The interface, where its address is link-local. */
  readonly device: string | undefined
  /**
   * Takes only packets with this TTL or hop limit, or more, from now on (RFC 5082). Says why it is to be refused where the first one came
   * with less, or nobody knows with how much; undefined where all is well.
   */
  readonly secure: (leastTtl: number) => string | undefined
  readonly take: (listener: StreamListener) => Stream
  readonly refuse: () => void
}

export type BgpEar = {
  /** Segments from this address are taken only if signed with the password; undefined: only unsigned ones. Throws an Error with `code`. */
  readonly setPassword: (peer: Address, password: Uint8Array | undefined) => void
  readonly close: () => void
}

export type EarRequest = {
  readonly family: IpFamily
  readonly port: number
  /** VRF device; undefined: the default one. */
  readonly device: string | undefined
  readonly called: (caller: Caller) => void
  /** It does not listen any more. */
  readonly failed: (message: string) => void
}

/** TCP connections as BGP needs them. */
export type BgpTransport = {
  /** Exactly one of `connected` and `closed` follows, later than the return of this call. */
  readonly dial: (request: DialRequest, listener: DialListener) => Stream
  /** Throws an Error with `code`: EADDRINUSE where another program has the port, EACCES where it takes a capability. */
  readonly listen: (request: EarRequest) => BgpEar
}
