import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { type Host, makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

type Program = { readonly child: ChildProcess; readonly lines: string[] }

let segment: Segment
const running: Program[] = []

before(compileAddon)
beforeEach(() => {
  segment = makeSegment()
})
afterEach(async () => {
  for (const { child } of running.splice(0)) {
    if (child.exitCode !== null) continue
    child.kill("SIGTERM")
    await once(child, "exit")
  }
  segment.remove()
})

const greetIn = (host: Host): Program => {
  const program = join(import.meta.dirname, "greeter-program.ts")
  const [file = "ip", ...args] = [...host.enter, process.execPath, program, "eth0"]
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] })
  const lines: string[] = []
  child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(...text.trim().split("\n")))
  const one = { child, lines }
  running.push(one)
  return one
}

const linkLocal = (host: Host) =>
  waitFor(
    "a link-local address",
    () =>
      /inet6 (fe80::[0-9a-f:]+)\/64 scope link(?! tentative)/.exec(host.ip("-6", "addr", "show", "dev", "eth0"))?.[1],
  )

const found = ({ lines }: Program) => lines.filter(line => line.includes("found")).map(line => JSON.parse(line).found)

test("two nodes find each other on a link, and lose each other with the cable", async () => {
  const [a, b] = [greetIn(segment.node), greetIn(segment.peer)]
  const [atA, atB] = [await linkLocal(segment.node), await linkLocal(segment.peer)]
  await waitFor("both to be found", () => (found(a).length > 0 && found(b).length > 0 ? true : undefined))
  assert.deepEqual([found(a), found(b)], [[atB], [atA]])
  segment.peer.ip("link", "set", "eth0", "down")
  await waitFor("nowhere", () => (found(a).at(-1) === "nowhere" ? true : undefined))
  segment.peer.ip("link", "set", "eth0", "up")
  await waitFor("found again", () => (found(a).at(-1) === atB && found(b).at(-1) === atA ? true : undefined))
})

test("a host of the link hears the advertisement and takes nobody for its default router", async () => {
  segment.peer.shell("sysctl -qw net.ipv6.conf.eth0.accept_ra=2")
  greetIn(segment.node)
  const at = await linkLocal(segment.node)
  await linkLocal(segment.peer)
  const heard = await waitFor("the advertisement", () => {
    const text = segment.peer.shell("rdisc6 -1 -r 1 -w 1500 eth0 || true")
    return text.includes(`from ${at}`) ? text : undefined
  })
  assert.match(heard, /Router lifetime\s*:\s*0 /)
  assert.doesNotMatch(heard, /Prefix/)
  assert.match(heard, new RegExp(`link-layer address: ${segment.node.mac}`, "i"))
  assert.equal(segment.peer.ip("-6", "route", "show", "default"), "")
})
