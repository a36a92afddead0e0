import assert from "node:assert/strict"
import { before, describe, it } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { waitFor } from "./wait.ts"

before(compileAddon)

describe("the thread of BFD", () => {
  it("refuses arguments of a wrong type or out of range", () => {
    const addon = loadAddon()
    const handle = addon.bfdStart(() => undefined)
    const address = Uint8Array.of(127, 0, 0, 1)
    const packet = new Uint8Array(24)
    const none = new Uint8Array(0)
    const ear = addon.bfdListen(handle, 1, 4, 13_784)
    const line = addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_000, address, 13_784)
    assert.throws(() => addon.bfdListen(handle, 1, 5.5, 3784), TypeError)
    assert.throws(() => addon.bfdListen(handle, 2 ** 31 - 1, 4, 3784), /ENODEV/)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 0, 255, address, 50_001, address, 1), TypeError)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_001, address, 1), /EEXIST/)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 8, 256, address, 50_001, address, 1), TypeError)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 8, 255, address, 50_001, new Uint8Array(16), 1), /EAFNOSUPPORT/)
    assert.throws(
      () => addon.bfdOpen(handle, ear, 1, 8, 255, Uint8Array.of(9, 9, 9, 9), 50_001, address, 1),
      /EADDRNOTAVAIL/,
    )
    assert.throws(() => addon.bfdPlan(handle, line, new Uint8Array(23), 1, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, 0, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, -1, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, Number.NaN, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, 999, packet, 1_000, 0, 0, none, false), /EBADF/)
    assert.throws(() => addon.bfdSend(handle, line, none), TypeError)
    assert.equal(addon.bfdSend(handle, line, packet), 0)
    assert.equal(addon.bfdEcho(handle, line, 1_000, 0, new Uint8Array(7)), 22)
    assert.throws(() => addon.bfdCounts(handle, 999), /EBADF/)
    assert.equal(addon.bfdCounts(handle, line).sent, 1)
    addon.bfdClose(handle, line)
    addon.bfdClose(handle, line)
    addon.bfdUnlisten(handle, ear)
    addon.bfdStop(handle)
    addon.bfdStop(handle)
    assert.throws(() => addon.bfdListen(handle, 1, 4, 13_784), /EBADF/)
  })

  it("wakes the event loop for each packet that has to be looked at, and for silence once", async () => {
    const addon = loadAddon()
    const told: (readonly [number, number])[] = []
    const handle = addon.bfdStart((kind, which) => told.push([kind, which]))
    const address = Uint8Array.of(127, 0, 0, 1)
    const ear = addon.bfdListen(handle, 1, 4, 13_784)
    const line = addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_000, address, 13_784)
    const packet = Uint8Array.from(Buffer.from("20c00318000000070000000700002710000027100000c350", "hex"))
    addon.bfdSend(handle, line, packet)
    await waitFor("the packet", () => told[0])
    assert.deepEqual(told, [[0, ear]])
    addon.bfdPlan(handle, line, packet, 20_000, 60_000, 0, packet, false)
    await waitFor("packets that are alike", () => (addon.bfdCounts(handle, line).alike > 5 ? true : undefined))
    assert.deepEqual(told, [[0, ear]])
    addon.bfdPlan(handle, line, new Uint8Array(0), 20_000, 60_000, 0, packet, false)
    await waitFor("silence", () => told[1])
    addon.bfdPlan(handle, line, new Uint8Array(0), 20_000, 60_000, 0, packet, false)
    await waitFor("silence again", () => told[2])
    assert.deepEqual(told.slice(1), [
      [1, 7],
      [1, 7],
    ])
    addon.bfdStop(handle)
  })
})
