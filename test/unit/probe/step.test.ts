import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { listening } from "../../../agent/core/probe/ask.ts"
import { address } from "../allocate/fixtures.ts"
import { heard, link, links, nodeMac, nodes, own, Scene, stranger, want, wantBeside } from "./scene.ts"

test("a new address is asked for three times in 200 ms, and free when nobody answers", () => {
  const scene = new Scene(links(link()))
  assert.equal(scene.happen(1_000, want("10.0.0.1")), "ML337")
  scene.until(10_000)
  assert.deepEqual(scene.done, [
    "1000 eth0 asks 10.0.0.1",
    "1060 eth0 asks 10.0.0.1",
    "1120 eth0 asks 10.0.0.1",
    "1200 10.0.0.1 free ML338",
  ])
  assert.equal(scene.wakeAt, undefined)
})

test("IPv6 is asked for at the same times, by solicitations of duplicate address detection", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, want("2001:db8::1"))
  scene.until(10_000)
  assert.deepEqual(scene.done, [
    "0 eth0 asks 2001:db8::1",
    "60 eth0 asks 2001:db8::1",
    "120 eth0 asks 2001:db8::1",
    "200 2001:db8::1 free ML338",
  ])
})

test("an address is asked for on every link that it would be announced on, and on no other", () => {
  const scene = new Scene(
    links(link("eth0"), link("eth1"), link("eth2", { families: ["IPv6"] }), link("eth3", { running: false })),
  )
  scene.happen(0, want("10.0.0.1"))
  assert.deepEqual(scene.done, ["0 eth0 asks 10.0.0.1", "0 eth1 asks 10.0.0.1"])
  scene.happen(1, { kind: "want", targets: [{ address: address("10.0.0.2"), interfaces: ["eth1"], spare: [] }] })
  assert.deepEqual(scene.done.slice(2), ["1 eth1 asks 10.0.0.2"])
})

test("a stranger that answers is a conflict, once a second has shown that it is neither node nor proxy", () => {
  const scene = new Scene(links(link()), nodes({ addresses: ["10.0.0.250"] }))
  scene.happen(0, wantBeside("10.0.0.1", "10.0.0.2", "10.0.0.3"))
  scene.happen(2, heard("10.0.0.1"))
  scene.happen(5, heard("10.0.0.250", { mac: nodeMac }))
  scene.until(10_000)
  assert.deepEqual(scene.told, [`1002 10.0.0.1 conflict ${stranger} on eth0 ML345`])
  const counts = new Map<string, number>()
  for (const line of scene.done) {
    const ip = / asks (.*)$/.exec(line)?.[1]
    if (ip !== undefined) counts.set(ip, (counts.get(ip) ?? 0) + 1)
  }
  assert.deepEqual(Object.fromEntries(counts), { "10.0.0.1": 3, "10.0.0.2": 3, "10.0.0.3": 3, "10.0.0.250": 3 })
})

test("a station that asks for the address at the same time is a conflict too (RFC 5227 section 2.1.1, RFC 4862 section 5.4.3)", () => {
  for (const ip of ["10.0.0.1", "2001:db8::1"]) {
    const scene = new Scene(links(link()))
    scene.happen(0, want(ip))
    scene.happen(100, heard(ip, { how: "probe" }))
    scene.until(10_000)
    assert.deepEqual(scene.told, [`1100 ${ip} conflict ${stranger} on eth0 ML345`])
  }
})

test("an answer counts until the last moment, and not any more once the address is free", () => {
  const late = new Scene(links(link()))
  late.happen(0, want("10.0.0.1"))
  late.happen(199, heard("10.0.0.1"))
  late.until(10_000)
  assert.deepEqual(late.told, [`1199 10.0.0.1 conflict ${stranger} on eth0 ML345`])
  const tooLate = new Scene(links(link()))
  tooLate.happen(0, want("10.0.0.1"))
  assert.equal(tooLate.happen(201, heard("10.0.0.1")), "ML348")
  tooLate.until(10_000)
  assert.deepEqual(tooLate.told, ["200 10.0.0.1 free ML338"])
})

test("a node whose MAC is known answers for nothing, and costs no time", () => {
  const scene = new Scene(links(link()), nodes({ macs: [nodeMac] }))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1", { mac: nodeMac }))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["200 10.0.0.1 free ML347"])
})

test("a node whose MAC is not known is asked for its own address, and its answer ends the doubt at once", () => {
  const scene = new Scene(links(link()), nodes({ addresses: ["10.0.0.250", "10.0.0.251"] }))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1", { mac: nodeMac }))
  assert.deepEqual(scene.done.slice(1), ["1 eth0 asks 10.0.0.250", "1 eth0 asks 10.0.0.251"])
  scene.happen(3, heard("10.0.0.251", { mac: nodeMac }))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["200 10.0.0.1 free ML347"])
  // What was learned is not asked again.
  scene.happen(20_000, want("10.0.0.2"))
  scene.happen(20_001, heard("10.0.0.2", { mac: nodeMac }))
  scene.until(30_000)
  assert.deepEqual(scene.told.slice(1), ["20200 10.0.0.2 free ML347"])
  assert.ok(!scene.done.some(line => /^20\d{3} eth0 asks 10\.0\.0\.25/.test(line)))
})

