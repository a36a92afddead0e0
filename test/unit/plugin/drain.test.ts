import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { at } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { install } from "./agents.ts"
import type { FakeWorld } from "./fake-world.ts"
import { advertising, announcing, liveCluster, putService, routing } from "./live.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)

/** node-b announces web; db can be announced there alone, since its only endpoint is there. */
const world = (): FakeWorld => {
  const made = liveCluster()
  putService(made.api, { name: "web", ip: "203.0.113.17" })
  announcing(made.api, "web", "node-b")
  return made
}

const withDb = (): FakeWorld => {
  const made = world()
  putService(made.api, { name: "db", ip: "203.0.113.19", nodes: ["node-b"], local: true })
  announcing(made.api, "db", "node-b")
  return made
}

/** Without layer 2: all nodes tell the router "tor" of web. */
const routed = (): FakeWorld => {
  const made = liveCluster()
  void made.api.send({
    method: "DELETE",
    path: `/apis/metallb.io/v1beta1/namespaces/${install}/l2advertisements/public`,
  })
  routing(made.api)
  putService(made.api, { name: "web", ip: "203.0.113.17" })
  return made
}

const lets = (made: FakeWorld, name: string, node: string, after: number) =>
  made.after(after, () => {
    void made.api.send({
      method: "DELETE",
      path: `/apis/metallb.io/v1beta1/namespaces/${install}/servicel2statuses/l2-${name}-${node}`,
    })
  })

const annotation = (made: FakeWorld, node: string) =>
  at(made.api.stored(kinds.node, "", node), "metadata", "annotations", "metallb.io/drain")

