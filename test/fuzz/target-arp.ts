import assert from "node:assert/strict"
import { readArp, writeArp } from "../../agent/core/arp/packet.ts"
import { type Ear, respond } from "../../agent/core/arp/responder.ts"
import { isZeroMac } from "../../agent/core/net/mac.ts"
import { bytesOf, hexText } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const own = Uint8Array.of(2, 0, 0, 0, 0, 0xee)
const owner = Uint8Array.of(2, 0, 0, 0, 0, 0xaa)
const vip = 0xc0a8010b
const ear: Ear = {
  interface: "eth0",
  mac: own,
  announces: ip => (ip === vip ? "here" : ip === vip + 1 ? "elsewhere" : "no"),
  inStead: ip => (ip === vip + 2 ? owner : undefined),
}

/** Frames of EtherType ARP: read and written alike, and answered to one station that asked for an address of ours. */
export const arp: Target = {
  name: "arp",
  corpus: [
    "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0a80132 000000000000 c0a8010b",
    "0200000000ee 020000000001 0806 0001 0800 06 04 0001 020000000001 00000000 000000000000 c0a8010b",
    "ffffffffffff 020000000001 0806 0001 0800 06 04 0002 020000000001 c0a8010b ffffffffffff c0a8010b",
    "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0a80132 000000000000 c0a8010c 000000000000",
  ].map(hexText),
  pieces: [
    "ffffffffffff",
    "000000000000",
    "0200000000ee",
    "c0a8010b",
    "0806",
    "0001 0800 06 04",
    "0002",
    "01",
    "00",
  ].map(hexText),
  check: text => {
    const bytes = bytesOf(text)
    const reading = readArp(bytes)
    const { reply, reason, claim } = respond(bytes, ear)
    assert.equal(reason === "ML334", !reading.ok, "what is malformed is counted as that, and nothing else is")
    if (!reading.ok) {
      assert.equal(reply, undefined)
      assert.equal(claim, undefined)
      return
    }
    assert.deepEqual(writeArp(reading.frame), bytes.slice(0, 42))
    if (claim !== undefined) assert.notDeepEqual(claim.mac, own)
    if (reply === undefined) return
    const answer = readArp(reply)
    assert.ok(answer.ok && answer.frame.packet.operation === "reply")
    assert.equal(answer.frame.packet.senderIp, vip)
    assert.ok(((answer.frame.destination[0] ?? 0) & 1) === 0 && !isZeroMac(answer.frame.destination), "one station")
  },
}
