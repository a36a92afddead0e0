import { encodeUpdate } from "../../../agent/core/bgp/wire/encode-update.ts"
import { encodeMessage } from "../../../agent/core/bgp/wire/message.ts"

/** What a peer sends once its session is established, in pieces with a pause before each; `pause` in ms. */
export type Attack = {
  /** The NOTIFICATION that it ought to get, as code/subcode (RFC 4271 section 4.5, RFC 4486). */
  readonly due: string
  readonly pause: number
  readonly pieces: () => Iterable<Uint8Array>
}

const routesEach = 900

/** An UPDATE about as many prefixes of 24 bits from number `from` of 20.0.0.0 on. */
const table = (from: number): Uint8Array =>
  encodeUpdate(
    {
      withdrawn: [],
      attributes: {
        origin: 0,
        asPath: [{ kind: "sequence", asns: [64500] }],
        nextHop: { family: "IPv4", value: 0x7f000001n },
      },
      announced: Array.from({ length: routesEach }, (_, at) => ({
        base: { family: "IPv4", value: BigInt(0x14000000 + (from + at) * 256) },
        length: 24,
      })),
    },
    { fourOctet: true, internal: false, families: ["IPv4"], extendedNextHop: [] },
  )

/** An UPDATE of the longest length that is allowed. */
const longest = encodeMessage("update", new Uint8Array(4096 - 19))

/** Header of a message of this length. */
const header = (length: number, type: number): Uint8Array =>
  Uint8Array.of(...Array<number>(16).fill(0xff), length >> 8, length & 255, type)

export const attacks: Readonly<Record<string, Attack>> = {
  random: {
    due: "1/1",
    pause: 0,
    // No byte of it can be part of a marker, so that each run is the same.
    pieces: () => [Uint8Array.from({ length: 65_536 }, (_, at) => (at * 167 + 13) % 251)],
  },
  truncated: {
    due: "3/1",
    pause: 0,
    pieces: () => [encodeMessage("update", Uint8Array.of(0, 0, 0xff, 0xff, 0x40, 1, 1, 0))],
  },
  oversized: { due: "1/2", pause: 0, pieces: () => [header(65_535, 2), new Uint8Array(65_000)] },
  "slow-drip": {
    due: "4/0",
    pause: 5,
    *pieces() {
      for (const byte of longest) yield Uint8Array.of(byte)
    },
  },
  "million-routes": {
    due: "6/1",
    pause: 0,
    *pieces() {
      for (let from = 0; from < 1_000_000; from += routesEach) yield table(from)
    },
  },
}
