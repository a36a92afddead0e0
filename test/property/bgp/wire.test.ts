import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fromRecord, type Recorded, toRecord } from "../../../agent/core/bgp/recording.ts"
import { decodeUpdate } from "../../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../../agent/core/bgp/wire/encode-update.ts"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeMessage, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import {
  decodeNotification,
  encodeNotification,
  shutdownData,
  shutdownText,
} from "../../../agent/core/bgp/wire/notification.ts"
import { decodeOpen, encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import { decodeRouteRefresh, encodeRouteRefresh } from "../../../agent/core/bgp/wire/refresh.ts"
import { open, update } from "./arbitraries.ts"

const body = (message: Uint8Array): Uint8Array => message.subarray(19)

test("an OPEN that is written is read as it was", () => {
  fc.assert(
    fc.property(open, value => {
      assert.deepEqual(decodeOpen(body(encodeOpen(value))), { ok: true, value })
    }),
  )
})

test("an UPDATE that is written is read as it was, whatever was agreed on", () => {
  fc.assert(
    fc.property(update, ({ update: value, options }) => {
      const reading = decodeUpdate(body(encodeUpdate(value, options)), options)
      assert.deepEqual(reading, { outcome: "good", update: value, complaints: [] })
    }),
  )
})

test("a NOTIFICATION and a ROUTE-REFRESH that are written are read as they were", () => {
  const byte = fc.nat(0xff)
  fc.assert(
    fc.property(byte, byte, fc.uint8Array({ maxLength: 4075 }), (code, subcode, data) => {
      const value = { code, subcode, data }
      assert.deepEqual(decodeNotification(body(encodeNotification(value))), value)
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom("request", "begin", "end"), fc.nat(0xffff), byte, (subtype, afi, safi) => {
      const value = { subtype, family: { afi, safi } }
      assert.deepEqual(decodeRouteRefresh(body(encodeRouteRefresh(value))), { ok: true, value })
    }),
  )
})

test("a text for the other operator arrives as far as it fits", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), text => {
      const data = shutdownData(text)
      assert.ok(data.length <= 256)
      const read = shutdownText({ code: 6, subcode: 2, data })
      const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim()
      assert.ok(clean.startsWith((read ?? "").slice(0, -2)))
    }),
  )
})

test("messages come out of a stream as they went in, however it is cut", () => {
  const message = fc.uint8Array({ minLength: 4, maxLength: 300 }).map(bytes => encodeMessage("update", bytes))
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 200 })), (messages, cuts) => {
      const stream = Uint8Array.from(messages.flatMap(bytes => [...bytes]))
      let framer = emptyFramer()
      const bodies: Uint8Array[] = []
      let at = 0
      for (const size of [...cuts, stream.length]) {
        if (at >= stream.length) break
        framer = push(framer, stream.subarray(at, at + size))
        at += size
        for (;;) {
          const taken = take(framer, messageLimit.standard)
          assert.ok(taken.ok)
          if (taken.value === undefined) break
          bodies.push(taken.value.message.body.slice())
          framer = taken.value.rest
        }
      }
      assert.deepEqual(
        bodies,
        messages.map(body).map(bytes => bytes.slice()),
      )
    }),
  )
})

test("a recording gives back what was put into it", () => {
  fc.assert(
    fc.property(update, open, fc.string(), (one, two, word) => {
      const value = { one, two, word, texts: [`ip:${word}`, "text:x", "hex:00", "cidr:"] }
      const json: Recorded = JSON.parse(JSON.stringify(toRecord(value)))
      assert.deepEqual(fromRecord(json), JSON.parse(JSON.stringify(value, plain), revive))
    }),
  )
})

/** JSON.stringify by its own means, for the comparison: big numbers and bytes marked. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? { big: String(value) } : value instanceof Uint8Array ? { bytes: [...value] } : value
const revive = (_: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if ("big" in value) return BigInt(String(value.big))
  return "bytes" in value ? Uint8Array.from(value.bytes as number[]) : value
}
