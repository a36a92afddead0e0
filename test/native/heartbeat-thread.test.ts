import assert from "node:assert/strict"
import { before, test } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"

before(compileAddon)

test("arguments of a wrong type or out of range are refused with a TypeError", () => {
  const addon = loadAddon()
  const handle = addon.heartbeatStart(50, () => undefined)
  const datagram = addon.datagramOpen(1, Uint8Array.of(127, 0, 0, 1), 17_946, () => undefined)
  const address = Uint8Array.of(127, 0, 0, 1)
  const packet = new Uint8Array(35)
  const aim = (to = address, port = 9, what = packet, from = datagram) =>
    addon.heartbeatAim(handle, from, to, port, what)
  assert.throws(() => addon.heartbeatStart(0, () => undefined), TypeError)
  assert.throws(() => addon.heartbeatAim(datagram, datagram, address, 1, packet), TypeError)
  assert.throws(() => aim(address, 1, packet, handle), TypeError)
  assert.throws(() => aim(new Uint8Array(5)), TypeError)
  assert.throws(() => aim(address, 0), TypeError)
  for (const size of [0, 34, 1_473]) assert.throws(() => aim(address, 9, new Uint8Array(size)), TypeError)
  for (const size of [0, 31, 33, 5 * 32])
    assert.throws(() => addon.heartbeatKeys(handle, new Uint8Array(size)), TypeError)
  for (let at = 0; at < 64; at += 1) assert.equal(aim(), at)
  assert.throws(() => aim(), /ENOSPC/)
  addon.heartbeatClear(handle)
  aim()
  const ear = addon.heartbeatListen(handle, datagram, 1, address, 17_946)
  const expect = (of: number, size: number, sequence: number, heardAgo: number, silence: number) =>
    addon.heartbeatExpect(handle, of, new Uint8Array(size), sequence, heardAgo, silence)
  assert.throws(() => expect(ear, 34, 0, 0, 150_000), TypeError)
  assert.throws(() => expect(ear, 35, -1, 0, 150_000), TypeError)
  assert.throws(() => expect(ear, 35, 2 ** 48, 0, 150_000), TypeError)
  assert.throws(() => expect(ear, 35, 0, Number.NaN, 150_000), TypeError)
  assert.throws(() => expect(ear, 35, 0, 0, 5e12), TypeError)
  assert.throws(() => expect(ear + 1, 35, 0, 0, 150_000), /EBADF/)
  const watch = expect(ear, 35, 2 ** 48 - 1, 0, 150_000)
  for (let at = 1; at < 1_024; at += 1) expect(ear, 35, 0, 0, 150_000)
  assert.throws(() => expect(ear, 35, 0, 0, 150_000), /ENOSPC/)
  assert.equal(addon.heartbeatHeard(handle, watch, true)?.sequence, 2 ** 48 - 1)
  assert.equal(addon.heartbeatHeard(handle, watch, false), undefined)
  addon.heartbeatUnlisten(handle, ear)
  assert.throws(() => expect(ear, 35, 0, 0, 150_000), /EBADF/)
  addon.heartbeatStop(handle)
  addon.heartbeatStop(handle)
  assert.throws(() => aim(), /EBADF/)
  addon.datagramClose(datagram)
  assert.throws(() => addon.heartbeatListen(handle, datagram, 1, address, 17_946), /EBADF/)
})
