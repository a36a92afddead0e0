import { type CipherVersion, cipherOverhead } from "./cipher.ts"
import { labelHeader } from "./label.ts"

/** How everything that one node sends is wrapped, and what it accepts. */
export type Envelope = {
  /** Names the cluster in the clear; "" for none. At most 255 bytes. */
  readonly label: string
  /** Keys of 16, 24 or 32 bytes, the one to encrypt with first; none switches encryption off. BOUNDED: a few during a rotation. */
  readonly keys: readonly Uint8Array[]
  /** Version 1 except towards clusters that speak protocol version 1. */
  readonly cipherVersion: CipherVersion
  /** Refuse what is not encrypted although keys are set. */
  readonly verifyIncoming: boolean
  /** Encrypt although the cluster may not be ready for it; off only while encryption is being introduced. */
  readonly verifyOutgoing: boolean
  readonly compression: boolean
}

/** True where what is sent gets encrypted. */
export const encrypts = (envelope: Envelope): boolean => envelope.keys.length > 0 && envelope.verifyOutgoing

/** Bytes that the envelope adds to a packet at most. */
export const envelopeOverhead = (envelope: Envelope): number =>
  labelHeader(envelope.label).length + (encrypts(envelope) ? cipherOverhead(envelope.cipherVersion) : 0)
