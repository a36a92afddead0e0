import assert from "node:assert/strict"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { root } from "../run/places.ts"
import { prepare } from "../setup/steps.ts"
import { down } from "./cluster.ts"
import { Lab } from "./lab.ts"
import { leftovers } from "./leftovers.ts"
import { type Output, run } from "./run.ts"

// Two labs of their own, beside the one that other tests may be using.
const names = ["fault", "faulb"] as const
const quiet = () => undefined
const cli = (...args: string[]): Promise<Output> =>
  run(process.execPath, [join(root, "test/lab/main.ts"), "--lab", names[0], ...args])

describe("a lab's cables", () => {
  let lab: Lab
  before(async () => {
    await prepare(["lab"])
    await down(names[0], {}, quiet)
    lab = await Lab.attachOrStart({ lab: names[0], nodes: 2, proxy: "nftables", say: quiet })
  })
  after(() => down(names[0], {}, quiet))

  const carrier = async () => (await lab.exec("n2", ["cat", "/sys/class/net/eth0/carrier"])).stdout.trim()
  const pings = async (address: string, count: number): Promise<number> => {
    const { stdout } = await lab.client(["ping", "-q", "-i", "0.002", "-c", String(count), "-W", "0.2", address])
    return Number(/(\d+) received/.exec(stdout)?.[1])
  }

  test("one that is pulled takes the carrier and nothing else; put back, the node is reached again", async () => {
    assert.equal(await carrier(), "1")
    assert.equal((await cli("cable", "out", "n2")).stdout, "the cable of n2 is out\n")
    assert.equal(await carrier(), "0")
    assert.equal(await pings("192.168.1.102", 3), 0)
    assert.equal(await pings("192.168.1.101", 3), 3)
    assert.match((await cli("status")).stdout, /n2 .*, cable out, 192/)
    const began = await lab.cable("in", "n2")
    assert.ok(began > 0)
    await lab.waitFor("n2 answers", async () => (await pings("192.168.1.102", 3)) === 3, { timeoutMs: 5000 })
    assert.equal(await carrier(), "1")
  })

  test("one that loses frames loses that share in each direction, ARP included, until it is told to stop", async () => {
    // So that the count is not one of neighbour solicitations, which get lost as well.
    assert.equal(await pings("fd00:192:168:1::102", 3), 3)
    await lab.loss("n2", 40)
    // Both directions: 36 of 100 come back. 400 of them stay between 24 and 48 but for one time in a million.
    const answered = await pings("fd00:192:168:1::102", 400)
    assert.ok(answered > 96 && answered < 192, `${answered} of 400`)
    assert.match((await cli("status")).stdout, /n2 .*, 40 % loss/)
    await lab.loss("n2", 100)
    await lab.client(["ip", "neigh", "flush", "dev", "eth0"])
    assert.notEqual((await lab.client(["arping", "-c", "2", "-w", "2", "-I", "eth0", "192.168.1.102"])).code, 0)
    await lab.loss("n2", 0)
    assert.equal(await pings("192.168.1.102", 50), 50)
    assert.deepEqual(await lab.cableOf("n2"), { plugged: true, loss: 0 })
  })

  test("a power-off forgets both, and a node that is off has no cable", async () => {
    await lab.loss("n2", 10)
    await lab.powerOff("n2")
    assert.equal(await lab.cableOf("n2"), undefined)
    await assert.rejects(lab.cable("out", "n2"), { message: /n2 of lab fault is powered off/, fix: /boot n2/ })
    await lab.boot("n2")
    assert.deepEqual(await lab.cableOf("n2"), { plugged: true, loss: 0 })
  })

  test("what cannot be is refused with what is allowed", async () => {
    assert.match((await cli("cable", "off", "n2")).stderr, /^error: a cable cannot be "off"\n {2}fix {4}.*cable out n2/)
    assert.match((await cli("loss", "n2", "many")).stderr, /^error: a cable cannot lose NaN %.*\n {2}fix {4}.*0 to 100/)
    assert.match((await cli("loss", "n2")).stderr, /^error: loss needs a share in percent/)
    assert.match((await cli("cable", "out", "n9")).stderr, /no node "n9"/)
  })

  test("a second lab has the same addresses, its own kube-proxy mode, and does not meet the first", async () => {
    await down(names[1], {}, quiet)
    try {
      const other = await Lab.attachOrStart({ lab: names[1], nodes: 1, proxy: "iptables", say: quiet })
      const mode = async (of: Lab) =>
        (await of.exec("n1", ["curl", "-sS", "--max-time", "2", "http://127.0.0.1:10249/proxyMode"])).stdout
      for (const [one, expected] of [
        [lab, "nftables"],
        [other, "iptables"],
      ] as const) {
        await one.waitFor(`kube-proxy uses ${expected}`, async () => (await mode(one)) === expected)
        await one.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine" }, data: { mode: expected } })
      }
      for (const [one, expected] of [
        [lab, "nftables"],
        [other, "iptables"],
      ] as const) {
        assert.equal(await one.mustKubectl(["get", "configmap", "mine", "-o", "jsonpath={.data.mode}"]), expected)
      }
      await other.cable("out", "n1")
      assert.equal(await pings("192.168.1.101", 3), 3)
    } finally {
      await down(names[1], {}, quiet)
    }
    assert.deepEqual(leftovers(names[1]), [])
    assert.equal(await pings("192.168.1.102", 3), 3)
  })
})
