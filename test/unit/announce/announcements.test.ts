import assert from "node:assert/strict"
import { test } from "node:test"
import { announcements } from "../../../agent/core/announce/announcements.ts"
import type { AnnounceContext, AnnounceInput } from "../../../agent/core/announce/context.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { Service } from "../../../agent/core/model.ts"
import { dualStack, service } from "../allocate/fixtures.ts"
import { advertise, crypto, endpoint, node, poolA, slice, verdict, web, world } from "./fixtures.ts"

const names = ["n1", "n2", "n3"]
const at = (context: AnnounceContext, myNode: string) => announcements(context, myNode, crypto)

/** "address: owner" for every address, over the answers of all three nodes. */
const owners = (services: readonly Service[], more: Partial<AnnounceInput> = {}): readonly string[] =>
  names
    .flatMap(name => at(world(services, more), name).owned.map(({ address }) => `${formatAddress(address)}: ${name}`))
    .sort()

const key = { "metallb.io/allow-shared-ip": "k" }

test("each address is announced by exactly one of the nodes", () => {
  const services = [1, 2, 3, 4].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  assert.deepEqual(owners(services), ["10.0.0.1: n2", "10.0.0.2: n1", "10.0.0.3: n1", "10.0.0.4: n1"])
})

test("what a node does not announce has a reason of its own", () => {
  const nodes = [node("n1", { ready: false }), node("n2"), node("n3")]
  const services = [web(), service("shop/pending"), service("shop/internal", { type: "ClusterIP" })]
  const said = (name: string) =>
    at(world(services, { nodes }), name).silent.map(({ service: of, reason }) => `${of} ${reason}`)
  const always = ["shop/internal ML001", "shop/pending ML011"]
  assert.deepEqual(said("n1"), [...always, "shop/web ML303"])
  assert.deepEqual(said("n2"), always)
  assert.deepEqual(said("n3"), [...always, "shop/web ML319"])
})

test("where another node announces, it is named", () => {
  const silence = at(world([web()]), "n1").silent.find(one => one.service === "shop/web")
  assert.deepEqual(silence?.facts, { owner: "n2" })
})

test("where nobody may announce, the reason is the service's", () => {
  const { silent } = at(world([web()], { endpointSlices: [] }), "n1")
  assert.deepEqual(
    silent.map(({ reason }) => reason),
    ["ML312"],
  )
})

test("both addresses of a dual-stack service are on one node", () => {
  const one = web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] })
  assert.deepEqual(owners([one]), ["10.0.0.1: n2", "2001:db8::1: n2"])
})

test("of services that share an address the older one decides, beside MetalLB's speakers only where a node for it is known to live", () => {
  const local = web({ annotations: key, createdAt: 0, externalTrafficPolicy: "Local" })
  const other = service("shop/api", { annotations: key, createdAt: 1, ips: ["10.0.0.1"], from: "a" })
  const more = {
    nodes: [node("n1"), node("n2", { ready: false })],
    endpointSlices: [slice(local, endpoint("n2")), slice(other, endpoint("n2"))],
  }
  assert.deepEqual(owners([local, other], more), ["10.0.0.1: n2"])
  assert.deepEqual(owners([local, other], { ...more, mixed: true }), ["10.0.0.1: n1"])
})

test("services that share an address are announced from one node", () => {
  const services = [web({ annotations: key }), service("shop/api", { annotations: key, ips: ["10.0.0.1"], from: "a" })]
  const { owned } = at(world(services), "n2")
  assert.deepEqual(
    owned.map(one => one.services),
    [["shop/api", "shop/web"]],
  )
})

test("a shared address has one owner even where its services would choose by different first addresses", () => {
  // By itself shop/six would be announced by n3, shop/both with both its addresses by n2.
  const six = (createdAt: number) =>
    service("shop/six", { annotations: key, ips: ["2001:db8::2"], from: "a", createdAt })
  const both = web({ ...dualStack, annotations: key, ips: ["10.0.0.1", "2001:db8::2"], createdAt: 5 })
  const alone = owners([six(0)])
  assert.deepEqual(alone, ["2001:db8::2: n3"])
  assert.deepEqual(owners([both, six(9)]), ["10.0.0.1: n2", "2001:db8::2: n2"])
  assert.deepEqual(owners([both, six(1)]), ["10.0.0.1: n2", "2001:db8::2: n3"])
})

test("of sharers the oldest that can be announced decides", () => {
  const local = {
    externalTrafficPolicy: "Local",
    annotations: key,
    ips: ["10.0.0.1"],
    from: "a",
    selector: { app: "x" },
  } as const
  const older = service("shop/older", { ...local, createdAt: 1, ports: ["TCP/1"] })
  const newer = service("shop/newer", { ...local, createdAt: 2, ports: ["TCP/2"] })
  const context = (endpointSlices: AnnounceInput["endpointSlices"]) => world([older, newer], { endpointSlices })
  const ownerIn = (slices: AnnounceInput["endpointSlices"]) =>
    names.flatMap(name => at(context(slices), name).owned.map(one => `${name} by ${one.decidedBy}`))
  assert.deepEqual(ownerIn([slice(older, endpoint("n1")), slice(newer, endpoint("n3"))]), ["n1 by shop/older"])
  assert.deepEqual(ownerIn([slice(newer, endpoint("n3"))]), ["n3 by shop/newer"])
})

test("a shared address is announced on the interfaces of all its services", () => {
  const gold = { tier: "gold" }
  const services = [web(), service("shop/api", { labels: gold, ips: ["10.0.0.1"], from: "a" })]
  const { owned } = at(
    world(services, {
      verdict: verdict(
        [poolA],
        [
          advertise(["a"], { interfaces: ["eth0"] }),
          advertise(["a"], { interfaces: ["eth1"], serviceSelectors: [{ matchLabels: gold }] }),
        ],
      ),
    }),
    "n2",
  )
  assert.deepEqual(
    owned.map(one => one.interfaces),
    [["eth0", "eth1"]],
  )
})

test("a service that is being deleted gives its address up, and a sharer keeps it", () => {
  const gone = web({ deleting: true, annotations: key })
  assert.deepEqual(owners([gone]), [])
  const sharer = service("shop/api", { annotations: key, ips: ["10.0.0.1"], from: "a", createdAt: 3 })
  assert.deepEqual(owners([gone, sharer]), ["10.0.0.1: n2"])
})
