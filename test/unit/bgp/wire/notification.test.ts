import assert from "node:assert/strict"
import { test } from "node:test"
import { faultNames, faultOf } from "../../../../agent/core/bgp/wire/fault.ts"
import {
  cease,
  ceaseOf,
  decodeNotification,
  encodeNotification,
  hardReset,
  notificationOf,
  shutdownData,
  shutdownText,
  unpacked,
} from "../../../../agent/core/bgp/wire/notification.ts"
import { notificationText } from "../../../../agent/core/bgp/wire/words.ts"
import { hex, text } from "../bytes.ts"

const shutdown = (words: string) => ceaseOf(cease.administrativeShutdown, shutdownData(words))

test("code, subcode and data stand behind the header", () => {
  assert.equal(text(encodeNotification({ code: 0, subcode: 255, data: hex("") })), text(hex("m 0015 03 00 ff")))
  assert.equal(
    text(encodeNotification({ code: 255, subcode: 0, data: hex("0102") })),
    text(hex("m 0017 03 ff 00 0102")),
  )
  assert.deepEqual(decodeNotification(hex("06 02 0568656c6c6f")), { code: 6, subcode: 2, data: hex("0568656c6c6f") })
  assert.equal(encodeNotification({ code: 3, subcode: 1, data: new Uint8Array(70_000) }).length, 4096)
})

test("a shutdown communication is UTF-8 of at most 255 bytes, cut between characters", () => {
  assert.equal(text(shutdownData("")), "")
  assert.equal(text(shutdownData("hi")), "026869")
  assert.equal(shutdownText(shutdown("back at noon")), "back at noon")
  assert.equal(shutdownData("x".repeat(255)).length, 256)
  assert.equal(shutdownData("x".repeat(256)).length, 256)
  assert.equal(shutdownText(shutdown("é".repeat(128))), "é".repeat(127))
  assert.equal(shutdownText(shutdown(`${"x".repeat(254)}é`)), "x".repeat(254))
  assert.equal(shutdownText(shutdown(`${"x".repeat(253)}🙂`)), "x".repeat(253))
})

test("only shutdown and reset have a text, and one with a wrong length is none", () => {
  assert.equal(shutdownText(ceaseOf(cease.administrativeReset, shutdownData("again"))), "again")
  assert.equal(shutdownText(ceaseOf(cease.maximumPrefixes, shutdownData("no"))), undefined)
  assert.equal(shutdownText({ code: 2, subcode: 2, data: shutdownData("no") }), undefined)
  assert.equal(shutdownText(ceaseOf(cease.administrativeShutdown, hex("03 6869"))), undefined)
  assert.equal(shutdownText(ceaseOf(cease.administrativeShutdown, hex("00 6869"))), undefined)
  assert.equal(shutdownText(ceaseOf(cease.administrativeShutdown)), undefined)
})

test("what would steer a terminal is left out of a text from the network", () => {
  assert.equal(shutdownText(shutdown("red\u001b[31m\nalert\u202e!")), "red [31m alert !")
  assert.equal(shutdownText(shutdown("\u0007")), undefined)
  assert.equal(shutdownText(ceaseOf(cease.administrativeShutdown, hex("02 c328"))), "\ufffd(")
})

test("a hard reset has its reason inside (RFC 8538)", () => {
  const packed = hardReset(shutdown("rack 3 moves"))
  assert.equal(text(encodeNotification(packed).subarray(19, 24)), "060906020c")
  assert.deepEqual(unpacked(packed), shutdown("rack 3 moves"))
  assert.equal(shutdownText(packed), "rack 3 moves")
  const empty = ceaseOf(cease.hardReset)
  assert.equal(unpacked(empty), empty)
})

test("people read names, the text of the other side, and the numbers", () => {
  assert.equal(notificationText({ code: 2, subcode: 2, data: hex("") }), "OPEN message error, bad peer AS (2/2)")
  assert.equal(notificationText({ code: 4, subcode: 0, data: hex("") }), "hold timer expired (4/0)")
  assert.equal(notificationText(shutdown("back at noon")), 'cease, administrative shutdown: "back at noon" (6/2)')
  assert.equal(notificationText(ceaseOf(cease.bfdDown)), "cease, BFD down (6/10)")
  assert.equal(notificationText(hardReset(shutdown("bye"))), 'hard reset, cease, administrative shutdown: "bye" (6/2)')
  assert.equal(notificationText(ceaseOf(cease.hardReset)), "cease, hard reset (6/9)")
  assert.equal(notificationText({ code: 99, subcode: 7, data: hex("") }), "unknown error (99/7)")
  assert.equal(notificationText({ code: 6, subcode: 99, data: hex("") }), "cease (6/99)")
})

test("every fault that we send has words", () => {
  for (const name of faultNames) {
    const words = notificationText(notificationOf(faultOf(name)))
    assert.doesNotMatch(words, /unknown/, name)
    const { subcode } = faultOf(name)
    assert.equal(words.includes(","), subcode !== 0, `${name}: ${words}`)
  }
})
