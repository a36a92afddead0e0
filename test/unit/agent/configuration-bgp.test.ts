import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const kinds = {
  peers: "metallb.io/bgppeers",
  advertisements: "metallb.io/bgpadvertisements",
  profiles: "metallb.io/bfdprofiles",
  communities: "metallb.io/communities",
  states: "metallb.io/configurationstates",
  secrets: "secrets",
} as const

const put = (cluster: World, collection: string, name: string, content: Record<string, Json>) =>
  cluster.put(collection, { metadata: { name, namespace: installNamespace, generation: 1 }, ...content })

const peer = (cluster: World, name: string, spec: Record<string, Json> = {}) =>
  put(cluster, kinds.peers, name, { spec: { myASN: 64512, peerASN: 64513, peerAddress: "10.0.0.1", ...spec } })

const advertisement = (cluster: World, name: string, spec: Record<string, Json> = {}) =>
  put(cluster, kinds.advertisements, name, { spec })

const node = (cluster: World, name: string, labels: Record<string, string> = {}) =>
  cluster.put(collections.nodes, {
    metadata: { name, labels },
    spec: {},
    status: { conditions: [{ type: "Ready", status: "True" }], addresses: [] },
  })

const secret = (cluster: World, name: string, type = "kubernetes.io/basic-auth") =>
  put(cluster, kinds.secrets, name, { type, data: { password: "aHVudGVyMg==" } })

const speaker = (cluster: World, nodeName = "n1") => {
  const agent = cluster.agent()
  const running = startSpeaker(
    { ...agent.edges, ...fakeHost(ethernet(2, "eth0")).edges },
    {
      namespace: installNamespace,
      podName: `speaker-${nodeName}`,
      nodeName,
      lbClass: "",
      speakerLabels: "app=metallb,component=speaker",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
    },
  )
  return { ...agent, running }
}

const controller = (cluster: World) => {
  const agent = cluster.agent()
  const leadership = alwaysLeading()
  const options = { namespace: installNamespace, podName: "controller-0", lbClass: "", leadership }
  return { ...agent, running: startController(agent.edges, options) }
}

const stateOf = (cluster: World, name: string) => {
  const status = cluster.api.store.get(kinds.states, `${installNamespace}/${name}`)?.["status"]
  const { result, errorSummary } = (status ?? {}) as { readonly result?: string; readonly errorSummary?: string }
  return `${result}${errorSummary === "" ? "" : `: ${errorSummary}`}`
}

const asked = (cluster: World, what: string) =>
  cluster.api.requests.filter(({ path }) => path.endsWith(`/${what}`)).length

/** Time for what changed to be judged and told: speakers spread their writes over a second. */
const rest = (cluster: World) => cluster.clock.advance(3_000)

/** What is written, step by step, and what the speaker's ConfigurationState says then. Spec 9. */
const stories: readonly (readonly [string, readonly (readonly [(cluster: World) => unknown, string])[]])[] = [
  [
    "a BFD profile",
    [
      [
        cluster => peer(cluster, "p1", { bfdProfile: "b1" }),
        "Invalid: configuration error: peer p1 referencing non existing bfd profile b1",
      ],
      [cluster => put(cluster, kinds.profiles, "b1", { spec: {} }), "Valid"],
      [
        cluster => cluster.api.store.remove(kinds.profiles, `${installNamespace}/b1`),
        "Invalid: configuration error: peer p1 referencing non existing bfd profile b1",
      ],
    ],
  ],
  [
    "a Secret",
    [
      [
        cluster => peer(cluster, "p1", { passwordSecret: { name: "s1" } }),
        `Invalid: configuration error: parsing peer p1 secret ref not found for peer config "${installNamespace}"/"p1"\nfailed to parse peer p1 password secret`,
      ],
      [
        cluster => secret(cluster, "s1", "Opaque"),
        `Invalid: configuration error: parsing peer p1 secret type mismatch on "${installNamespace}"/"s1", type "kubernetes.io/basic-auth" is expected \nfailed to parse peer p1 password secret`,
      ],
      [cluster => secret(cluster, "s1"), "Valid"],
    ],
  ],
  [
    "a community alias",
    [
      [
        cluster => advertisement(cluster, "a", { communities: ["blue"] }),
        'Invalid: configuration error: invalid community format: blue\ninvalid community "blue" in BGP advertisement',
      ],
      [
        cluster =>
          put(cluster, kinds.communities, "c", { spec: { communities: [{ name: "blue", value: "64512:1" }] } }),
        "Valid",
      ],
    ],
  ],
  [
    "two peers of one address, first on one node and then on two",
    [
      [
        cluster => {
          peer(cluster, "p1")
          peer(cluster, "p2")
        },
        "Invalid: configuration error: peer 10.0.0.1 already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node",
      ],
      [
        cluster => {
          node(cluster, "n1", { rack: "1" })
          node(cluster, "n2", { rack: "2" })
          peer(cluster, "p1", { nodeSelectors: [{ matchLabels: { rack: "1" } }] })
          peer(cluster, "p2", { nodeSelectors: [{ matchLabels: { rack: "2" } }] })
        },
        "Valid",
      ],
      [cluster => node(cluster, "n2", { rack: "1" }), "Valid"],
    ],
  ],
]

