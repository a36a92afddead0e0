import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { type ControlPacket, controlPacketLength, readControlPacket, writeControlPacket } from "../../agent/core/bfd/packet.ts"
import { bytesOf, hexOf } from "../unit/bfd/fixtures.ts"

type Vector = Partial<ControlPacket> & Pick<ControlPacket, "state" | "detectMultiplier" | "myDiscriminator"> & {
  readonly what: string
  readonly bytes: string
  /** The A bit is set; such packets are told and refused, and none is written. */
  readonly authenticationType?: number
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "bfd.json"), "utf8"))

/** What a vector does not name is zero or false. */
const blank = {
  diagnostic: 0,
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  yourDiscriminator: 0,
  desiredMinTx: 0,
  requiredMinRx: 0,
  requiredMinEchoRx: 0,
}

for (const { what, bytes, authenticationType, ...fields } of vectors) {
  const packet: ControlPacket = { ...blank, ...fields }
  test(`bfd, read: ${what}`, () => {
    assert.deepEqual(readControlPacket(bytesOf(bytes)), { ok: true, packet, authenticationType })
  })
  test(`bfd, written: ${what}${authenticationType === undefined ? "" : ", which is left out"}`, () => {
    const expected = bytesOf(bytes).slice(0, controlPacketLength)
    if (authenticationType !== undefined) {
      expected[1] = (expected[1] ?? 0) & ~0x04
      expected[3] = controlPacketLength
    }
    assert.equal(hexOf(writeControlPacket(packet)), hexOf(expected))
  })
}
