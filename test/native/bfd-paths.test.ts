import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { after, afterEach, before, describe, it } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { BfdEnds, fast, node, router } from "./bfd-ends.ts"
import { waitFor } from "./wait.ts"

const ends = new BfdEnds()
before(compileAddon)
afterEach(() => ends.end())
after(() => ends.remove())

describe("BFD over other paths", () => {
  it("runs over IPv6, with global and link-local addresses side by side", async () => {
    const local = (host: "node" | "router", device: string) =>
      /fe80:[0-9a-f:]+/.exec(ends.chain.ip(host, "-6", "addr", "show", "dev", device))?.[0] ?? ""
    const { ours, theirs } = ends.start(
      [
        { name: "global", peer: "fd81:1::fe", ...fast },
        { name: "link-local", peer: local("router", "r1"), interface: "eth0", ...fast },
        { name: "v4", peer: router, ...fast },
      ],
      [
        { name: "global", peer: "fd81:1::1", ...fast },
        { name: "link-local", peer: local("node", "eth0"), interface: "r1", ...fast },
        { name: "v4", peer: node, ...fast },
      ],
    )
    for (const name of ["global", "link-local", "v4"])
      await ours.until(name, `${name} at the agreed pace`, ({ detectionTime }) => detectionTime === 150)
    await theirs.kill()
    await waitFor("all three fail", () =>
      ours.changes.filter(({ failure }) => failure).length === 3 ? true : undefined,
    )
  })

  it("runs over two hops on port 4784, with the lowest TTL of the profile", async () => {
    const { ours, theirs } = ends.start(
      [
        { name: "v4", peer: "10.81.2.2", multihop: true, local: node, ...fast },
        { name: "v6", peer: "fd81:2::2", multihop: true, ...fast },
      ],
      [
        { name: "v4", peer: node, multihop: true, ...fast },
        { name: "v6", peer: "fd81:1::1", multihop: true, local: "fd81:2::2", ...fast },
      ],
      { host: "peer" },
    )
    for (const name of ["v4", "v6"])
      await ours.until(name, `${name} at the agreed pace`, ({ detectionTime }) => detectionTime === 150)
    ends.chain.ip("node", "route", "replace", "blackhole", "10.81.2.2")
    await waitFor("the peer misses us", () => theirs.changes.find(({ names, failure }) => failure && names[0] === "v4"))
    ends.chain.ip("node", "route", "del", "blackhole", "10.81.2.2")
    await ours.up("v4")
    assert.equal((await ours.session("v6")).counts.downs, 0)
  })

  it("sends echo packets that the peer's kernel returns, and notices when it stops", async () => {
    const echo = { name: "r", peer: router, ...fast, echoMode: true, echoInterval: 20 }
    const { ours, theirs } = ends.start([echo], [{ ...echo, name: "n", peer: node }])
    try {
      const status = await ours.until("r", "echo is active", session => session.echo && session.detectionTime === 3_000)
      assert.ok(status.counts.echoesReturned > 0)
      assert.equal((await theirs.session("n")).echo, false, "our kernel does not forward, so nothing is promised")
      await ours.until("r", "more of it", ({ counts }) => counts.echoesReturned > status.counts.echoesReturned + 50)
      ends.chain.shell("router", "echo 0 > /proc/sys/net/ipv4/conf/r1/forwarding")
      const change = await waitFor("the end", () => ours.changes.find(({ from }) => from === "Up"))
      assert.deepEqual([change.reason, change.failure], ["ML484", true])
      const again = await ours.until("r", "up without it", ({ state, remarks }) => state === "Up" && remarks.length > 0)
      assert.deepEqual(
        again.remarks.map(({ reason, facts }) => [reason, facts["why"]]),
        [["ML496", "none has come back"]],
      )
      ends.chain.shell("router", "echo 1 > /proc/sys/net/ipv4/conf/r1/forwarding")
      await ours.until("r", "echo is active again", session => session.echo)
    } finally {
      ends.chain.shell("router", "echo 1 > /proc/sys/net/ipv4/conf/r1/forwarding")
    }
  })

  it("needs NET_RAW alone", async () => {
    const bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+net_raw"]
    const echo = { name: "r", peer: router, ...fast, echoMode: true }
    const { ours } = ends.start([echo], [{ ...echo, name: "n", peer: node }], { wrapper: bare })
    await ours.until("r", "up with echo", session => session.echo)
    const effective = execFileSync("grep", ["CapEff", `/proc/${ours.process.pid}/status`], { encoding: "utf8" })
    assert.equal(Number.parseInt(effective.split("\t")[1] ?? "", 16), 1 << 13)
  })
})
