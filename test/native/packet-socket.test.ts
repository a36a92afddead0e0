import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { arpRequest } from "./arp-frame.ts"
import { Probe } from "./probe.ts"
import { makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

const vip = "10.77.0.200"
const foreign = "10.77.0.201"
let segment: Segment
let probe: Probe
let peer: Probe

before(compileAddon)
beforeEach(() => {
  segment = makeSegment()
  probe = new Probe(segment.node.enter)
  peer = new Probe(segment.peer.enter)
})
afterEach(() => {
  probe.kill()
  peer.kill()
  segment.remove()
})

/** Makes the peer's kernel resolve an address and returns the MAC it learns. */
const resolve = (address: string): Promise<string> => {
  segment.peer.ip("neigh", "flush", "dev", "eth0")
  return waitFor(`${address} resolved by the peer`, () => {
    segment.peer.shell(`echo > /dev/udp/${address}/9`)
    return /lladdr (\S+)/.exec(segment.peer.ip("neigh", "show", address))?.[1]
  })
}
const open = (targets: readonly string[] | "everything" = [vip], frameMax = 2048, answers = true) =>
  probe.ask({ do: "open", interface: "eth0", targets, frameMax, answers })
const ask = async (target: string) => {
  await peer.ask({ do: "send", frame: arpRequest({ mac: segment.peer.mac, ip: "10.77.0.2" }, target) })
}
const openPeer = () => peer.ask({ do: "open", interface: "eth0", targets: "everything" })

test("another host's kernel resolves the VIP to the MAC of the interface that answers", async () => {
  await open()
  assert.equal(await resolve(vip), segment.node.mac)
  const { audience, truncated } = await probe.next("received")
  assert.deepEqual({ audience, truncated }, { audience: "broadcast", truncated: false })
})

test("requests for other addresses do not wake the process", async () => {
  await open()
  await openPeer()
  for (let i = 0; i < 20; i += 1) await ask(foreign)
  await ask(vip)
  const { frame } = await probe.next("received")
  assert.equal(frame.slice(76, 84), "0a4d00c8")
  assert.equal(probe.count("received"), 0)
})

test("frames for an interface on top of the link are that one's alone, as those of a VLAN are", async () => {
  // A macvlan goes the way of a VLAN through the kernel (orig_dev of __netif_receive_skb_core), also where it has no 8021q.
  const [mac, name] = ["02:00:00:00:77:0a", "above"]
  segment.node.ip("link", "add", "link", "eth0", "name", name, "address", mac, "type", "macvlan", "mode", "bridge")
  segment.node.ip("link", "set", name, "up")
  const above = new Probe(segment.node.enter)
  try {
    for (const refilter of [false, true]) {
      if (refilter) await probe.ask({ do: "filter", targets: [vip] })
      else await open("everything", 2048, false)
      if (!refilter) {
        await above.ask({ do: "open", interface: name, targets: "everything" })
        await openPeer()
      }
      const question = arpRequest({ mac: segment.peer.mac, ip: "10.77.0.2" }, vip)
      const to = (destination: string) => `${destination.replaceAll(":", "")}${question.slice(12)}`
      await peer.ask({ do: "send", frame: to(mac) })
      assert.equal((await above.next("received")).audience, "host")
      await peer.ask({ do: "send", frame: to(segment.node.mac) })
      assert.equal((await probe.next("received")).frame.slice(0, 12), segment.node.mac.replaceAll(":", ""))
      assert.deepEqual([probe.count("received"), above.count("received")], [0, 0])
    }
  } finally {
    above.kill()
  }
})

test("a bridge's socket hears what comes in through its ports", async () => {
  const name = "bridge"
  segment.node.ip("link", "add", "name", name, "type", "bridge")
  segment.node.ip("link", "set", "eth0", "master", name)
  segment.node.ip("link", "set", name, "up")
  await probe.ask({ do: "open", interface: name, targets: [vip], frameMax: 2048, answers: true })
  const mac = /link\/ether (\S+)/.exec(segment.node.ip("link", "show", name))?.[1]
  assert.equal(await resolve(vip), mac)
})

test("a new filter takes the place of the old one, also the longest and where the kernel grants filters little memory", async () => {
  // Kernels where a namespace has no such limit of its own have this one as their default.
  segment.node.shell("cd /proc/sys/net/core; [ ! -e optmem_max ] || echo 20480 > optmem_max")
  const scattered = Array.from({ length: 254 }, (_, i) => `203.0.${i}.1`)
  await open(scattered)
  for (let i = 0; i < 20; i += 1) await probe.ask({ do: "filter", targets: [...scattered, `200.0.0.${i}`] })
  await probe.ask({ do: "filter", targets: [foreign] })
  await openPeer()
  await ask(vip)
  await ask(foreign)
  assert.equal((await probe.next("received")).frame.slice(76, 84), "0a4d00c9")
  assert.equal(probe.count("received"), 0)
})

test("the socket hears again after the link went down and came up", async () => {
  await open()
  for (let flap = 0; flap < 3; flap += 1) {
    segment.node.ip("link", "set", "eth0", "down")
    assert.equal((await probe.next("faulted")).code, "ENETDOWN")
    assert.equal(await probe.ask({ do: "send", frame: "00".repeat(60) }), "ENETDOWN")
    segment.node.ip("link", "set", "eth0", "up")
    assert.equal(await resolve(vip), segment.node.mac)
  }
})

test("a socket opened on a link that is down says so and hears once it is up", async () => {
  segment.node.ip("link", "set", "eth0", "down")
  await open()
  assert.equal((await probe.next("faulted")).code, "ENETDOWN")
  segment.node.ip("link", "set", "eth0", "up")
  assert.equal(await resolve(vip), segment.node.mac)
})

test("a socket outlives its interface without harm", async () => {
  await open()
  segment.node.ip("link", "del", "eth0")
  assert.equal((await probe.next("faulted")).code, "ENETDOWN")
  await waitFor("interface gone", () => (segment.node.ip("link").includes("eth0") ? undefined : true))
  assert.equal(await probe.ask({ do: "send", frame: "00".repeat(60) }), "ENXIO")
  await probe.ask({ do: "close" })
  assert.equal(await probe.end(), 0)
})

test("garbage of every length is taken without harm and the VIP is still answered", async () => {
  await open("everything", 64, false)
  await openPeer()
  let seed = 1
  for (let i = 0; i < 500; i += 1) {
    // A linear congruence: the same garbage each time.
    const noise = Array.from({ length: i % 1500 }, () => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % 256
    })
    await peer.ask({ do: "send", frame: Buffer.from([...Array(12).fill(0xff), 8, 6, ...noise]).toString("hex") })
    assert.equal((await probe.next("received")).truncated, noise.length + 14 > 64)
  }
  await probe.ask({ do: "close" })
  await open()
  assert.equal(await resolve(vip), segment.node.mac)
})

