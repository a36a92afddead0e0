import assert from "node:assert/strict"
import { test } from "node:test"
import { decodeRouteRefresh, encodeRouteRefresh } from "../../../../agent/core/bgp/wire/refresh.ts"
import { hex, text } from "../bytes.ts"

test("a request, its begin and its end are read and written", () => {
  const rows = [
    ["0001 00 01", "request", 1, 1],
    ["0002 01 01", "begin", 2, 1],
    ["ffff 02 ff", "end", 65535, 255],
    ["0000 00 00", "request", 0, 0],
  ] as const
  for (const [body, subtype, afi, safi] of rows) {
    const value = { subtype, family: { afi, safi } }
    assert.deepEqual(decodeRouteRefresh(hex(body)), { ok: true, value })
    assert.equal(text(encodeRouteRefresh(value)), text(hex(`m 0017 05 ${body}`)))
  }
})

test("subtypes that are not known are ignored, and so is a request with filters", () => {
  assert.deepEqual(decodeRouteRefresh(hex("0001 03 01")), { ok: true, value: undefined })
  assert.deepEqual(decodeRouteRefresh(hex("0001 ff 01")), { ok: true, value: undefined })
  assert.deepEqual(decodeRouteRefresh(hex("0001 00 01 01 40 0000")), { ok: true, value: undefined })
})

test("a begin or end of another length is an error that carries the whole message (RFC 7313 section 5)", () => {
  for (const subtype of ["01", "02"]) {
    const reading = decodeRouteRefresh(hex(`0001 ${subtype} 01 00`))
    assert.ok(!reading.ok)
    assert.deepEqual([reading.fault.code, reading.fault.subcode], [7, 1])
    assert.equal(text(reading.fault.data), text(hex(`m 0018 05 0001 ${subtype} 01 00`)))
  }
})
