import assert from "node:assert/strict"
import { readNdp } from "../../agent/core/ndp/packet.ts"
import { type NdpEar, respondNdp } from "../../agent/core/ndp/responder.ts"
import { readRouterMessage, writeRouterMessage } from "../../agent/core/ndp/router.ts"
import { isZeroMac } from "../../agent/core/net/mac.ts"
import { summed, vip } from "../unit/ndp/frames.ts"
import { bytesOf, hexText } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const ear: NdpEar = {
  interface: "eth0",
  mac: Uint8Array.of(2, 0, 0, 0, 0, 0xee),
  announces: ip => (ip === vip ? "here" : ip === vip + 1n ? "elsewhere" : "no"),
}

const asker = "20010db80000000000000000000000fa"
const address = "20010db8000000000000000000000010"
const group = "ff0200000000000000000001ff000010"
const allNodes = "ff020000000000000000000000000001"
const router = "fe800000000000000000000000000001"

/** Frames of neighbour discovery, as they come and with a checksum that is right: read, answered to one station or to all that are told of a probe. */
export const ndp: Target = {
  name: "ndp",
  corpus: [
    `3333ff000010 020000000001 86dd 60000000 0020 3a ff ${asker} ${group} 87 00 0000 00000000 ${address} 01 01 020000000001`,
    `3333ff000010 020000000001 86dd 60000000 0018 3a ff ${"00".repeat(16)} ${group} 87 00 0000 00000000 ${address}`,
    `333300000001 020000000001 86dd 60000000 0020 3a ff ${address} ${allNodes} 88 00 0000 20000000 ${address} 02 01 020000000001`,
    `333300000001 020000000001 86dd 60000000 0018 3a ff ${router} ${allNodes} 86 00 0000 40000708 0000000000000000 01 01 020000000001`,
    `333300000002 020000000001 86dd 60000000 0010 3a ff ${router} ${allNodes} 85 00 0000 00000000 01 01 020000000001`,
  ].map(hexText),
  pieces: [
    address,
    group,
    allNodes,
    "00".repeat(16),
    "01 01 020000000001",
    "02 02",
    "0e 00",
    "87",
    "88 00",
    "3aff",
    "ff",
    "00",
  ].map(hexText),
  check: text => {
    const bytes = bytesOf(text)
    checkFrame(bytes)
    if (bytes.length >= 58 && 54 + new DataView(bytes.buffer).getUint16(18) <= bytes.length) checkFrame(summed(bytes))
  },
}

const checkFrame = (bytes: Uint8Array): void => {
  const ofRouter = readRouterMessage(bytes)
  if (ofRouter.ok) {
    const { message, ...ends } = ofRouter.frame
    assert.deepEqual(readRouterMessage(writeRouterMessage({ ...ends, message })), ofRouter)
  }
  const reading = readNdp(bytes)
  assert.ok(!(reading.ok && ofRouter.ok), "one message is of one kind")
  const { reply, reason, claim } = respondNdp(bytes, ear)
  assert.equal(reason === "ML334", !reading.ok, "what is malformed is counted as that, and nothing else is")
  if (!reading.ok) assert.deepEqual([reply, claim], [undefined, undefined])
  if (reply === undefined) return
  const answer = readNdp(reply)
  assert.ok(answer.ok && answer.frame.message.kind === "advertisement")
  const { destination, message } = answer.frame
  assert.equal(message.target, vip)
  assert.ok(!isZeroMac(destination))
  assert.equal(
    ((destination[0] ?? 0) & 1) === 1,
    !message.solicited,
    "many are told where a probe asked, and there alone",
  )
}
