import assert from "node:assert/strict"
import { before, test } from "node:test"
import { type Addon, loadAddon } from "../../agent/native/addon.ts"
import { addonIsBuilt, compileAddon } from "../../agent/native/compile.ts"

let addon: Addon
before(async () => {
  await compileAddon()
  addon = loadAddon()
})

const detached = (): Uint8Array => {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}
const junk = (): readonly unknown[] => [
  undefined,
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  Number.NaN,
  "x",
  Symbol("x"),
  -1n,
  2n ** 70n,
  {},
  [],
  new Uint8Array(7),
  new Uint8Array(16_008),
  new Uint16Array(4),
  detached(),
  new DataView(new ArrayBuffer(8)),
  new Proxy({}, {}),
  Object.create(null),
]

test("arguments of a wrong type or out of range are refused with a TypeError or the kernel's own errno", () => {
  const good = [1, 0x0806, 2048, new Uint8Array([6, 0, 0, 0, 0, 0, 0, 0]), () => undefined]
  for (const [name, call] of Object.entries(addon) as [string, (...args: readonly unknown[]) => unknown][]) {
    if (["capsHeld", "linkDump", "memoryTrim"].includes(name)) continue
    for (let position = 0; position < (name === "packetOpen" ? 5 : 1); position += 1) {
      for (const wrong of junk()) {
        const args = good.map((argument, index) => (index === position ? wrong : argument))
        assert.throws(() => call(...args), /must be|EINVAL/, `${name}, argument ${position}: ${String(typeof wrong)}`)
      }
    }
    assert.throws(() => call(), TypeError, name)
  }
})

test("a handle is good for its own kind of socket only", () => {
  const watch = addon.linkWatch(() => undefined)
  assert.throws(() => addon.packetClose(watch), /handle must be one this kind of socket was opened with/)
  assert.throws(() => addon.packetSend(watch, new Uint8Array(60)), TypeError)
  addon.linkClose(watch)
  addon.linkClose(watch)
})

test("a failed system call throws what Node throws: code, errno and syscall", () => {
  const open = () =>
    addon.packetOpen(2 ** 31 - 1, 0x0806, 2048, new Uint8Array([6, 0, 0, 0, 0, 0, 0, 0]), () => undefined)
  assert.throws(open, {
    name: "Error",
    message: "ENODEV: no such device, bind(AF_PACKET)",
    code: "ENODEV",
    errno: -19,
    syscall: "bind(AF_PACKET)",
  })
})

test("capabilities are bit sets, and raising what is held changes nothing", () => {
  const held = addon.capsHeld()
  assert.equal(typeof held.permitted, "bigint")
  assert.deepEqual(addon.capsRaise(0n), held)
  assert.equal(held.effective & ~held.permitted, 0n)
})

test("an addon built from these sources is not built again", () => {
  assert.equal(addonIsBuilt(), true)
})
