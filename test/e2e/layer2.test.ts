import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { after, before, describe, test } from "node:test"
import { down } from "../lab/cluster.ts"
import { Cluster } from "./cluster.ts"

const v4 = "192.168.1.81"
const v6 = "fd00:192:168:1::810"
const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers"
const secondLab = "l2nft"
const quiet = () => undefined

/** What passes the client's cable from now on, a line a packet as tcpdump prints it with MACs. */
class Wire {
  readonly #child: ChildProcess
  readonly #lines: string[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    let rest = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop() ?? ""
      this.#lines.push(...parts)
    })
  }

  static async tap(cluster: Cluster): Promise<Wire> {
    const command = ["tcpdump", "-l", "-n", "-e", "--immediate-mode", "-i", "eth0", "arp or icmp6"]
    const child = spawn(...cluster.lab.clientCommand(command), { stdio: ["ignore", "pipe", "pipe"] })
    await new Promise<void>((resolve, reject) => {
      let said = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text
        if (said.includes("listening on")) resolve()
      })
      child.once("error", reject)
      child.once("exit", () => reject(new Error(`tcpdump ended: ${said}`)))
    })
    return new Wire(child)
  }

  /** MACs of the senders of packets whose line matches. */
  senders(pattern: RegExp): readonly string[] {
    return [...new Set(this.#lines.filter(line => pattern.test(line)).map(line => line.split(" ")[1] ?? ""))]
  }

  /** The senders of packets whose line matches, one after another, each as long as nobody else sends. */
  turns(pattern: RegExp): readonly string[] {
    const all = this.#lines.filter(line => pattern.test(line)).map(line => line.split(" ")[1] ?? "")
    return all.filter((mac, at) => mac !== all[at - 1])
  }

  text(): string {
    return this.#lines.join("\n")
  }

  close(): void {
    this.#child.kill("SIGTERM")
  }
}

const escaped = (text: string) => text.replaceAll(".", "\\.")
const arpReply = new RegExp(`Reply ${escaped(v4)} is-at`)
const advertisement = new RegExp(`neighbor advertisement, tgt is ${v6},`)
const question4 = new RegExp(`who-has ${escaped(v4)} tell 192\\.168\\.1\\.200,`)
const question6 = new RegExp(`> 33:33:ff:00:08:10, .*neighbor solicitation, who has ${v6},`)
/** To everybody, and asked by nobody. */
const gratuitous = new RegExp(
  `> ff:ff:ff:ff:ff:ff, .*(who-has ${escaped(v4)} .*tell ${escaped(v4)},|Reply ${escaped(v4)} is-at)`,
)
const unsolicited = new RegExp(`> 33:33:00:00:00:01, .*neighbor advertisement, tgt is ${v6},`)

for (const proxy of ["iptables", "nftables"] as const) {
  describe(`an address on the link, with kube-proxy on ${proxy}`, () => {
    let cluster: Cluster
    const namespace = `e2e-layer2-${proxy}`
    before(async () => {
      const other = proxy === "nftables" ? { lab: secondLab, nodes: 2, proxy } : {}
      if (proxy === "nftables") await down(secondLab, {}, quiet)
      cluster = await Cluster.ready(namespace, other)
      await cluster.classic(undefined)
      await cluster.pool(namespace, [`${v4}-${v4}`, `${v6}-${v6}`])
      await cluster.expose({ name: "dual", spec: { ipFamilyPolicy: "RequireDualStack" } })
      await cluster.expectAddresses("dual", [v4, v6])
      await cluster.expectAnswers(v4)
      await cluster.expectAnswers(v6)
    })
    after(async () => {
      if (proxy === "nftables") {
        await down(secondLab, {}, quiet)
        return
      }
      await cluster.remove()
      await cluster.removePool(namespace)
    })

    const client = async (...command: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await cluster.lab.client(command)
      assert.equal(code, 0, `${command.join(" ")}: ${stderr}`)
      return stdout
    }
    const ownerMac = async (): Promise<string> => {
      const node = await cluster.lab.waitFor("a node announces", () => cluster.announcer("dual"), { timeoutMs: 10_000 })
      return cluster.lab.plan.nodes.find(one => one.name === node)?.mac ?? node
    }
    const neighbour = async (address: string): Promise<string | undefined> =>
      /lladdr (\S+)/.exec(await client("ip", "neigh", "show", address, "dev", "eth0"))?.[1]
    const forget = (address: string) => cluster.lab.client(["ip", "neigh", "del", address, "dev", "eth0"])

    test("a client that knows nothing asks, one node answers with its own MAC, and the connection works", async () => {
      const mac = await ownerMac()
      await forget(v4)
      await forget(v6)
      const wire = await Wire.tap(cluster)
      try {
        await cluster.expectAnswers(v4, 1)
        await cluster.expectAnswers(v6, 1)
        await cluster.lab.waitFor(
          "both questions and both answers on the wire",
          () => [arpReply, advertisement, question4, question6].every(pattern => wire.senders(pattern).length > 0),
          { timeoutMs: 5000 },
        )
        assert.deepEqual(wire.senders(arpReply), [mac], wire.text())
        assert.deepEqual(wire.senders(advertisement), [mac], wire.text())
        assert.deepEqual(wire.senders(question4), [cluster.lab.plan.client.mac], wire.text())
        assert.deepEqual(wire.senders(question6), [cluster.lab.plan.client.mac], wire.text())
      } finally {
        wire.close()
      }
      assert.deepEqual([await neighbour(v4), await neighbour(v6)], [mac, mac])
    })

    test("arping, ndisc6 and ping6 find the same node, and only that one", async () => {
      const mac = await ownerMac()
      assert.deepEqual([...(await cluster.macsOf(v4))], [mac])
      const { stdout } = await cluster.lab.client(["ndisc6", "-m", "-r", "1", "-w", "1000", v6, "eth0"])
      const found = stdout.match(/(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}/g)?.map(one => one.toLowerCase())
      assert.deepEqual([...new Set(found)], [mac], stdout)
      await forget(v6)
      // Nobody echoes for an address that leads to a port; what counts is that the question for its MAC is answered.
      await cluster.lab.client(["ping", "-6", "-c", "1", "-W", "1", v6])
      assert.equal(await neighbour(v6), mac)
    })

    test("a new owner says so unasked in both families, and the client's tables follow without a question", async () => {
      const before = await ownerMac()
      const node = cluster.lab.plan.nodes.find(one => one.mac === before)?.name ?? ""
      await cluster.expectAnswers(v4, 1)
      await cluster.expectAnswers(v6, 1)
      const wire = await Wire.tap(cluster)
      try {
        await cluster.lab.mustKubectl(["label", "node", node, `${exclusion}=true`])
        const next = await cluster.lab.waitFor(
          "another owner",
          async () => {
            const now = await ownerMac()
            return now === before || now.includes(" ") ? undefined : now
          },
          { timeoutMs: 15_000 },
        )
        await cluster.lab.waitFor(
          "it is said in both families",
          () => wire.senders(gratuitous).includes(next) && wire.senders(unsolicited).includes(next),
          { timeoutMs: 10_000 },
        )
        await cluster.lab.waitFor(
          "the client's tables name the new owner",
          async () => (await neighbour(v4)) === next && (await neighbour(v6)) === next,
          { timeoutMs: 5000 },
        )
        // The old owner may be in the middle of its own announcements; once the new one has spoken it says nothing more.
        const turns = wire.turns(gratuitous)
        assert.deepEqual(turns.slice(turns.indexOf(next)), [next], wire.text())
        await cluster.expectAnswers(v4)
        await cluster.expectAnswers(v6)
        assert.deepEqual([...(await cluster.macsOf(v4))], [next])
      } finally {
        wire.close()
        await cluster.lab.mustKubectl(["label", "node", node, `${exclusion}-`])
      }
    })
  })
}