describe("drain", () => {
  it("shows what would move where and what would be lost, with the reason, and changes nothing", async () => {
    const made = withDb()
    assert.equal(await made.run("drain node-b --dry-run"), 1, made.err)
    matchesFile(golden("drain-dry-run.txt"), made.out)
    assert.deepEqual(made.api.writes, [])
  })

  it("a dry run after which everything is announced ends with 0", async () => {
    const made = world()
    assert.equal(await made.run("drain node-b --dry-run"), 0, made.err)
    assert.match(made.out, /1 address moves\.\n$/)
    assert.equal(await made.run("drain node-c --dry-run"), 0)
    assert.equal(made.out, "No address moves.\n")
  })

  it("lets the server try it and stores nothing", async () => {
    const made = world()
    assert.equal(await made.run("drain node-b --dry-run=server"), 0, made.err)
    assert.deepEqual(made.api.writes, ["PATCH /api/v1/nodes/node-b"])
    assert.equal(annotation(made, "node-b"), undefined)
  })

  it("asks the node, waits until its speaker lets go, and says who has each address then", async () => {
    const made = world()
    made.after(300, () => announcing(made.api, "web", "node-c"))
    lets(made, "web", "node-b", 700)
    assert.equal(await made.run("drain node-b"), 0, made.err)
    matchesFile(golden("drain.txt"), made.out)
    assert.equal(annotation(made, "node-b"), "2026-01-01T14:02:11Z")
  })

  it("says meanwhile what is missing, and gives up in time", async () => {
    const made = world()
    assert.equal(await made.run("drain node-b --timeout 5s"), 5)
    assert.match(made.err, /^node-b still announces shop\/web$/m)
    assert.match(made.err, /error: gave up waiting: node-b still announces shop\/web \[ML616\]/)
    assert.equal(await made.run("drain node-b --timeout 0"), 5, "one look")
  })

  it("refuses where an address would be left to nobody, and says which and why", async () => {
    const made = withDb()
    assert.equal(await made.run("drain node-b"), 6)
    matchesFile(golden("drain-refused.txt"), made.err)
    assert.deepEqual(made.api.writes, [])
  })

  it("does it all the same with --force or --yes, or when a person says so", async () => {
    for (const flag of ["--force", "--yes"]) {
      const made = withDb()
      assert.equal(await made.run(`drain node-b ${flag} --wait=false`), 0, made.err)
      assert.notEqual(annotation(made, "node-b"), undefined)
    }
    const asked = withDb()
    asked.tty = true
    asked.answers = ["n", "y"]
    assert.equal(await asked.run("drain node-b --wait=false"), 6)
    assert.equal(annotation(asked, "node-b"), undefined)
    assert.equal(await asked.run("drain node-b --wait=false"), 0)
    assert.notEqual(annotation(asked, "node-b"), undefined)
  })

  it("a node that is drained already is not asked again, but waited for", async () => {
    const made = world()
    made.api.change(kinds.node, "", "node-b", {
      metadata: { annotations: { "metallb.io/drain": "2026-01-01T13:00:00Z" } },
    })
    lets(made, "web", "node-b", 700)
    assert.equal(await made.run("drain node-b"), 0, made.err)
    assert.match(made.out, /^node\/node-b unchanged: drained since 13:00:00Z$/m)
    assert.deepEqual(
      made.api.writes.filter(write => write.startsWith("PATCH")),
      [],
    )
  })

  it("shows what routers are told by the node, and who else tells them", async () => {
    const made = routed()
    putService(made.api, { name: "db", ip: "203.0.113.19", nodes: ["node-b"], local: true })
    assert.equal(await made.run("drain node-b --dry-run"), 1, made.err)
    matchesFile(golden("drain-bgp.txt"), made.out)
    assert.equal(await made.run("drain node-b"), 6)
    assert.match(made.err, /1 of the addresses of node-b would be announced by nobody: 203\.0\.113\.19/)
    assert.equal(annotation(made, "node-b"), undefined)
  })

  it("what routers are no longer told and another node announces on its link is not lost", async () => {
    const made = routed()
    made.api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "public" }, spec: {} })
    for (const name of ["node-a", "node-c"])
      made.api.change(kinds.node, "", name, { metadata: { labels: { rack: "other" } } })
    made.api.change(kinds.bgpAdvertisement, install, "all", {
      spec: { nodeSelectors: [{ matchExpressions: [{ key: "rack", operator: "DoesNotExist" }] }] },
    })
    assert.equal(await made.run("drain node-b --dry-run"), 0, made.err)
    assert.match(made.out, /^shop\/web +203\.0\.113\.17 +tor +<none>$/m)
  })

  it("waits until the speaker has withdrawn what it told routers", async () => {
    const made = routed()
    advertising(made.api, "web", "node-b")
    made.after(16_000, () => {
      void made.api.send({
        method: "DELETE",
        path: `/apis/metallb.io/v1beta1/namespaces/${install}/servicebgpstatuses/bgp-web-node-b`,
      })
    })
    assert.equal(await made.run("drain node-b"), 0, made.err)
    assert.match(made.out, /^node-b announces nothing any longer, after 16\.\ds\.$/m)
    assert.equal(await made.run("undrain node-b"), 0, made.err)
    assert.match(made.out, /^Routers are told again of 1 service\.$/m)
  })

  it("what cannot be read stays unknown", async () => {
    const made = world()
    made.api.refuse(/GET .*endpointslices/)
    assert.equal(await made.run("drain node-b"), 4)
    assert.match(made.err, /cannot read endpointSlices .*\[ML630\]/)
    const deaf = world()
    deaf.api.refuse(/GET .*servicel2statuses/)
    assert.equal(await deaf.run("drain node-b"), 4)
    assert.match(deaf.err, /whether it lets go cannot be told/)
  })

  it("whether a speaker that says nothing of itself lets go stays unknown", async () => {
    const made = liveCluster()
    putService(made.api, { name: "db", ip: "203.0.113.19", nodes: ["node-b"], local: true })
    assert.equal(await made.run("drain node-b --force"), 4)
    assert.match(
      made.err,
      /whether it lets go cannot be told: node-b has no ServiceL2Status of shop\/db, although it is the one .*\[ML619\]/,
    )
    assert.notEqual(annotation(made, "node-b"), undefined, "it is asked all the same")
    const router = routed()
    assert.equal(await router.run("drain node-b"), 4)
    assert.match(router.err, /node-b has no ServiceBGPStatus of shop\/web/)
  })

  it("one that says so only after it was asked is believed", async () => {
    const made = routed()
    made.after(300, () => advertising(made.api, "web", "node-b"))
    advertising(made.api, "old", "node-b")
    const remove = (name: string) => () => {
      void made.api.send({
        method: "DELETE",
        path: `/apis/metallb.io/v1beta1/namespaces/${install}/servicebgpstatuses/bgp-${name}-node-b`,
      })
    }
    made.after(600, remove("old"))
    made.after(1_300, remove("web"))
    assert.equal(await made.run("drain node-b"), 0, made.err)
  })

  it("a node that is not there is NotFound, with the nearest one", async () => {
    const made = world()
    assert.equal(await made.run("drain node-d"), 1)
    assert.match(
      made.err,
      /^Error from server \(NotFound\): nodes "node-d" not found\n {2}fix {4}kubectl metallb drain node-/,
    )
  })

  it("as a document it carries the moves with reasons and times", async () => {
    const made = world()
    lets(made, "web", "node-b", 700)
    assert.equal(await made.run("drain node-b -o json"), 0, made.err)
    const document = JSON.parse(made.out)
    assert.equal(document.kind, "Drain")
    assert.deepEqual(
      document.moves.map(({ address, now, services }: Record<string, unknown>) => [address, now, services]),
      [["203.0.113.17", "node-b", ["shop/web"]]],
    )
    assert.equal(document.moves[0].tookMs, document.tookMs)
    const dry = withDb()
    assert.equal(await dry.run("drain node-b --dry-run -o json"), 1)
    assert.equal(JSON.parse(dry.out).lost, 1)
    assert.equal(await dry.run("drain node-c --dry-run -o name"), 0)
    assert.equal(dry.out, "node/node-c\n")
  })
})

