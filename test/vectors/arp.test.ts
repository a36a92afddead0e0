import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { type ArpFrame, gratuitous, readArp, replyTo, writeArp } from "../../agent/core/arp/packet.ts"
import { parseMac } from "../../agent/core/net/mac.ts"
import { address } from "../unit/allocate/fixtures.ts"

type Vector = {
  readonly what: string
  readonly frame: string
  readonly destination: string
  readonly source: string
  readonly operation: "request" | "reply"
  readonly senderMac: string
  readonly senderIp: string
  readonly targetMac: string
  readonly targetIp: string
  /** MAC that answers, and the bytes of the answer. */
  readonly replyOf?: string
  readonly reply?: string
  /** This frame is that member of the announcement of targetIp by source. */
  readonly announces?: number
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "arp.json"), "utf8"))

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
const hex = (frame: Uint8Array | undefined): string => Buffer.from(frame ?? []).toString("hex")
const mac = (text: string): Uint8Array => parseMac(text) ?? new Uint8Array(0)
const ip = (text: string): number => Number(address(text).value)

for (const vector of vectors) {
  const wanted: ArpFrame = {
    destination: mac(vector.destination),
    source: mac(vector.source),
    packet: {
      operation: vector.operation,
      senderMac: mac(vector.senderMac),
      senderIp: ip(vector.senderIp),
      targetMac: mac(vector.targetMac),
      targetIp: ip(vector.targetIp),
    },
  }

  test(`${vector.what}: is read and written`, () => {
    const reading = readArp(bytes(vector.frame))
    assert.ok(reading.ok)
    assert.deepEqual(reading.frame, wanted)
    assert.equal(hex(writeArp(wanted)), hex(bytes(vector.frame)).slice(0, 84))
  })

  if (vector.replyOf !== undefined) {
    test(`${vector.what}: is answered byte for byte`, () => {
      const answer = replyTo(wanted.packet, mac(vector.replyOf ?? ""))
      assert.equal(hex(writeArp(answer)), hex(bytes(vector.reply ?? "")))
    })
  }

  if (vector.announces !== undefined) {
    test(`${vector.what}: is what is announced`, () => {
      const frames = gratuitous(wanted.packet.targetIp, wanted.source).map(writeArp)
      assert.equal(frames.length, 2)
      assert.equal(hex(frames[vector.announces ?? 0]), hex(bytes(vector.frame)))
    })
  }
}
