import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import type { PeerStatus, PeersAnswer } from "../../../agent/core/bgp/peer-status.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import type { FakeWorld } from "./fake-world.ts"
import { liveCluster } from "./live.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)

const session = (node: string, now: number, changes: Partial<PeerStatus> = {}): PeerStatus => ({
  peer: "tor-a",
  node,
  address: "203.0.113.1",
  port: 179,
  localAsn: 64512,
  remoteAsn: 64513,
  state: "Established",
  since: now - 252_000,
  why: { reason: "ML420", facts: {}, text: "established" },
  last: null,
  established: 1,
  up: {
    since: now - 252_000,
    local: "203.0.113.11",
    remote: "203.0.113.1",
    opener: "us",
    asn: 64513,
    identifier: "203.0.113.11",
    peerIdentifier: "203.0.113.1",
    holdTime: 90,
    keepaliveTime: 30,
    capabilities: ["IPv4 unicast", "route refresh", "4-octet AS", "ADD-PATH", "host name"],
    agreed: ["IPv4 unicast", "route refresh", "4-octet AS"],
    gracefulRestart: true,
    families: [
      { family: "IPv4", wanted: 5, told: 5, why: null },
      { family: "IPv6", wanted: 0, told: 0, why: null },
    ],
    learned: 0,
    congested: false,
  },
  bfd: {
    reason: "ML480",
    facts: {},
    text: "BFD up",
    state: "Up",
    since: now - 250_000,
    transmitInterval: 300,
    detectionTime: 900,
  },
  messages: {
    sent: { open: 1, update: 2, keepalive: 9, notification: 0 },
    received: { open: 1, keepalive: 9 },
    refused: {},
    malformed: { discard: 0, withdraw: 2, reset: 0 },
  },
  ...changes,
})

const refused = { peer: "tor-a", namespace: "metallb-system", address: "203.0.113.1", port: 179 }

const down = (node: string, now: number): PeerStatus =>
  session(node, now, {
    state: "Connect",
    since: now - 1_000,
    why: { reason: "ML422", facts: refused, text: "connecting to 203.0.113.1 port 179" },
    last: {
      at: now - 61_000,
      by: "network",
      reason: "ML423",
      facts: refused,
      text: "203.0.113.1 refuses connections on port 179",
    },
    established: 0,
    up: null,
    bfd: null,
    messages: { sent: {}, received: {}, refused: {}, malformed: {} },
  })

/** node-a is up, node-b is refused, node-c has no session. */
const asked = (changes: (now: number) => Readonly<Record<string, PeersAnswer>> = () => ({})): FakeWorld => {
  const world = liveCluster()
  const now = world.now
  const said: Readonly<Record<string, PeersAnswer>> = {
    "node-a": { node: "node-a", peers: [session("node-a", now)], deaf: [] },
    "node-b": { node: "node-b", peers: [down("node-b", now)], deaf: [] },
    "node-c": { node: "node-c", peers: [], deaf: [] },
    ...changes(now),
  }
  for (const [node, answer] of Object.entries(said))
    world.api.commands.set(`speaker-${node}`, command => {
      assert.deepEqual(command, ["/usr/bin/node", "/app/agent.cjs", "--query=peers"])
      return { out: JSON.stringify({ answer }), err: "", failure: undefined }
    })
  return world
}

describe("peers", () => {
  it("has a row for each session, and a no where one is down", async () => {
    const world = asked()
    assert.equal(await world.run("peers"), 1, world.err)
    matchesFile(golden("peers.txt"), world.out)
  })

  it("shows one peer node by node, with what was agreed on and what to do", async () => {
    const world = asked()
    assert.equal(await world.run("peers show tor-a"), 1, world.err)
    matchesFile(golden("peers-show.txt"), world.out)
  })

  it("says below the list and in the page where a dead node goes unnoticed for long, BFD that is down included", async () => {
    const bfd = {
      reason: "ML481",
      facts: { peer: "203.0.113.1", local: "203.0.113.12", port: 3784 },
      text: "BFD waits for 203.0.113.1",
      state: "Down",
      since: 0,
      transmitInterval: 1000,
      detectionTime: 0,
    } as const
    const world = asked(now => ({
      "node-b": { node: "node-b", peers: [session("node-b", now, { bfd })], deaf: [] },
      "node-c": { node: "node-c", peers: [session("node-c", now, { bfd: null })], deaf: [] },
    }))
    assert.equal(await world.run("peers"), 0, world.err)
    matchesFile(golden("peers-slow.txt"), `${world.out}${world.err}`)
    assert.equal(await world.run("peers show tor-a"), 0)
    matchesFile(golden("peers-show-slow.txt"), world.out)
  })

  it("is content where all are established, and gives a document to programs", async () => {
    const world = asked(now => ({ "node-b": { node: "node-b", peers: [session("node-b", now)], deaf: [] } }))
    assert.equal(await world.run("peers -o json"), 0, world.err)
    const { kind, items } = JSON.parse(world.out) as { kind: string; items: readonly { node: string; state: string }[] }
    assert.equal(kind, "PeerList")
    assert.deepEqual(
      items.map(({ node, state }) => `${node} ${state}`),
      ["node-a Established", "node-b Established"],
    )
  })

  it("is unknown where a speaker could not be asked, and says which", async () => {
    const world = asked()
    world.api.commands.delete("speaker-node-c")
    assert.equal(await world.run("peers"), 4)
    assert.match(world.err, /the speaker of node-c was not asked/)
    assert.match(world.out, /tor-a/)
  })

  it("says what keeps routes from a peer, and which nodes no peer can call", async () => {
    const why = { reason: "ML455", facts: { family: "IPv6" }, text: "the peer takes no IPv6" } as const
    const world = asked(now => {
      const { up } = session("node-b", now)
      assert.ok(up !== null)
      const families = [{ family: "IPv6", wanted: 2, told: 0, why }]
      return {
        "node-b": {
          node: "node-b",
          peers: [session("node-b", now, { up: { ...up, families } })],
          deaf: ["EADDRINUSE: address already in use"],
        },
      }
    })
    assert.equal(await world.run("peers"), 0, world.err)
    assert.match(world.out, /node-b .* 0\/2 +the peer takes no IPv6/)
    assert.match(world.err, /no peer can connect to node-b: EADDRINUSE/)
  })

  it("a name that no session has is a no with the nearest one", async () => {
    const world = asked()
    assert.equal(await world.run("peers show tor-b"), 1)
    assert.match(world.err, /no node has a session with a BGPPeer "tor-b"/)
    assert.match(world.err, /kubectl metallb peers show tor-a/)
  })

  it("takes whatever a speaker of another version says", async () => {
    const world = asked()
    const odd = [
      {},
      5,
      null,
      { peer: "tor-a", state: "Established", up: { capabilities: ["telepathy"] } },
      { peer: "tor-a", state: "Connect", why: { reason: "ML9999", text: "moonlight" } },
    ]
    world.api.commands.set("speaker-node-b", () => ({
      out: JSON.stringify({ answer: { peers: odd } }),
      err: "",
      failure: undefined,
    }))
    assert.equal(await world.run("peers show tor-a"), 1)
    assert.match(world.out, /moonlight/)
    assert.match(world.out, /peer can +telepathy/)
  })
})
