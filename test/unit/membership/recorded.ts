import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { PacketCrypto } from "../../../agent/core/crypto.ts"
import type { Envelope } from "../../../agent/core/membership/wire/envelope.ts"
import { membershipCrypto } from "../../../agent/ports/membership-crypto.ts"

/** What real nodes of the Go library put on the wire; made by `test/interop/memberlist`: `go run . record`. */
export type Recording = {
  readonly variant: string
  readonly spec: {
    readonly keys?: readonly string[]
    readonly label?: string
    readonly compress?: boolean
    readonly protocol?: number
  }
  readonly packets: readonly Taken[]
  readonly streams: readonly Taken[]
}

export type Taken = { readonly node: string; readonly hex: string }

export type LzwCase = {
  readonly size: number
  readonly alphabet: number
  readonly length: number
  readonly sha256: string
  readonly hex?: string
}

export const recorded: { readonly recordings: readonly Recording[]; readonly lzw: readonly LzwCase[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "recorded/memberlist-0.7.0.json"), "utf8"),
)

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"))
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export const envelopeOf = ({ spec }: Recording): Envelope => ({
  label: spec.label ?? "",
  keys: (spec.keys ?? []).map(bytesOf),
  cipherVersion: spec.protocol === 1 ? 0 : 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: spec.compress ?? false,
})

export const plainEnvelope: Envelope = {
  label: "",
  keys: [],
  cipherVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: false,
}

/** The real functions with the nonce of a recorded packet, so that encrypting again gives the recorded bytes. */
export const cryptoWithNonce = (nonce: Uint8Array): PacketCrypto => ({ ...membershipCrypto, randomBytes: () => nonce })

export const realCrypto = membershipCrypto