for (const [what, steps] of stories)
  test(`the speaker's ConfigurationState follows ${what} in MetalLB's words`, async () => {
    const cluster = world()
    node(cluster, "n1")
    speaker(cluster)
    await rest(cluster)
    assert.equal(stateOf(cluster, "speaker-n1"), "Valid")
    for (const [write, says] of steps) {
      write(cluster)
      await rest(cluster)
      assert.equal(stateOf(cluster, "speaker-n1"), says)
    }
  })

test("the controller tells what peers and advertisements have wrong as events about them, and reads no Secret", async () => {
  const cluster = world()
  controller(cluster)
  peer(cluster, "p1", { bfdProfile: "b1", passwordSecret: { name: "s1" } })
  advertisement(cluster, "a", { peers: ["p0"] })
  await rest(cluster)
  assert.match(stateOf(cluster, "controller"), /^Invalid: configuration error: peer p1 referencing non existing/)
  assert.deepEqual(
    cluster.events().map(event => event.replace(/:.*(\[ML\d+\])$/, " $1")),
    ["BGPAdvertisement/a ConfigurationProblem [ML266]", "BGPPeer/p1 ConfigurationProblem [ML254]"],
  )
  assert.equal(asked(cluster, "secrets"), 0)
})

test("without any BGPPeer and BGPAdvertisement nobody asks for profiles, aliases and Secrets", async () => {
  const cluster = world()
  node(cluster, "n1")
  secret(cluster, "unrelated")
  speaker(cluster)
  controller(cluster)
  await rest(cluster)
  assert.deepEqual(
    ["bfdprofiles", "communities", "secrets"].map(kind => asked(cluster, kind)),
    [0, 0, 0],
  )
  peer(cluster, "p1")
  await rest(cluster)
  assert.deepEqual(
    ["bfdprofiles", "communities", "secrets"].map(kind => asked(cluster, kind) > 0),
    [true, true, false],
  )
  assert.equal(stateOf(cluster, "speaker-n1"), "Valid")
})

test("a peer of the ConfigMap may name a profile that is a resource", async () => {
  const cluster = world()
  node(cluster, "n1")
  put(cluster, kinds.profiles, "fast", { spec: {} })
  cluster.legacy("peers:\n- {my-asn: 64512, peer-asn: 64513, peer-address: 10.0.0.1, bfd-profile: fast}\n")
  speaker(cluster)
  await rest(cluster)
  assert.equal(stateOf(cluster, "speaker-n1"), "Valid")
})

