import assert from "node:assert/strict"
import { test } from "node:test"
import { writeArp } from "../../../agent/core/arp/packet.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { formatMac, type Mac, parseMac } from "../../../agent/core/net/mac.ts"
import { createEars } from "../../../agent/speaker/ears.ts"
import { ethernet, fakeHost, neighbour } from "./fake-link.ts"
import { world } from "./harness.ts"
import { mac, reply } from "./speaking.ts"

const address = (text: string): Address => parseAddress(text) ?? assert.fail(text)
const macOf = (text: string): Mac => parseMac(text) ?? assert.fail(text)

/** Ears on eth0 that answer for 192.0.2.10. */
const listening = () => {
  const host = fakeHost(ethernet(2, "eth0"))
  const { clock, agent } = world()
  const { edges, metric } = agent()
  host.setClock(clock)
  const heard: string[] = []
  const evidence: string[] = []
  const ears = createEars(
    { ...edges, ...host.edges },
    {
      trouble: () => assert.fail("no socket fails"),
      claimed: () => undefined,
      answered: ({ how, mac: from }) => evidence.push(`${how} ${formatMac(from)}`),
      heard: station => heard.push(String(station.claims?.value ?? "")),
    },
  )
  const link = { index: 2, name: "eth0", mac: macOf(mac), running: true, families: ["IPv4"], addresses: [] } as const
  ears.setLinks([link])
  ears.setVoices([{ address: address("192.0.2.10"), interfaces: "all" }])
  return { host, ears, heard, evidence, metric }
}

test("a station that is asked for a sign of life is answered when it asks for an address meanwhile", () => {
  const { host, ears, heard } = listening()
  ears.ask("eth0", [address("192.0.2.250")], macOf(neighbour))
  host.taken()
  assert.equal(host.ask(2, "192.0.2.10"), true)
  assert.deepEqual(host.taken(), [reply("192.0.2.10")])
  assert.equal(heard.length, 1)
  ears.stop()
})

test("a station that has an address which is asked for before its first use is answered too, and told", () => {
  const { host, ears, evidence } = listening()
  ears.setQuestions([{ address: address("192.0.2.250"), interfaces: ["eth0"], subject: true }])
  assert.equal(host.ask(2, "192.0.2.10"), true)
  assert.deepEqual(host.taken(), [reply("192.0.2.10")])
  assert.deepEqual(evidence, [`answer ${neighbour}`])
  ears.stop()
})

test("its own answer counts as nothing dropped, one that nobody asked for does", () => {
  const { host, ears, metric } = listening()
  const dropped = 'metallb_layer2_dropped_total{name="Reply, not a request",protocol="ARP",reason="ML335"}'
  ears.ask("eth0", [address("192.0.2.250")], macOf(neighbour))
  answers(host, "192.0.2.250")
  assert.equal(metric(dropped), undefined)
  answers(host, "192.0.2.10")
  assert.equal(metric(dropped), "1")
  ears.stop()
})

/** The neighbour says to this node alone that it has the address. */
const answers = (host: ReturnType<typeof fakeHost>, text: string) => {
  const [senderMac, targetMac] = [macOf(neighbour), macOf(mac)]
  const packet = {
    operation: "reply",
    senderMac,
    senderIp: Number(address(text).value),
    targetMac,
    targetIp: 0,
  } as const
  host.deliver(2, writeArp({ destination: targetMac, source: senderMac, packet }))
}
