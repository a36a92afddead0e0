import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { type ControlPacket, readControlPacket, writeControlPacket } from "../../agent/core/bfd/packet.ts"
import { bytesOf, hexOf } from "../unit/bfd/fixtures.ts"

type Vector = Partial<ControlPacket> & Pick<ControlPacket, "state" | "detectMultiplier" | "myDiscriminator"> & {
  readonly what: string
  readonly bytes: string
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

for (const { what, bytes, ...fields } of vectors) {
  const packet: ControlPacket = { ...blank, ...fields }
  test(`bfd, read: ${what}`, () => {
    assert.deepEqual(readControlPacket(bytesOf(bytes)), { ok: true, packet, authenticationType: undefined })
  })
  test(`bfd, written: ${what}`, () => assert.equal(hexOf(writeControlPacket(packet)), hexOf(bytesOf(bytes))))
}