test("a node that is learned late ends the doubt when it is learned, and a stranger beside it stays one", () => {
  const scene = new Scene(links(link()), nodes({ addresses: ["10.0.0.250"] }))
  scene.happen(0, want("10.0.0.1", "10.0.0.2"))
  scene.happen(1, heard("10.0.0.1", { mac: nodeMac }))
  scene.happen(2, heard("10.0.0.2", { mac: nodeMac }))
  scene.happen(3, heard("10.0.0.2"))
  scene.happen(700, heard("10.0.0.250", { mac: nodeMac }))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["700 10.0.0.1 free ML347", `1003 10.0.0.2 conflict ${stranger} on eth0 ML345`])
})

test("whoever stood still while in doubt asks the nodes before it takes a stranger for another machine", () => {
  const scene = new Scene(links(link()), nodes({ addresses: ["10.0.0.250"] }))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1", { mac: nodeMac }))
  scene.afterStandingStill(5_000)
  assert.equal(scene.told.length, 0)
  scene.happen(5_002, heard("10.0.0.250", { mac: nodeMac }))
  scene.until(10_000)
  assert.deepEqual(
    scene.told.map(line => line.split(" ").slice(1)),
    [["10.0.0.1", "free", "ML347"]],
  )
})

test("whoever stood still while in doubt concludes a tenth of a second after the last question", () => {
  const scene = new Scene(links(link()), nodes({ addresses: ["10.0.0.250"] }))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1"))
  scene.afterStandingStill(5_000).until(10_000)
  assert.deepEqual(scene.told, [`5200 10.0.0.1 conflict ${stranger} on eth0 ML345`])
})

test("a MAC that turns out to be a node's while it is in doubt ends the doubt", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1", { mac: nodeMac }))
  scene.happen(500, nodes({ macs: [nodeMac] }))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["500 10.0.0.1 free ML338"])
})

test("own interfaces are no strangers: two of them may lie on one link", () => {
  const second = link("eth1", { mac: Uint8Array.of(2, 0, 0, 0, 0, 9) })
  const scene = new Scene(links(link(), second))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1", { mac: "02:00:00:00:00:09", how: "probe" }))
  scene.happen(2, heard("10.0.0.1", { mac: own, on: "eth1", how: "probe" }))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["200 10.0.0.1 free ML338"])
})

test("one MAC that answers for four free addresses is a proxy: its link is off for an hour, and nothing is in conflict", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, wantBeside("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"))
  scene.happen(1, heard("10.0.0.1"))
  for (const [at, ip] of ["10.0.0.2", "10.0.0.3", "10.0.0.4"].entries()) scene.happen(100 + at, heard(ip))
  assert.deepEqual(scene.told, [`102 eth0 IPv4 off for ${stranger}`, `102 10.0.0.1 proxy ${stranger} on eth0 ML339`])
  scene.happen(200_000, want("10.0.0.9"))
  assert.deepEqual(scene.told.slice(2), [`200000 10.0.0.9 proxy ${stranger} on eth0 ML339`])
  // The other family is not touched, and after an hour it is tried again.
  scene.happen(300_000, want("2001:db8::1"))
  scene.happen(3_600_103, want("10.0.0.9"))
  scene.until(4_000_000)
  assert.deepEqual(scene.told.slice(3), ["300200 2001:db8::1 free ML338", "3600303 10.0.0.9 free ML338"])
})

test("three addresses of one MAC are a host with three addresses", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, wantBeside("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"))
  for (const ip of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) scene.happen(1, heard(ip))
  scene.happen(2, heard("10.0.0.4", { mac: "02:bb:00:00:00:02" }))
  scene.until(10_000)
  assert.deepEqual(scene.told, [`1001 10.0.0.1 conflict ${stranger} on eth0 ML345`])
})

test("a proxy is found by the new addresses themselves as well, and those that were in doubt are let through", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, want("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"))
  for (const n of [1, 2, 3]) scene.happen(n, heard(`10.0.0.${n}`))
  scene.happen(50, heard("10.0.0.4"))
  assert.deepEqual(
    scene.told.map(line => line.split(" ").slice(0, 3).join(" ")),
    [
      "50 eth0 IPv4",
      "50 10.0.0.1 proxy",
      "50 10.0.0.2 proxy",
      "50 10.0.0.3 proxy",
      "50 10.0.0.4 proxy",
      "50 10.0.0.5 proxy",
    ],
  )
})

test("a proxy on one of two links leaves the other one asked", () => {
  const scene = new Scene(links(link("eth0"), link("eth1")))
  scene.happen(0, wantBeside("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"))
  for (const n of [1, 2, 3, 4]) scene.happen(n, heard(`10.0.0.${n}`, { on: "eth1" }))
  scene.until(10_000)
  assert.deepEqual(scene.told, [`4 eth1 IPv4 off for ${stranger}`, "200 10.0.0.1 free ML338"])
  scene.happen(20_000, want("10.0.0.7"))
  scene.happen(20_001, heard("10.0.0.7", { mac: "02:bb:00:00:00:02" }))
  scene.until(30_000)
  assert.deepEqual(scene.told.slice(2), ["21001 10.0.0.7 conflict 02:bb:00:00:00:02 on eth0 ML345"])
})