test("a speaker asks for the Secrets of its own peers alone, each by its name, and lets go of one that nobody names", async () => {
  const cluster = world()
  node(cluster, "n1", { rack: "1" })
  secret(cluster, "mine")
  peer(cluster, "p1", { passwordSecret: { name: "mine" }, nodeSelectors: [{ matchLabels: { rack: "1" } }] })
  peer(cluster, "p2", {
    peerAddress: "10.0.0.2",
    passwordSecret: { name: "theirs" },
    nodeSelectors: [{ matchLabels: { rack: "2" } }],
  })
  const { lines } = speaker(cluster)
  await rest(cluster)
  const selectors = () =>
    cluster.api.requests.flatMap(({ path, query }) => (path.endsWith("/secrets") ? [query.get("fieldSelector")] : []))
  assert.deepEqual([...new Set(selectors())], ["metadata.name=mine"])
  assert.equal(stateOf(cluster, "speaker-n1"), "Valid")
  assert.ok(!lines.join("").includes("aHVudGVyMg"))
  const watches = cluster.api.openWatches
  peer(cluster, "p1", { nodeSelectors: [{ matchLabels: { rack: "1" } }] })
  await rest(cluster)
  assert.equal(cluster.api.openWatches, watches - 1)
})

test("a node that is labelled anew has other peers, and their Secrets are asked for", async () => {
  const cluster = world()
  node(cluster, "n1")
  peer(cluster, "p1", { passwordSecret: { name: "s1" }, nodeSelectors: [{ matchLabels: { rack: "1" } }] })
  speaker(cluster)
  await rest(cluster)
  assert.equal(stateOf(cluster, "speaker-n1"), "Valid")
  node(cluster, "n1", { rack: "1" })
  await rest(cluster)
  assert.match(stateOf(cluster, "speaker-n1"), /^Invalid: .*secret ref not found/)
})

for (const [what, refuse, why] of [
  [
    "are not installed",
    (cluster: World) => cluster.api.unknown.add(kinds.peers),
    /^Unknown: configuration unknown: cannot read BGPPeers \(the API server does not know this kind\) \[ML630\]$/,
  ],
  [
    "may not be read",
    (cluster: World) =>
      cluster.api.fail(
        { status: 403 },
        ({ path }) => path.endsWith("/bgppeers") && cluster.clock.monotonic() < 20_000,
        100,
      ),
    /^Unknown: configuration unknown: cannot read BGPPeers \(.*403.*\) \[ML630\]$/,
  ],
] as const)
  test(`where BGPPeers ${what} the agents work, say Unknown, and find them later`, async () => {
    const cluster = world()
    node(cluster, "n1")
    cluster.pool("public", ["192.0.2.0/24"])
    cluster.service("web")
    refuse(cluster)
    peer(cluster, "p1", { bfdProfile: "b1" })
    const { metric } = controller(cluster)
    const second = speaker(cluster)
    await cluster.clock.advance(12_000)
    assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
    for (const name of ["controller", "speaker-n1"]) assert.match(stateOf(cluster, name), why)
    assert.equal(metric("metallb_k8s_client_config_stale_bool"), "1")
    assert.deepEqual(second.running.missing(), [])
    cluster.api.unknown.clear()
    await cluster.clock.advance(60_000)
    for (const name of ["controller", "speaker-n1"])
      assert.match(stateOf(cluster, name), /non existing bfd profile b1$/)
  })

test("a Secret that may not be read is unknown, not missing", async () => {
  const cluster = world()
  node(cluster, "n1")
  secret(cluster, "s1")
  cluster.api.fail({ status: 403 }, ({ path }) => path.endsWith("/secrets"), 1_000)
  peer(cluster, "p1", { passwordSecret: { name: "s1" } })
  speaker(cluster)
  await rest(cluster)
  assert.match(stateOf(cluster, "speaker-n1"), /^Unknown: configuration unknown: cannot read Secret s1 \(.*403/)
})

test("stopping with peers and Secrets followed leaves no watch and no timer", async () => {
  const cluster = world()
  node(cluster, "n1")
  secret(cluster, "s1")
  peer(cluster, "p1", { passwordSecret: { name: "s1" } })
  const { running } = speaker(cluster)
  await rest(cluster)
  await running.stop()
  await cluster.clock.settle()
  assert.deepEqual([cluster.api.openWatches, cluster.clock.timers()], [0, 0])
})
