import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { at, textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { agentPod, install } from "./agents.ts"
import { installed, putService } from "./installed.ts"

describe("uninstall", () => {
  it("names the services that lose their address and asks; without an answer nothing goes", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("uninstall"), 6)
    assert.match(
      world.out,
      /1 service loses its address:\n {2}SERVICE {6}ADDRESS\n {2}default\/web {2}203\.0\.113\.17\n/,
    )
    assert.match(world.err, /\[ML615\]\n {2}fix {4}pass --yes/)
    assert.deepEqual(world.api.writes, [])
    world.tty = true
    world.answers = ["n"]
    assert.equal(await world.run("uninstall"), 6)
    assert.deepEqual(world.api.writes, [])
  })

  it("removes the agents, waits for their pods and keeps pools, definitions and addresses", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    world.after(2000, () => {
      for (const node of ["node-a", "node-b", "node-c"])
        void world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/speaker-${node}` })
      void world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/controller-node-a` })
    })
    assert.equal(await world.run("uninstall --yes"), 0, world.err)
    assert.equal(world.api.stored(kinds.daemonSet, install, "speaker"), undefined)
    assert.notEqual(world.api.stored(kinds.pool, install, "public"), undefined)
    assert.equal(
      textAt(world.api.stored(kinds.service, "default", "web"), "status", "loadBalancer", "ingress", 0, "ip"),
      "203.0.113.17",
    )
    assert.match(world.out, /A new installation gives every service the address it had\.\n$/)
    assert.match(world.err, /still ending: controller-node-a, speaker-node-a, speaker-node-b, …/)
  })

  it("--purge also clears the addresses, since no pool would ever", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("uninstall --purge --yes --wait=false"), 0, world.err)
    assert.equal(at(world.api.stored(kinds.service, "default", "web"), "status", "loadBalancer"), undefined)
    assert.match(world.api.writes.join("\n"), /DELETE \/api\/v1\/namespaces\/metallb-system\n/)
  })

  it("gives up with 5 on pods that do not end", async () => {
    const world = installed()
    world.api.put(kinds.pod, agentPod("speaker", "node-x"))
    assert.equal(await world.run("uninstall --yes --timeout 5s"), 5)
    assert.match(world.err, /gave up waiting: still ending: /)
  })
})
