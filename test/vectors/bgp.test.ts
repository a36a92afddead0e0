import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { fromRecord, type Recorded, toRecord } from "../../agent/core/bgp/recording.ts"
import { decodeUpdate } from "../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../agent/core/bgp/wire/encode-update.ts"
import { emptyFramer, push, take } from "../../agent/core/bgp/wire/framer.ts"
import { type Message, messageLimit } from "../../agent/core/bgp/wire/message.ts"
import { decodeNotification, encodeNotification, type Notification } from "../../agent/core/bgp/wire/notification.ts"
import { decodeOpen, encodeOpen, type Open } from "../../agent/core/bgp/wire/open.ts"
import { decodeRouteRefresh, encodeRouteRefresh, type RouteRefresh } from "../../agent/core/bgp/wire/refresh.ts"
import type { Update, WireOptions } from "../../agent/core/bgp/wire/update.ts"
import { hex, text } from "../unit/bgp/bytes.ts"

/** Whole messages: those of MetalLB's own speaker from its specification, and what FRR, BIRD and GoBGP sent to ours. */
type Vector = {
  readonly what: string
  /** The fields in the order of `bytes`. */
  readonly fields: string
  readonly bytes: string
  readonly type: Message["type"]
  /** What differs from an external session of new speakers with both families. */
  readonly options?: Partial<WireOptions>
  readonly value: Recorded
  /** False where the sender wrote it in another way than we do. */
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

const write = (type: Message["type"], value: unknown, options: WireOptions): Uint8Array | undefined => {
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
      return undefined
  }
}

for (const { what, bytes, type, options = {}, value, rewritten = true } of vectors) {
  const agreed = { ...usual, ...options }
  test(`${what}: is read${rewritten ? " and written" : ""}`, () => {
    const taken = take(push(emptyFramer(), hex(bytes)), messageLimit.extended)
    assert.ok(taken.ok && taken.value !== undefined)
    assert.equal(taken.value.message.type, type)
    assert.deepEqual(toRecord(read(taken.value.message, agreed)), value)
    if (rewritten) assert.equal(text(write(type, fromRecord(value), agreed) ?? hex("")), text(hex(bytes)))
  })
}
