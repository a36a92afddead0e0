import assert from "node:assert/strict"
import { maxPacket } from "../../agent/core/detector/limits.ts"
import { decodeMark, encodeMark } from "../../agent/core/detector/mark.ts"
import { decodeMessage, encodeMessage } from "../../agent/core/detector/message.ts"
import { detectorKey, openPacket, packetTypes, sealPacket } from "../../agent/core/detector/packet.ts"
import { decodeOwnership, encodeOwnership, maxPages, pageSize } from "../../agent/core/ownership/message.ts"
import { signingCrypto } from "../../agent/ports/signing-crypto.ts"
import { bytesOf, hexText, textOf } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const key = detectorKey(new TextEncoder().encode("secret"), signingCrypto)
const everybody = () => true
const hex = (text: string) => Buffer.from(text).toString("hex")
const tagged = (signed: Uint8Array): Uint8Array =>
  Uint8Array.of(...signed, ...signingCrypto.hmacSha256(key, signed).subarray(0, 16))

const head = (type: string) => `c701${type}06 000001020304 000000000007 ${hex("node-1")} 0e ${hex("192.168.1.0/24")}`
const claims = `0000 0001 00000003 020000000001 02 01 0000000000000001 04 c0a8010b 06 ffff0000000000ff 06 ${"fd".repeat(16)}`
const bodies: readonly (readonly [string, string])[] = [
  ["01", "020000000001"],
  ["02", `000001020304 06 ${hex("node-2")}`],
  ["03", `000001020304 06 ${hex("node-2")}`],
  ["04", `01 000001020304 06 ${hex("node-2")}`],
  ["05", ""],
  ["10", claims],
  ["11", "0000 00000003"],
  ["12", ""],
]
const pieces = ["c7", "01", "10", "04", "06", "00", "ff", "ffff", "0000", "c0a8010b", "0200", "01ff"].map(hexText)

/**
 * What the detector and the ownership get on port 7946, its tag made right so that all of it is read: a packet that is taken is the same when
 * it is sealed again, and its body is the message of one of the two, byte for byte, or of none.
 */
export const detector: Target = {
  name: "detector",
  corpus: bodies.map(([type, body]) => hexText(`${head(type)} ${body}`)),
  pieces,
  check: text => {
    const signed = bytesOf(text)
    const bare = openPacket(signed, everybody, [key], signingCrypto)
    assert.equal(bare.ok, false, "without the key nothing is taken")
    const opened = openPacket(tagged(signed), everybody, [key], signingCrypto)
    if (!opened.ok) {
      assert.notEqual(opened.fault, "tag")
      return
    }
    const { header, body } = opened
    assert.ok(header.from !== "" && header.link !== "" && header.link.length <= 49)
    const known = openPacket(tagged(signed), name => name !== header.from, [key], signingCrypto)
    assert.deepEqual(known, { ok: false, fault: "stranger" })
    if (![header.from, header.link].some(name => name.includes("\ufffd")))
      assert.deepEqual(sealPacket(header, body, key, signingCrypto), tagged(signed))
    const said = decodeMessage(header.type, body)
    const claimed = decodeOwnership(header.type, body)
    assert.ok(said === undefined || claimed === undefined)
    if (said !== undefined && !("about" in said && said.about.includes("\ufffd")))
      assert.deepEqual(encodeMessage(said), { type: header.type, body })
  },
}

/** Bodies of what speakers tell each other of addresses, the type in front: what is read is what stands there, within its bounds. */
export const ownership: Target = {
  name: "ownership",
  corpus: bodies.slice(5).map(([type, body]) => hexText(`${type} ${body}`)),
  pieces: [...pieces, hexText("20"), hexText("21"), hexText("01ff 0200")],
  check: text => {
    const [number = 0, ...rest] = bytesOf(text)
    const type = Object.values(packetTypes).find(value => value === number)
    if (type === undefined || rest.length > maxPacket) return
    const body = Uint8Array.from(rest)
    const message = decodeOwnership(type, body)
    if (message === undefined) return
    if (message.type === "claims") {
      assert.ok(message.claims.length <= pageSize && message.pages <= maxPages && message.page < message.pages)
      for (const { precedence } of message.claims) assert.match(precedence, /^[0-9a-f]{16}$/)
    }
    assert.deepEqual(encodeOwnership(message), { type, body })
  },
}

/** Metadata of members: a mark that is read says the same when it is written again. */
export const mark: Target = {
  name: "mark",
  corpus: ["", "c701 000001020304 00", `c701 000001020304 02 18 04 c0a80109 40 06 fd00${"00".repeat(13)}09 0102`].map(
    hexText,
  ),
  pieces: [...pieces, hexText("40 06 20010db8000000000000000000000009")],
  check: text => {
    const read = decodeMark(bytesOf(text))
    if (read === undefined) return
    assert.ok(read.links.length <= 8)
    assert.deepEqual(decodeMark(encodeMark(read)), read)
    assert.ok(textOf(encodeMark(read)).length <= 153)
  },
}
