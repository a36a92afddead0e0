import assert from "node:assert/strict"
import { test } from "node:test"
import { phraseOf } from "../../../agent/core/sentence.ts"
import type { Addon } from "../../../agent/native/addon.ts"
import type { EarRequest } from "../../../agent/ports/bgp-transport.ts"
import { nativeBgpTransport } from "../../../agent/ports/bgp-transport-native.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createBgpEars, type Expected } from "../../../agent/speaker/bgp/ears.ts"
import { address } from "../allocate/fixtures.ts"
import { Driver } from "../bgp/session/fixtures.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"
import { silentBgpPorts } from "./silent-bgp.ts"

/** What the addon throws where SO_BINDTODEVICE fails: the kernel's number in the kernel's words. */
const refusal = (code: string, words: string) => Object.assign(new Error(`TCP socket: ${words}`), { code })

/** Opens a connection through the real transport, with a kernel that refuses the device; what comes of it. */
const dialled = async (device: string | undefined, kernel: Error) => {
  const clock = virtualClock()
  const devices: string[] = []
  const addon = {
    streamOpen: (_family: number, name: Uint8Array) => {
      devices.push(Buffer.from(name).toString())
      throw kernel
    },
  } as unknown as Addon
  const interfaces = { list: () => [], watch: () => ({ close: () => undefined }) }
  const closed: string[] = []
  const never = () => assert.fail("it is not connected")
  nativeBgpTransport(addon, interfaces, clock).dial(
    { to: address("10.0.0.1"), port: 179, from: undefined, device, leastTtl: undefined, password: undefined },
    {
      connected: never,
      received: never,
      congested: never,
      drained: never,
      closed: (code, message) => void closed.push(`${code} ${message}`),
    },
  )
  assert.deepEqual(closed, [], "not before the call is over")
  await clock.advance(1)
  return { devices, closed }
}

test("the socket of a peer in a VRF is bound to its device, any other to none", async () => {
  const kernel = refusal("ENODEV", "No such device")
  assert.deepEqual((await dialled("red", kernel)).devices, ["red"])
  assert.deepEqual((await dialled(undefined, kernel)).devices, [""])
})

test("a kernel that refuses the device ends the attempt with its own code and words", async () => {
  const missing = await dialled("red", refusal("ENODEV", "No such device"))
  assert.deepEqual(missing.closed, ["ENODEV TCP socket: No such device"])
  const forbidden = await dialled("red", refusal("EPERM", "Operation not permitted"))
  assert.deepEqual(forbidden.closed, ["EPERM TCP socket: Operation not permitted"])
})

test("and the session says so: which VRF is not there, or what the kernel said", () => {
  const told = (code: string, message: string) => {
    const driver = new Driver({ vrf: "red" })
    driver.do({ kind: "start" })
    driver.do({ kind: "closed", connection: "out-1", code, message })
    const { reason, facts } = driver.session.why
    return `${reason} ${phraseOf(reason, facts)}`
  }
  assert.equal(told("ENODEV", "TCP socket: No such device"), "ML428 this node has no red")
  assert.match(told("EPERM", "TCP socket: Operation not permitted"), /^ML429 .*: TCP socket: Operation not permitted$/)
})

const expected = (peer: string, at: string, vrf: string): Expected => ({
  peer,
  address: address(at),
  vrf,
  password: { from: "nothing" },
})

/** Ears whose kernel has these devices. */
const ears = (devices: Set<string | undefined>) => {
  const clock = virtualClock()
  const open: EarRequest[] = []
  const lines: string[] = []
  const called: string[] = []
  const made = createBgpEars(
    {
      clock,
      log: createLog({ level: "error", clock, write: line => void lines.push(line) }, "test"),
      password: async () => new Uint8Array(0),
      transport: {
        ...silentBgpPorts.transport,
        listen: request => {
          if (!devices.has(request.device)) throw refusal("ENODEV", "No such device")
          open.push(request)
          return { setPassword: () => undefined, close: () => void open.splice(open.indexOf(request), 1) }
        },
      },
    },
    179,
    (_caller, vrf) => void called.push(vrf),
  )
  return { ...made, clock, lines, called, open, listening: () => open.map(({ device }) => device ?? "").sort() }
}

test("each VRF has a listening socket of its own, and its callers are taken for its peers alone", () => {
  const host = ears(new Set([undefined, "red"]))
  host.expect([expected("a", "10.0.0.1", ""), expected("b", "10.0.0.1", "red"), expected("c", "10.0.0.2", "red")])
  assert.deepEqual(host.listening(), ["", "red"])
  const caller = {
    local: address("10.0.0.9"),
    remote: address("10.0.0.1"),
    device: undefined,
    secure: () => assert.fail("nobody asks for it here"),
    take: () => assert.fail("nobody takes it here"),
    refuse: () => undefined,
  }
  for (const { called } of host.open) called(caller)
  assert.deepEqual([...host.called].sort(), ["", "red"])
  host.expect([expected("a", "10.0.0.1", "")])
  assert.deepEqual(host.listening(), [""])
  host.stop()
})

test("a VRF that this node does not have is told by name, disturbs no other, and is tried again", async () => {
  const devices = new Set<string | undefined>([undefined])
  const host = ears(devices)
  host.expect([expected("a", "10.0.0.1", ""), expected("b", "10.0.0.1", "red")])
  assert.deepEqual(host.listening(), [""])
  assert.deepEqual(host.faults(), ["VRF red: TCP socket: No such device"])
  await host.clock.advance(60_000)
  assert.equal(host.lines.length, 1, "it is told once")
  devices.add("red")
  await host.clock.advance(10_000)
  assert.deepEqual([host.listening(), host.faults()], [["", "red"], []])
  host.stop()
})
