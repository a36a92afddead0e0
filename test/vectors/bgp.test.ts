import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { fromRecord, type Recorded, toRecord } from "../../agent/core/bgp/recording.ts"
import { decodeUpdate } from "../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../agent/core/bgp/wire/encode-update.ts"
import { emptyFramer, push, take } from "../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, type Message, messageLimit } from "../../agent/core/bgp/wire/message.ts"
import { decodeNotification, encodeNotification, type Notification } from "../../agent/core/bgp/wire/notification.ts"
import { decodeOpen, encodeOpen, type Open } from "../../agent/core/bgp/wire/open.ts"
import { decodeRouteRefresh, encodeRouteRefresh, type RouteRefresh } from "../../agent/core/bgp/wire/refresh.ts"
import type { Update, WireOptions } from "../../agent/core/bgp/wire/update.ts"
import { hex, text } from "../unit/bgp/bytes.ts"
import { checkFields } from "./bgp-fields.ts"

/**
 * Whole messages: those of MetalLB's own speaker from its specification, what real routers sent to ours and ours to them (the recordings of
 * test/replay/bgp), and examples of the RFCs.
 */
type Vector = {
  readonly what: string
  /** The fields in the order of `bytes`, with the same strokes between them. */
  readonly fields: string
  readonly bytes: string
  readonly type: Message["type"]
  /** What differs from an external session of new speakers with both families. */
  readonly options?: Partial<WireOptions>
  readonly value: Recorded
  /** False where the sender wrote it in another way than we do: what we write is read as the same. */
  readonly rewritten?: boolean
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "bgp.json"), "utf8"))
const usual: WireOptions = { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: [] }

const read = ({ type, body }: Message, options: WireOptions): unknown => {
  switch (type) {
    case "open": {
      const reading = decodeOpen(body)
      return reading.ok ? reading.value : reading
    }
    case "update": {
      const reading = decodeUpdate(body, options)
      return reading.outcome === "good" && reading.complaints.length === 0 ? reading.update : reading
    }
    case "route-refresh": {
      const reading = decodeRouteRefresh(body)
      return reading.ok ? reading.value : reading
    }
    case "notification":
      return decodeNotification(body)
    case "keepalive":
      return {}
  }
}

const write = (type: Message["type"], value: unknown, options: WireOptions): Uint8Array => {
  switch (type) {
    case "open":
      return encodeOpen(value as Open)
    case "update":
      return encodeUpdate(value as Update, options)
    case "route-refresh":
      return encodeRouteRefresh(value as RouteRefresh)
    case "notification":
      return encodeNotification(value as Notification)
    case "keepalive":
      return encodeKeepalive()
  }
}

/** The one message that these bytes are. */
const messageIn = (bytes: Uint8Array): Message => {
  const taken = take(push(emptyFramer(), bytes), messageLimit.extended)
  assert.ok(taken.ok && taken.value !== undefined)
  return taken.value.message
}

for (const { what, fields, bytes, type, options = {}, value, rewritten = true } of vectors) {
  const agreed = { ...usual, ...options }
  test(`${what}: is read${rewritten ? " and written" : ", and written in fewer bytes"}`, () => {
    const message = messageIn(hex(bytes))
    assert.equal(message.type, type)
    assert.deepEqual(toRecord(read(message, agreed)), value)
    const written = write(type, fromRecord(value), agreed)
    if (rewritten) assert.equal(text(written), text(hex(bytes)))
    else {
      assert.ok(written.length < hex(bytes).length)
      assert.deepEqual(toRecord(read(messageIn(written), agreed)), value)
    }
  })
  test(`${what}: its fields are what its bytes say`, () => checkFields(fields, bytes))
}

test("a field that does not say what its bytes say is noticed", () => {
  const good = ["marker | length 23 | type UPDATE | withdrawn 0 | attributes 0", "m | 0017 | 02 | 0000 | 0000"] as const
  checkFields(...good)
  const wrong: readonly (readonly [string, string])[] = [
    [good[0].replace("23", "24"), good[1]],
    [good[0].replace("UPDATE", "OPEN"), good[1]],
    [good[0].replace(" | attributes 0", ""), good[1]],
    [
      "marker | length 28 | type UPDATE | withdrawn 5 | 10.0.0.1/32 | attributes 0",
      "m | 001c | 02 | 0005 | 200a000002 | 0000",
    ],
    [
      "marker | length 26 | type UPDATE | withdrawn 0 | attributes 3 | AS_PATH empty",
      "m | 001a | 02 | 0000 | 0003 | 400600",
    ],
  ]
  for (const [words, bytes] of wrong) assert.throws(() => checkFields(words, bytes), assert.AssertionError, words)
})
