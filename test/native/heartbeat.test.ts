import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, before, beforeEach, test } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"
import { type Host, makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

type Line = {
  readonly event: string
  readonly sequence?: number
  readonly gap?: number
  readonly address?: string
  readonly empty?: number
  readonly steadyFor?: number
  readonly sent?: number
  readonly latest?: number
  readonly alike?: number
  readonly hex?: string
  readonly age?: number
}

/** A child of heartbeat-program.ts in a namespace. */
class Child {
  readonly lines: Line[] = []
  readonly process: ChildProcess

  constructor(host: Host, ...args: readonly string[]) {
    const [file = "", ...rest] = [
      ...host.enter,
      process.execPath,
      join(import.meta.dirname, "heartbeat-program.ts"),
      ...args,
    ]
    this.process = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.process.stdout === null) throw new Error("no output")
    createInterface({ input: this.process.stdout }).on("line", line => this.lines.push(JSON.parse(line) as Line))
  }

  tell(command: string): void {
    this.process.stdin?.write(`${command}\n`)
  }

  get beats(): readonly Line[] {
    return this.of("beat")
  }

  of(event: string): readonly Line[] {
    return this.lines.filter(line => line.event === event)
  }

  /** The next answer to a command. */
  async ask(command: string): Promise<Line> {
    const before = this.of(command).length
    this.tell(command)
    return waitFor(`the answer to ${command}`, () => this.of(command)[before])
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }
}

let segment: Segment
let ear: Child
let heart: Child

before(compileAddon)
beforeEach(async () => {
  segment = makeSegment()
  ear = new Child(segment.peer, "hear")
  await waitFor("the listener", () => ear.lines[0])
  heart = new Child(segment.node, "beat", "50")
  await waitFor("the first beats", () => (ear.beats.length >= 3 ? true : undefined))
})
afterEach(async () => {
  await ear.end()
  await heart.end()
  segment.remove()
})

const largestGap = (lines: readonly Line[]) => Math.max(...lines.map(line => line.gap ?? 0))

test("heartbeats come every 50 ms, each sequence once and in order", async () => {
  const from = ear.beats.length
  await waitFor("two seconds of beats", () => (ear.beats.length >= from + 40 ? true : undefined))
  const beats = ear.beats.slice(from, from + 40)
  const first = beats[0]?.sequence ?? 0
  assert.deepEqual(
    beats.map(beat => beat.sequence),
    beats.map((_, at) => first + at),
  )
  const mean = beats.reduce((sum, beat) => sum + (beat.gap ?? 0), 0) / beats.length
  assert.ok(mean > 45 && mean < 55, `mean gap ${mean} ms`)
  assert.equal(beats[0]?.address, "10.77.0.1")
})

test("they go on while the event loop is busy, and end half a second after it stopped", async () => {
  await waitFor("a full stock", () => (ear.beats.length > 12 ? true : undefined))
  const before = ear.beats.length
  heart.tell("block 250")
  await waitFor("beats during the block", () => (ear.beats.length >= before + 8 ? true : undefined))
  assert.ok(largestGap(ear.beats.slice(before)) < 140, `largest gap ${largestGap(ear.beats.slice(before))} ms`)
  const steady = (await heart.ask("report")).steadyFor ?? 0
  assert.ok(steady > 250, `no gap for ${steady} ms`)
  const busy = ear.beats.length
  heart.tell("block 2000")
  const report = await heart.ask("report")
  assert.ok((report.empty ?? 0) >= 25, `${report.empty} beats were left out`)
  assert.equal(report.steadyFor, 0, "the last one is long ago")
  await waitFor("beats after the block", () => (ear.beats.length > busy + 14 ? true : undefined))
  assert.ok(largestGap(ear.beats.slice(busy)) > 1_300, "silent while the loop stood still")
})

test("a process that was stopped does not make up for what it missed", async () => {
  heart.process.kill("SIGSTOP")
  const stopped = ear.beats.length
  await waitFor("a second of silence", () => {
    const line = segment.node.shell("sleep 1; echo over")
    return line.includes("over") ? true : undefined
  })
  assert.ok(ear.beats.length - stopped <= 1)
  heart.process.kill("SIGCONT")
  await waitFor("beats again", () => (ear.beats.length >= stopped + 6 ? true : undefined))
  const gaps = ear.beats.slice(stopped + 1, stopped + 6).map(beat => beat.gap ?? 0)
  assert.ok(Math.min(...gaps.slice(1)) > 20, `no burst: gaps ${gaps.map(Math.round).join(" ")}`)
  const { steadyFor = 0 } = await heart.ask("report")
  assert.ok(steadyFor > 100 && steadyFor < 900, `steady for ${steadyFor} ms, which is since it went on`)
})

test("a link that goes down and up again carries heartbeats again", async () => {
  segment.node.ip("link", "set", "eth0", "down")
  segment.node.ip("link", "set", "eth0", "up")
  const from = ear.beats.length
  await waitFor("beats after the flap", () => (ear.beats.length >= from + 3 ? true : undefined))
})

test("after the end nothing is sent", async () => {
  heart.tell("close")
  heart.tell("report")
  await waitFor("the report", () => heart.lines.find(line => line.event === "report"))
  const from = ear.beats.length
  segment.node.shell("sleep 0.3")
  assert.ok(ear.beats.length <= from + 1)
})

