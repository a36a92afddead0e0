import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startProbe } from "../client/client.ts"
import { Cluster } from "./cluster.ts"
import { isBack, signalSpeaker, standIn } from "./speaker-process.ts"

let cluster: Cluster
const v4 = "192.168.1.71"
const v6 = "fd00:192:168:1::710"
const stranger = "02:bb:00:00:00:01"

before(async () => {
  cluster = await Cluster.ready("e2e-ipv6")
  await cluster.classic(undefined)
  await cluster.pool("e2e-ipv6", ["192.168.1.71-192.168.1.79", "fd00:192:168:1::710-fd00:192:168:1::71f"])
  await cluster.expose({ name: "dual", spec: { ipFamilyPolicy: "RequireDualStack" } })
  await cluster.expectAddresses("dual", [v4, v6])
})
after(async () => {
  await cluster.remove()
  await cluster.removePool("e2e-ipv6")
})

/** MAC of the node that announces the service. */
const owner = async (): Promise<string> => {
  const node = await cluster.lab.waitFor("a node announces", () => cluster.announcer("dual"), { timeoutMs: 10_000 })
  const host = cluster.lab.plan.nodes.find(one => one.name === node)
  assert.ok(host !== undefined, node)
  return host.mac
}

const client = async (...command: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.lab.client(command)
  assert.equal(code, 0, `${command.join(" ")}: ${stderr}`)
  return stdout
}

/** The MACs that answer for the IPv6 address; ndisc6 takes answers from the target itself only. */
const ndisc6 = async (): Promise<readonly string[]> => {
  const { stdout } = await cluster.lab.client(["ndisc6", "-m", "-r", "1", "-w", "1000", v6, "eth0"])
  return [...new Set(stdout.match(/(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}/g)?.map(mac => mac.toLowerCase()))]
}

const neighbour = async (): Promise<string | undefined> =>
  /lladdr (\S+)/.exec(await client("ip", "-6", "neigh", "show", v6, "dev", "eth0"))?.[1]

/** A stranger on the client's cable says that it has the addresses, `times` times. */
const claim = (times: number): Promise<string> => {
  const script = `
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("eth0", 0))
mac = bytes.fromhex("${stranger.replaceAll(":", "")}")
v4, v6, all6 = socket.inet_aton("${v4}"), socket.inet_pton(socket.AF_INET6, "${v6}"), socket.inet_pton(socket.AF_INET6, "ff02::1")
arp = b"\\xff" * 6 + mac + b"\\x08\\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + mac + v4 + b"\\0" * 6 + v4
na = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + v6 + b"\\x02\\x01" + mac
t = sum(struct.unpack("!36H", v6 + all6 + struct.pack("!II", len(na), 58) + na))
while t >> 16: t = (t & 0xffff) + (t >> 16)
na = na[:2] + struct.pack("!H", ~t & 0xffff) + na[4:]
for _ in range(${times}):
    s.send(arp)
    s.send(b"\\x33\\x33\\0\\0\\0\\1" + mac + b"\\x86\\xdd" + struct.pack("!IHBB", 6 << 28, len(na), 58, 255) + v6 + all6 + na)
`
  return client("python3", "-c", script)
}

test("both addresses of a dual-stack service answer the outside client, and the neighbour table names the owner", async () => {
  await cluster.expectAnswers(v4)
  await cluster.expectAnswers(v6)
  const mac = await owner()
  assert.equal(await neighbour(), mac)
  assert.deepEqual([...(await cluster.macsOf(v4))], [mac])
})

test("exactly one node answers neighbour solicitations for the IPv6 address, and ndisc6 believes it", async () => {
  assert.deepEqual(await ndisc6(), [await owner()])
})

test("a client that wants the IPv6 address for itself is told that it is taken", async () => {
  await client("ip", "addr", "add", `${v6}/64`, "dev", "eth0")
  try {
    await cluster.lab.waitFor(
      "the duplicate is detected",
      async () => (await client("ip", "-6", "addr", "show", "dev", "eth0", "to", v6)).includes("dadfailed"),
      { timeoutMs: 10_000 },
    )
  } finally {
    await client("ip", "addr", "del", `${v6}/64`, "dev", "eth0")
  }
})

test("the owner's kernel is a member of the solicited-node group", async () => {
  const mac = await owner()
  const node = cluster.lab.plan.nodes.find(one => one.mac === mac)
  const { stdout } = await cluster.lab.exec(node?.name ?? "", ["ip", "-6", "maddr", "show", "dev", "eth0"])
  assert.match(stdout, /ff02::1:ff00:710/)
})

test("a stranger that claims both addresses is told by an event with its MAC and does not keep the traffic", async () => {
  const mac = await owner()
  await claim(20)
  for (const ip of [v4, v6]) {
    await cluster.lab.waitFor(
      `an event about ${ip}`,
      async () => {
        const events = await cluster.events("dual")
        return events.some(
          ({ reason, message }) => reason === "addressConflict" && message.includes(`${stranger} claims ${ip} on eth0`),
        )
      },
      { timeoutMs: 15_000 },
    )
  }
  await cluster.expectAnswers(v4)
  await cluster.expectAnswers(v6)
  assert.equal(await neighbour(), mac)
})

test("while the owner's speaker stands still another answers solicitations with the owner's MAC, and nothing is lost", async () => {
  const mac = await owner()
  const node = cluster.lab.plan.nodes.find(one => one.mac === mac)?.name ?? ""
  const probe = await startProbe(cluster.lab, v6, 80, 50, 1000)
  try {
    await signalSpeaker(cluster, node, "STOP")
    try {
      await standIn(cluster, v6)
      assert.deepEqual(await ndisc6(), [mac])
      await client("ip", "-6", "neigh", "flush", "dev", "eth0", "to", v6)
      await cluster.expectAnswers(v6)
      assert.equal(await neighbour(), mac)
    } finally {
      await signalSpeaker(cluster, node, "CONT")
    }
    await isBack(cluster, v6, node)
    const report = await probe.stop()
    assert.equal(report.lost, 0, JSON.stringify(report))
  } finally {
    probe.kill()
  }
  assert.equal(await owner(), mac)
})

test("connections over IPv6 go on when the speaker's node stops announcing", async () => {
  const before = await owner()
  const node = cluster.lab.plan.nodes.find(one => one.mac === before)?.name ?? ""
  const probe = await startProbe(cluster.lab, v6, 80, 50, 1000)
  try {
    await cluster.lab.mustKubectl([
      "label",
      "node",
      node,
      "node.kubernetes.io/exclude-from-external-load-balancers=true",
    ])
    await cluster.lab.waitFor("another node announces", async () => (await owner()) !== before, { timeoutMs: 15_000 })
    await cluster.lab.waitFor("the client follows", async () => (await neighbour()) !== before, { timeoutMs: 5_000 })
    await cluster.expectAnswers(v6, 10)
    const report = await probe.stop()
    assert.equal(report.lost, 0, JSON.stringify(report))
  } finally {
    probe.kill()
    await cluster.lab.mustKubectl(["label", "node", node, "node.kubernetes.io/exclude-from-external-load-balancers-"])
  }
  assert.deepEqual(await ndisc6(), [await owner()])
})