describe("undrain", () => {
  it("takes the annotation away and says what the node comes first for", async () => {
    const made = withDb()
    made.api.change(kinds.node, "", "node-b", { metadata: { annotations: { "metallb.io/drain": "true", other: "x" } } })
    assert.equal(await made.run("undrain node-b --dry-run"), 0, made.err)
    assert.match(made.out, /^node\/node-b undrained \(dry run\)$/m)
    assert.deepEqual(made.api.writes, [])
    assert.equal(await made.run("undrain node-b"), 0, made.err)
    matchesFile(golden("undrain.txt"), made.out)
    assert.equal(annotation(made, "node-b"), undefined)
    assert.equal(at(made.api.stored(kinds.node, "", "node-b"), "metadata", "annotations", "other"), "x")
    assert.equal(await made.run("undrain node-b"), 0)
    assert.equal(made.out, "node/node-b unchanged: not drained\n")
  })
})

describe("a drained node", () => {
  const drained = () => {
    const made = world()
    made.api.change(kinds.node, "", "node-b", {
      metadata: { annotations: { "metallb.io/drain": "2026-01-01T12:02:11Z" } },
    })
    return made
  }

  it("is listed by status, which is no problem", async () => {
    const made = drained()
    assert.equal(await made.run("status"), 0, made.err + made.out)
    assert.match(made.out, /^DRAINED {2}FOR {3}BACK WITH\nnode-b {3}120m {2}kubectl metallb undrain node-b$/m)
    assert.equal(await made.run("status -o json"), 0)
    assert.deepEqual(JSON.parse(made.out).drained, [{ node: "node-b", since: Date.UTC(2026, 0, 1, 12, 2, 11) }])
  })

  it("is told by why-ip with what to type", async () => {
    const made = drained()
    assert.equal(await made.run("why-ip shop/web --node node-b"), 1, made.err)
    assert.match(made.out, /node-b rejected: ML388 node is drained\n {2}fix {4}kubectl metallb undrain node-b/)
  })
})