test("a socket on an interface shares its port with one that is on none, and gets what comes in there", async () => {
  const addon = loadAddon()
  const shared = createSocket({ type: "udp4", reuseAddr: true })
  shared.bind({ port: 0, address: "127.0.0.1" })
  await once(shared, "listening")
  const { port } = shared.address()
  const heard: string[] = []
  const socket = nativeLinkSockets(addon).open(
    { interfaceIndex: 1, address: "127.0.0.1", port },
    {
      received: ({ bytes, age }) => heard.push(`${Buffer.from(bytes).toString()} ${age < 1_000}`),
      faulted: () => undefined,
    },
  )
  assert.equal(socket.send(Buffer.from("hello"), "127.0.0.1", port), undefined)
  await waitFor("the datagram", () => heard[0])
  assert.deepEqual(heard, ["hello true"])
  socket.close()
  socket.close()
  shared.close()
})

test("sockets and targets that cannot be had are refused by the errno's name", () => {
  const sockets = nativeLinkSockets(loadAddon())
  const listener = { received: () => undefined, faulted: () => undefined }
  assert.throws(
    () => sockets.open({ interfaceIndex: 1, address: "10.99.99.99", port: 7946 }, listener),
    /EADDRNOTAVAIL/,
  )
  assert.throws(
    () => sockets.open({ interfaceIndex: 2 ** 31 - 1, address: "127.0.0.1", port: 7946 }, listener),
    /ENODEV/,
  )
  assert.throws(
    () => sockets.open({ interfaceIndex: 1, address: "home", port: 7946 }, listener),
    /"home" is no IP address/,
  )
})

/** The listener with an ear in place of the one without. */
const watchInstead = async () => {
  await ear.end()
  ear = new Child(segment.peer, "watch")
  await waitFor("the listener", () => ear.lines[0])
  return waitFor("a heartbeat", () => ear.of("ear")[0]?.hex)
}

const sequenceOf = (hex: string | undefined) => Buffer.from(hex ?? "", "hex").readUIntBE(10, 6)

test("what is no heartbeat goes to the socket as before, and only heartbeats to the ear", async () => {
  await watchInstead()
  for (const hex of ["", "c7", "c701", "c70102", "000000", "c70103", "01c701"]) heart.tell(`send ${hex}`)
  heart.tell("send c70101")
  await waitFor("both", () =>
    ear.of("socket").length >= 7 && ear.of("ear").some(({ hex }) => hex === "c70101") ? true : undefined,
  )
  assert.deepEqual(
    ear.of("socket").map(({ hex }) => hex),
    ["", "c7", "c701", "c70102", "000000", "c70103", "01c701"],
  )
  assert.ok(ear.of("ear").every(({ hex }) => hex?.startsWith("c70101")))
})

test("expected heartbeats are counted and not told, until they are expected no more", async () => {
  const hex = await watchInstead()
  ear.tell(`expect ${sequenceOf(hex)}`)
  await ear.ask("last")
  const told = ear.of("ear").length
  segment.node.shell("sleep 1")
  const last = await ear.ask("last")
  assert.ok((last.age ?? 1_000) < 110, `${last.age} ms ago`)
  assert.equal(ear.of("ear").length, told)
  assert.deepEqual(ear.of("silent"), [])
  const { alike } = await ear.ask("report")
  assert.ok((alike ?? 0) >= 18, `${alike} in a second`)
  const end = await ear.ask("end")
  await waitFor("the next one", () => ear.of("ear")[told])
  assert.equal(sequenceOf(ear.of("ear")[told]?.hex), (end.sequence ?? 0) + 1)
})

test("silence is told after 150 ms, and again while it lasts; a heartbeat ends it", async () => {
  const hex = await watchInstead()
  ear.tell(`expect ${sequenceOf(hex)}`)
  segment.node.shell("sleep 0.3")
  heart.process.kill("SIGSTOP")
  await waitFor("the first sign of silence", () => ear.of("silent")[0])
  const { age } = await ear.ask("last")
  assert.ok((age ?? 0) >= 150 && (age ?? 0) < 250, `${age} ms after the last one`)
  await waitFor("two more", () => ear.of("silent")[2])
  heart.process.kill("SIGCONT")
  for (let again = 150; again >= 100; again = (await ear.ask("last")).age ?? 0) segment.node.shell("sleep 0.05")
  const before = ear.of("silent").length
  segment.node.shell("sleep 0.5")
  await ear.ask("last")
  assert.equal(ear.of("silent").length, before)
})

test("an event loop that stands still misses no heartbeat", async () => {
  const hex = await watchInstead()
  ear.tell(`expect ${sequenceOf(hex)}`)
  ear.tell("block 1000")
  const { age } = await ear.ask("last")
  assert.ok((age ?? 1_000) < 110, `${age} ms ago`)
  assert.deepEqual(ear.of("silent"), [])
})

test("a heartbeat that was sent before, or signed with another key, is told and changes nothing", async () => {
  const hex = await watchInstead()
  heart.tell("close")
  segment.node.shell("sleep 0.2")
  await heart.end()
  heart = new Child(segment.node, "beat", "60000")
  await waitFor("the sender", () => heart.lines[0])
  const first = sequenceOf(hex)
  ear.tell(`expect ${first}`)
  await ear.ask("last")
  const told = ear.of("ear").length
  heart.tell(`send ${hex}`)
  const forged = Buffer.from(hex, "hex")
  forged.writeUIntBE(first + 1_000, 10, 6)
  heart.tell(`send ${forged.toString("hex")}`)
  await waitFor("both", () => ear.of("ear")[told + 1])
  assert.equal((await ear.ask("last")).sequence, first)
  assert.equal((await ear.ask("report")).alike, 0)
})

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
