import assert from "node:assert/strict"
import { test } from "node:test"
import { lastClaim, step, type Watch, type WatchEvent, watchAtStart } from "../../../agent/core/claimant/watch.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { formatMac } from "../../../agent/core/net/mac.ts"
import { address } from "../allocate/fixtures.ts"

const mac = (last: number) => Uint8Array.of(2, 0xbb, 0, 0, 0, last)
const own = (...texts: readonly string[]): WatchEvent => ({ kind: "own", addresses: texts.map(address) })
const claim = (text: string, last = 1, defend = true): WatchEvent => ({
  kind: "claim",
  defend,
  address: address(text),
  mac: mac(last),
  interface: "eth0",
})

/** Runs the watch on virtual time and keeps what it did: "1000 defend 10.0.0.1". */
class Scene {
  state: Watch = watchAtStart
  readonly done: string[] = []
  private wakeAt: number | undefined

  happen(at: number, event: WatchEvent): string {
    this.until(at)
    return this.take(at, event)
  }

  until(at: number): void {
    while (this.wakeAt !== undefined && this.wakeAt <= at) this.take(this.wakeAt, { kind: "tick" })
  }

  private take(now: number, event: WatchEvent): string {
    const { next, effects, wakeAt, reason } = step(this.state, event, now)
    assert.ok(wakeAt === undefined || wakeAt > now, "asked to be woken at once, for ever")
    this.state = next
    this.wakeAt = wakeAt
    for (const effect of effects) {
      const whom = effect.kind === "tell" ? ` of ${formatMac(effect.mac)} on ${effect.interface}` : ""
      this.done.push(`${now} ${effect.kind} ${formatAddress(effect.address)}${whom}`)
    }
    return reason
  }
}

test("a claim is told and answered a second later", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  assert.equal(scene.happen(5_000, claim("10.0.0.1")), "ML343")
  scene.until(60_000)
  assert.deepEqual(scene.done, ["6000 tell 10.0.0.1 of 02:bb:00:00:00:01 on eth0", "6000 defend 10.0.0.1"])
})

test("an address that has moved meanwhile is neither told nor defended", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1", "10.0.0.2"))
  scene.happen(5_000, claim("10.0.0.1"))
  scene.happen(5_900, own("10.0.0.2"))
  scene.happen(5_950, own("10.0.0.1", "10.0.0.2"))
  scene.until(60_000)
  assert.deepEqual(scene.done, [])
})

test("a claim of an address that is not ours is nothing", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  assert.equal(scene.happen(1, claim("10.0.0.2")), "ML341")
  scene.until(60_000)
  assert.deepEqual(scene.done, [])
})

test("whoever claims without end is told once and answered every ten seconds (RFC 5227 section 2.4)", () => {
  const scene = new Scene()
  scene.happen(0, own("2001:db8::1"))
  for (let at = 0; at < 60_000; at += 10) scene.happen(at, claim("2001:db8::1"))
  assert.deepEqual(
    scene.done.filter(line => line.includes("defend")),
    [1_000, 11_000, 21_000, 31_000, 41_000, 51_000].map(at => `${at} defend 2001:db8::1`),
  )
  assert.equal(scene.done.filter(line => line.includes("tell")).length, 1)
})

test("a storm of claims changes nothing while a defence is due", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  scene.happen(1, claim("10.0.0.1"))
  const before = scene.state
  for (let n = 0; n < 255; n += 1) scene.happen(2, claim("10.0.0.1", n))
  assert.equal(scene.state, before)
})

test("another claimant is told as well, and the same one again after ten minutes", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  scene.happen(0, claim("10.0.0.1", 1))
  scene.happen(20_000, claim("10.0.0.1", 2))
  scene.happen(40_000, claim("10.0.0.1", 2))
  scene.happen(700_000, claim("10.0.0.1", 2))
  scene.until(800_000)
  assert.deepEqual(
    scene.done.filter(line => line.includes("tell")),
    [
      "1000 tell 10.0.0.1 of 02:bb:00:00:00:01 on eth0",
      "21000 tell 10.0.0.1 of 02:bb:00:00:00:02 on eth0",
      "701000 tell 10.0.0.1 of 02:bb:00:00:00:02 on eth0",
    ],
  )
})

test("two stations that claim by turns are each told once in ten minutes, and every ten seconds at most is answered", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  for (let at = 0; at < 500_000; at += 7_000) scene.happen(at, claim("10.0.0.1", (at / 7_000) % 2))
  assert.deepEqual(
    scene.done.filter(line => line.includes("tell")).map(line => line.slice(-"00 on eth0".length, -" on eth0".length)),
    ["00", "01"],
  )
  assert.ok(scene.done.filter(line => line.includes("defend")).length <= 50)
})

test("what is not to be defended is told alone", () => {
  const scene = new Scene()
  scene.happen(0, own("10.0.0.1"))
  scene.happen(0, claim("10.0.0.1", 1, false))
  scene.until(60_000)
  assert.deepEqual(scene.done, ["1000 tell 10.0.0.1 of 02:bb:00:00:00:01 on eth0"])
})

test("the last claim is remembered for ten minutes, from its answer on and while the address is ours", () => {
  const scene = new Scene()
  const last = (at: number) => lastClaim(scene.state, address("10.0.0.1"), at)
  scene.happen(0, own("10.0.0.1"))
  scene.happen(0, claim("10.0.0.1"))
  assert.equal(last(999), undefined)
  scene.until(1_000)
  assert.deepEqual(last(1_000), { address: address("10.0.0.1"), mac: mac(1), interface: "eth0", at: 1_000 })
  scene.happen(300_000, claim("10.0.0.1", 2))
  scene.until(301_000)
  assert.deepEqual(last(900_999)?.mac, mac(2))
  assert.equal(last(901_000), undefined)
  scene.happen(400_000, own())
  assert.equal(last(400_000), undefined)
})

test("claims of many addresses are each answered at their time, and giving all up leaves nothing to wake for", () => {
  const scene = new Scene()
  const many = Array.from({ length: 500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
  scene.happen(0, own(...many))
  for (const [n, text] of many.entries()) scene.happen(n, claim(text))
  scene.until(5_000)
  assert.equal(scene.done.filter(line => line.includes("defend")).length, 500)
  for (const text of many) scene.happen(5_000, claim(text))
  scene.happen(6_000, own())
  assert.deepEqual(scene.state, watchAtStart)
})
