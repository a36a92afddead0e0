import assert from "node:assert/strict"
import { readControlPacket, writeControlPacket } from "../../agent/core/bfd/packet.ts"
import { planOf } from "../../agent/core/bfd/plan.ts"
import { sessionStep } from "../../agent/core/bfd/step.ts"
import { Driver } from "../unit/bfd/fixtures.ts"
import type { Target } from "./fuzz.ts"

/** One character a byte. */
const textOf = (hex: string): string => Buffer.from(hex, "hex").toString("latin1")

/** Payloads of datagrams that come to BFD's ports. */
export const bfd: Target = {
  name: "bfd",
  corpus: [
    "20400318000000010000000000 0f4240 000493e0 00000000",
    "20c00318000000070000000900 00c350 0000c350 0000c350",
    "20e00318000000070000000900 00c350 0000c350 00000000",
    "20c4031a000000070000000900 00c350 0000c350 00000000 0103",
    "27000318000000070000000900 0f4240 000493e0 00000000",
  ].map(hex => textOf(hex.replaceAll(" ", ""))),
  pieces: ["\u0000", "\u0001", "\u0018", "\u001a", "\u0020", "\u00c0", "\u00ff", "\u0000\u0000\u0000\u0000"],
  check: text => {
    const bytes = Uint8Array.from(text, character => (character.codePointAt(0) ?? 0) & 0xff)
    const reading = readControlPacket(bytes)
    if (!reading.ok) return
    const written = writeControlPacket(reading.packet)
    const authenticated = reading.authenticationType !== undefined
    assert.equal(bytes[1], (written[1] ?? 0) | (authenticated ? 4 : 0), "every bit of the flags has one meaning")
    const fixed = (packet: Uint8Array) => [packet[0], packet[2], ...packet.subarray(4, 24)]
    assert.deepEqual(fixed(written), fixed(bytes))
    for (const state of ["Down", "Init", "Up", "AdminDown"] as const) {
      const { session, now } = new Driver().reach(state)
      const { next } = sessionStep(session, { kind: "packet", packet: reading.packet, at: now }, now)
      const { interval, detection } = planOf(next, now)
      assert.ok(Number.isFinite(interval) && interval >= 50_000)
      assert.ok(detection !== undefined && Number.isFinite(detection) && detection >= 50_000)
    }
  },
}