test("a frame longer than asked for is cut and says so", async () => {
  await open("everything", 60, false)
  await openPeer()
  const send = (length: number) => peer.ask({ do: "send", frame: `${"ff".repeat(12)}0806`.padEnd(2 * length, "ab") })
  await send(60)
  await send(61)
  const [whole, cut] = [await probe.next("received"), await probe.next("received")]
  assert.deepEqual([whole.truncated, whole.frame.length / 2], [false, 60])
  assert.deepEqual([cut.truncated, cut.frame.length / 2], [true, 60])
})

test("sending tells its fault by the errno's name", async () => {
  await open()
  assert.equal(await probe.ask({ do: "send", frame: "ab".repeat(60) }), undefined)
  assert.equal(await probe.ask({ do: "send", frame: "ab".repeat(5000) }), "EMSGSIZE")
  assert.equal(await probe.ask({ do: "send", frame: "ab" }), "EINVAL")
  await probe.ask({ do: "close" })
  assert.equal(await probe.ask({ do: "send", frame: "ab".repeat(60) }), "EBADF")
  await probe.ask({ do: "close" })
})

test("frames that this host sends itself are not received", async () => {
  await open("everything", 2048, false)
  await openPeer()
  await probe.ask({ do: "send", frame: arpRequest({ mac: segment.node.mac, ip: "10.77.0.1" }, vip) })
  await peer.next("received")
  await ask(foreign)
  assert.equal((await probe.next("received")).frame.slice(76, 84), "0a4d00c9")
})

test("a listener may close the socket while frames are waiting", async () => {
  await open("everything")
  await openPeer()
  await probe.ask({ do: "surprise", with: "close" })
  for (let i = 0; i < 5; i += 1) await ask(vip)
  await probe.next("received")
  await probe.ask({ do: "held" })
  assert.equal(probe.count("received"), 0)
  assert.equal(await probe.end(), 0)
})

test("what a listener throws is an uncaught exception of the process and the socket goes on", async () => {
  await open()
  await openPeer()
  await probe.ask({ do: "surprise", with: "throw" })
  await ask(vip)
  assert.equal((await probe.next("uncaught")).message, "thrown by the listener")
  await ask(vip)
  await probe.next("uncaught")
})

test("a multicast MAC that is joined is let into the interface", async () => {
  await open()
  await probe.ask({ do: "join", mac: "3333ff0000c8" })
  assert.match(segment.node.ip("maddr", "show", "dev", "eth0"), /link\s+33:33:ff:00:00:c8/)
  await probe.ask({ do: "close" })
  await waitFor("membership dropped", () =>
    segment.node.ip("maddr", "show", "dev", "eth0").includes("33:33:ff:00:00:c8") ? undefined : true,
  )
})

test("sockets work in a worker, and a worker that is terminated takes its socket along", async () => {
  await probe.ask({ do: "worker", first: { do: "open", interface: "eth0", targets: [vip], answers: true } })
  await probe.next("done")
  assert.equal(await resolve(vip), segment.node.mac)
  await probe.ask({ do: "terminate" })
  await probe.next("worker-ended")
  assert.equal(segment.node.shell("cat /proc/net/packet").trim().split("\n").length, 1)
  assert.equal(await probe.end(), 0)
})

test("a process that ends with an open socket ends in order", async () => {
  await open()
  await probe.ask({ do: "watch" })
  probe.kill()
  await probe.end()
  await waitFor("socket gone", () =>
    segment.node.shell("cat /proc/net/packet").trim().split("\n").length === 1 ? true : undefined,
  )
})

test("an interface that does not exist is refused with the errno's name", async () => {
  await assert.rejects(probe.ask({ do: "open", interface: 77, targets: [vip] }), /ENODEV/)
})
