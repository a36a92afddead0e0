import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"
import { HostBehindRouter } from "./host-behind-router.ts"

let cluster: Cluster
const pool = "e2e-conflict"
const range = "192.168.1.81-192.168.1.89"
const taken = "192.168.1.81"
const stranger = "02:bb:00:00:00:02"
const farPool = "e2e-conflict-far"
const far = "10.98.8.1"

before(async () => {
  cluster = await Cluster.ready(pool)
  await cluster.classic(undefined)
  await cluster.pool(pool, [range])
  // Speakers that were started now remember no address as announced before.
  await cluster.lab.mustKubectl(["-n", installNamespace, "rollout", "restart", "daemonset/speaker"])
  await cluster.lab.mustKubectl(["-n", installNamespace, "rollout", "status", "daemonset/speaker", "--timeout=120s"], {
    timeoutMs: 130_000,
  })
})
after(async () => {
  await cluster.remove()
  await cluster.removePool(pool)
  await cluster.removePool(farPool)
})

const client = async (...command: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.lab.client(command)
  assert.equal(code, 0, `${command.join(" ")}: ${stderr}`)
  return stdout
}

const metallb = async (...args: readonly string[]): Promise<string> =>
  (await cluster.lab.kubectl(["metallb", ...args], { timeoutMs: 60_000 })).stdout

/** A station on the client's cable that answers every probe for the range, as proxy ARP does, from now on; it ends by itself. */
const startProxy = async (seconds: number): Promise<{ readonly ended: Promise<unknown> }> => {
  const script = `
import socket, struct, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)); s.bind(("eth0", 0)); s.settimeout(0.5)
print("listening", flush=True)
mac = bytes.fromhex("${stranger.replaceAll(":", "")}")
end = time.time() + ${seconds}
while time.time() < end:
    try: frame = s.recv(2048)
    except TimeoutError: continue
    asker, sender, target = frame[22:28], frame[28:32], frame[38:42]
    if frame[20:22] != b"\\0\\1" or sender != b"\\0" * 4: continue
    s.send(asker + mac + b"\\x08\\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + mac + target + asker + sender)
`
  const [command, args] = cluster.lab.clientCommand(["python3", "-c", script])
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(child, "exit")
  await once(child.stdout, "data")
  return { ended }
}

test("a service does not get an address that a machine outside the cluster has, and people are told which machine", async () => {
  await client("ip", "addr", "add", `${taken}/32`, "dev", "eth0")
  const mac = /link\/ether (\S+)/.exec(await client("ip", "link", "show", "dev", "eth0"))?.[1] ?? ""
  assert.notEqual(mac, "")
  try {
    await cluster.expose({ name: "web" })
    await cluster.expectAddresses("web", ["192.168.1.82"], 10_000)
    await cluster.expectAnswers("192.168.1.82")
    const shown = await metallb("pools", "show", pool, "--addresses")
    assert.match(shown, new RegExp(`${taken}.*quarantined.*${mac}`, "s"), shown)
    const why = await metallb("why-ip", taken)
    assert.match(why, /quarantined/, why)
    assert.ok(why.includes(mac), why)
    const reasons = (await cluster.events("web")).map(({ reason, message }) => `${reason}: ${message}`)
    const told = `announceFailed: ${mac} answers for ${taken} on eth0, so it is not announced [ML345]`
    assert.ok(reasons.includes(told), reasons.join("\n"))
  } finally {
    await client("ip", "addr", "del", `${taken}/32`, "dev", "eth0")
  }
})

test("a proxy that answers for every address quarantines nothing: the check switches itself off there with a warning", async () => {
  const proxy = await startProxy(12)
  await cluster.expose({ name: "behind-proxy" })
  await cluster.expectAddresses("behind-proxy", ["192.168.1.83"])
  const node = await cluster.lab.waitFor("a node announces", () => cluster.announcer("behind-proxy"), {
    timeoutMs: 10_000,
  })
  await cluster.lab.waitFor(
    "the warning",
    async () => {
      const events = await cluster.lab.mustKubectl([
        "-n",
        "default",
        "get",
        "events",
        "-o",
        "jsonpath={.items[*].message}",
      ])
      return events.includes(`${stranger} answers for more than 3 free addresses on eth0 [ML339]`)
    },
    { timeoutMs: 10_000 },
  )
  await proxy.ended
  assert.notEqual(node, "")
  assert.deepEqual(await cluster.addresses("behind-proxy"), ["192.168.1.83"])
  await cluster.expectAnswers("192.168.1.83")
})

test("an address of no node's network is pinged where its pool says so: a host behind the router that answers has it quarantined", async () => {
  const host = await HostBehindRouter.plug(cluster.lab, far)
  try {
    const asked = await cluster.lab.client(["arping", "-c", "2", "-w", "2", "-I", "eth0", far])
    assert.match(asked.stdout, /Received 0 response/, "nobody answers for it by ARP")
    for (const node of cluster.lab.nodes)
      await cluster.lab.waitFor(
        `${far} answers ${node}`,
        async () => (await cluster.lab.exec(node, ["ping", "-c", "1", "-W", "1", far])).code === 0,
        { timeoutMs: 10_000 },
      )
    await cluster.pool(farPool, ["10.98.8.1-10.98.8.9"], { conflictCheck: "icmp", autoAssign: false })
    await cluster.expose({ name: "far", annotations: { "metallb.io/address-pool": farPool } })
    await cluster.expectAddresses("far", ["10.98.8.2"], 15_000)
    // The pool's status is written beside the address, and after whatever else changes the pool at that moment.
    await cluster.lab.waitFor(
      `${farPool} shows ${far} in quarantine`,
      async () => {
        const shown = await metallb("pools", "show", farPool, "--addresses")
        if (new RegExp(`${far} .*quarantined until \\S+: a host behind a router answers`).test(shown)) return true
        throw new Error(shown)
      },
      { timeoutMs: 10_000 },
    )
    const why = await metallb("why-ip", far)
    assert.match(why, new RegExp(`${far} is quarantined until \\S+: a host behind a router answers for it`), why)
    const failed = `announceFailed: ${far} answers ICMP echo requests, so it is not announced [ML349]`
    // Events are written beside the work, and may come after it.
    await cluster.lab.waitFor(
      failed,
      async () => {
        const told = (await cluster.events("far")).map(({ reason, message }) => `${reason}: ${message}`)
        if (told.includes(failed)) return true
        throw new Error(told.join("; ") || "no event")
      },
      { timeoutMs: 10_000 },
    )
    const node = await cluster.lab.waitFor("a node announces the next one", () => cluster.announcer("far"), {
      timeoutMs: 10_000,
    })
    assert.deepEqual(await cluster.macsOf("10.98.8.2"), new Set([macOf(node)]), "which nobody had")
  } finally {
    await host.unplug()
  }
})

const macOf = (name: string): string => cluster.lab.plan.nodes.find(node => node.name === name)?.mac ?? ""
