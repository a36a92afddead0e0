import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { install, speakersReady } from "./agents.ts"
import { golden, live } from "./saved.ts"

describe("status", () => {
  it("is one screen without problems", async () => {
    const world = live()
    assert.equal(await world.run("status"), 0, world.out + world.err)
    matchesFile(golden("status.txt"), world.out)
  })

  it("shows a placement that is not the usual one, on the screen and to scripts", async () => {
    const world = live()
    const args = ["--mode=speaker", "--placement=balanced"]
    world.api.change(kinds.daemonSet, install, "speaker", { spec: { template: { spec: { containers: [{ args }] } } } })
    await world.run("status")
    assert.match(world.out, /^SERVICES .* placement balanced$/m)
    await world.run("status -o json")
    assert.equal(JSON.parse(world.out).placement, "balanced")
  })

  it("shows problems first, each with its code and what to type", async () => {
    const world = live()
    speakersReady(world.api, 2)
    for (const name of ["a", "b", "c"])
      world.api.put(kinds.service, {
        metadata: { namespace: "shop", name },
        spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.11"], ipFamilies: ["IPv4"], ports: [{ port: 80 }] },
        status:
          name === "c" ? {} : { loadBalancer: { ingress: [{ ip: name === "a" ? "203.0.113.16" : "203.0.113.18" }] } },
      })
    assert.equal(await world.run("status"), 1)
    matchesFile(golden("status-problems.txt"), world.out)
  })

  it("counts nothing as announced where no speaker is installed", async () => {
    const world = live()
    for (const name of ["node-a", "node-b", "node-c"])
      await world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/speaker-${name}` })
    await world.api.send({ method: "DELETE", path: `/apis/apps/v1/namespaces/${install}/daemonsets/speaker` })
    await world.api.send({ method: "DELETE", path: `/apis/apps/v1/namespaces/${install}/deployments/controller` })
    assert.equal(await world.run("status"), 1)
    assert.match(world.out, /problem {2}ML608 {2}no agents in namespace metallb-system\n +fix +kubectl metallb install/)
    assert.match(world.out, /announced 0 /)
  })

  it("what may not be read is unknown, and ends with 4 where nothing worse is known", async () => {
    const world = live()
    world.api.refuse(/GET \/api\/v1\/services/)
    assert.equal(await world.run("status"), 4)
    assert.match(world.out, /unknown {2}ML630 {2}cannot read services \(Forbidden: /)
    assert.match(world.out, /SERVICES {2}<unknown>/)
  })

  it("names stations that claim addresses of services, as the speakers told lately", async () => {
    const world = live()
    const event = (name: string, mac: string, at: number, more: object = {}) =>
      world.api.put(kinds.event, {
        metadata: { namespace: "shop", name },
        reason: "addressConflict",
        message: `${mac} claims 203.0.113.16 on eth0 [ML342]`,
        involvedObject: { kind: "Service", namespace: "shop", name: "web" },
        lastTimestamp: new Date(at).toISOString(),
        ...more,
      })
    const now = world.now
    event("one", "02:bb:00:00:00:01", now - 60_000)
    event("again", "02:bb:00:00:00:01", now - 30_000)
    event("old", "02:bb:00:00:00:02", now - 16 * 60_000)
    event("another", "02:bb:00:00:00:03", now, { reason: "nodeAssigned" })
    assert.equal(await world.run("status"), 0, world.out)
    assert.match(
      world.out,
      /warning {2}ML342 {2}02:bb:00:00:00:01 claims 203\.0\.113\.16 on eth0, an address of shop\/web\n/,
    )
    assert.match(world.out, /fix +find 02:bb:00:00:00:01 in the switch's address table/)
    assert.equal(world.out.match(/ML342/g)?.length, 1)
    world.api.refuse(/GET \/api\/v1\/events/)
    assert.equal(await world.run("status"), 4)
    assert.match(world.out, /unknown {2}ML630 {2}cannot read events/)
  })

  it("names the nodes that still run MetalLB's speaker, and what is suspended meanwhile", async () => {
    const world = live()
    world.api.change(kinds.pod, install, "speaker-node-c", {
      spec: { nodeName: "node-c", containers: [{ image: "quay.io/metallb/speaker:v0.15.2", args: ["--port=7472"] }] },
    })
    await world.run("status")
    assert.match(
      world.out,
      /ML385 +mixed: compatibility order: MetalLB's speaker runs on node-c; suspended: drains, bal/,
    )
  })

  it("is a document with -o json, with the same exit code", async () => {
    const world = live()
    assert.equal(await world.run("status -o json"), 0)
    const document = JSON.parse(world.out)
    assert.equal(document.kind, "Status")
    assert.deepEqual(document.services, { total: 1, announced: 1, pending: 0, silent: 0 })
    assert.equal(document.components[1].ready, 3)
  })
})