test("without a carrier nothing is asked and nothing concluded, until a link is there", () => {
  const scene = new Scene(links(link("eth0", { running: false })))
  scene.happen(0, want("10.0.0.1"))
  scene.until(100_000)
  assert.deepEqual(scene.done, [])
  assert.equal(scene.wakeAt, undefined)
  scene.happen(100_000, links(link()))
  scene.until(200_000)
  assert.deepEqual(scene.told, ["100200 10.0.0.1 free ML338"])
})

test("a link that is lost meanwhile makes the questions begin anew, and what was heard on it is void", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(50, heard("10.0.0.1"))
  scene.happen(100, links(link("eth0", { running: false })))
  scene.until(5_000)
  assert.deepEqual(scene.told, [])
  scene.happen(5_000, links(link()))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["5200 10.0.0.1 free ML338"])
})

test("where no link takes a probe it is unknown, which is no conflict; where one does, it is asked for", () => {
  const scene = new Scene(links(link("eth0"), link("eth1")))
  scene.happen(0, want("10.0.0.1"))
  const refused = (name: string) => ({ kind: "refused", interface: name, address: address("10.0.0.1") }) as const
  scene.happen(0, refused("eth0"))
  scene.until(1_000)
  assert.deepEqual(scene.told, ["200 10.0.0.1 free ML338"])
  scene.happen(2_000, want())
  scene.happen(2_000, want("10.0.0.1"))
  scene.happen(2_000, refused("eth0"))
  scene.happen(2_000, refused("eth1"))
  scene.until(5_000)
  assert.deepEqual(scene.told.slice(1), ["2200 10.0.0.1 unknown ML346"])
})

test("with more nodes than can be asked a stranger may be one of them: unknown", () => {
  const many = Array.from({ length: 300 }, (_, n) => `10.1.${n >> 8}.${n & 255}`)
  const scene = new Scene(links(link()), nodes({ addresses: many }))
  scene.happen(0, want("10.0.0.1"))
  scene.happen(1, heard("10.0.0.1"))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["1001 10.0.0.1 unknown ML346"])
  const questions = scene.done.filter(line => line.includes("asks 10.1."))
  assert.equal(questions.length, 3 * 288)
})

test("an address that is no longer wanted is dropped without a verdict, and one that goes on is not begun anew", () => {
  const scene = new Scene(links(link()))
  scene.happen(0, want("10.0.0.1", "10.0.0.2"))
  scene.happen(100, want("10.0.0.2", "10.0.0.3"))
  scene.until(10_000)
  assert.deepEqual(scene.told, ["200 10.0.0.2 free ML338", "300 10.0.0.3 free ML338"])
  assert.equal(scene.done.filter(line => line.endsWith("asks 10.0.0.2")).length, 3)
})

test("five hundred new addresses are asked for 128 at a time, at most 128 frames in ten milliseconds", () => {
  const all = Array.from({ length: 500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
  const scene = new Scene(links(link()))
  scene.happen(0, want(...all))
  const most = () => [...scene.state.subjects.values()].filter(({ began }) => began !== undefined).length
  let busiest = 0
  for (let at = 0; at <= 3_000; at += 1) {
    scene.until(at)
    busiest = Math.max(busiest, most())
  }
  assert.equal(busiest, 128)
  const verdicts = scene.told.map(line => Number(line.split(" ")[0]))
  assert.equal(verdicts.length, 500)
  assert.ok(Math.max(...verdicts) <= 1_000, `the last after ${Math.max(...verdicts)} ms`)
  const sent = scene.done.filter(line => line.includes("asks")).map(line => Number(line.split(" ")[0]))
  assert.equal(sent.length, 1_500)
  for (const at of new Set(sent)) assert.ok(sent.filter(other => other >= at && other < at + 10).length <= 128)
})

test("answers are awaited for what is asked for alone, and on the links that are asked", () => {
  const scene = new Scene(links(link("eth0"), link("eth1")), nodes({ addresses: ["10.0.0.250"] }))
  const awaited = () =>
    listening(scene.state).map(one => `${formatAddress(one.address)} ${one.interfaces.join()} ${one.subject}`)
  assert.deepEqual(awaited(), [])
  scene.happen(0, wantBeside("10.0.0.1", "10.0.0.2"))
  assert.deepEqual(awaited(), ["10.0.0.1 eth0,eth1 true"])
  scene.happen(1, heard("10.0.0.1"))
  assert.deepEqual(awaited(), ["10.0.0.1 eth0,eth1 true", "10.0.0.2 eth0 false", "10.0.0.250 eth0 false"])
  scene.until(10_000)
  assert.deepEqual(awaited(), [])
})
