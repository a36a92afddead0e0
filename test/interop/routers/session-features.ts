import assert from "node:assert/strict"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { endedFor, type Feature, pair } from "./feature.ts"
import { linkBandwidthIn } from "./link-bandwidth.ts"
import { waitUntil } from "./patience.ts"
import { established, has, routesFor, routeTo } from "./scene.ts"

/** The short run takes the last one: it has IPv6 alone in other rows. */
const all = ["IPv4", "IPv6", "both over IPv6", "both"] as const

/** What a session carries, and who opens it. */
export const sessionFeatures: readonly Feature[] = [
  {
    name: "session that the speaker opens, routes seen with next hop and path",
    core: true,
    carried: all,
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      const seen = await has(router, routesFor(scene.families))
      const { addresses } = scene.cable.ours
      const { up } = await speaker.report()
      // Some offer IPv6 next hops on every session over IPv6 (RFC 8950).
      const isExtended = up?.agreed.some(({ kind }) => kind === "extended-next-hop") ?? false
      for (const { prefix, nextHop, asPath } of seen) {
        assert.equal(nextHop, addresses[prefix.includes(":") || isExtended ? "IPv6" : "IPv4"])
        assert.deepEqual(asPath, [65000])
      }
      assert.equal(up?.opener, "us")
      return undefined
    },
  },
  {
    name: "session that the router opens",
    core: true,
    carried: all,
    prove: async scene => {
      const speaker = await scene.speaker({ settings: { connects: false }, listens: true })
      const router = await scene.router({ connects: true })
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      const { up } = await speaker.report()
      assert.equal(up?.opener, "peer")
      assert.equal(formatAddress(up.remote), scene.cable.theirs.addresses[scene.transport])
      return undefined
    },
  },
  {
    name: "routes come, change and go while the session stays",
    core: true,
    carried: all,
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      const before = routesFor(scene.families)
      await has(router, before)
      const [first] = before
      assert.ok(first)
      const changed = routesFor(scene.families, { communities: [0xfde80009] })
      await speaker.tell({ kind: "table", routes: changed.slice(1) })
      // An UPDATE has one family, so that the other one's may still be under way when the set is right.
      await waitUntil("they have the new community", async () => {
        const seen = await has(router, changed.slice(1))
        return seen.every(({ communities }) => communities.join() === "65000:9")
      })
      await speaker.tell({ kind: "routes", set: [first], gone: [] })
      await has(router, before)
      assert.equal((await speaker.report()).counters.established, 1)
      return undefined
    },
  },
  {
    name: "communities of three kinds",
    core: true,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router()
      const routes = routesFor(scene.families, {
        communities: [0xfde80001, 0xffffff01],
        largeCommunities: [
          [65000, 1, 2],
          [4200000000, 3, 4],
        ],
        linkBandwidth: 125_000,
      })
      const speaker = await scene.speaker({ routes })
      await established(router, speaker)
      const seen = await has(router, routes)
      for (const { communities, large, extended } of seen) {
        assert.match(communities.join(" ").replaceAll(/[_-]/g, "").toLowerCase(), /^65000:1 (65535:65281|noexport)$/)
        assert.deepEqual(large, ["65000:1:2", "4200000000:3:4"])
        assert.deepEqual(extended.map(linkBandwidthIn), [{ asn: 65000, bytes: 125_000 }])
      }
      return `link bandwidth shown as ${seen[0]?.extended[0]}`
    },
  },
  {
    name: "aggregates: prefixes of other lengths than an address",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router()
      const routes =
        scene.carried === "IPv4"
          ? ["0.0.0.0/0", "198.51.100.0/24", "198.51.100.64/26", "203.0.113.0/31"].map(prefix => routeTo(prefix))
          : ["::/0", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:2::/127"].map(prefix => routeTo(prefix))
      const speaker = await scene.speaker({ routes })
      await established(router, speaker)
      await has(router, routes)
      return undefined
    },
  },
  {
    name: "AS numbers of four octets on both sides",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ asn: 4_200_000_002, speakerAsn: 4_200_000_001 })
      const speaker = await scene.speaker({
        settings: { asn: 4_200_000_001, remote: { kind: "as", asn: 4_200_000_002 } },
      })
      await established(router, speaker)
      const seen = await has(router, routesFor(scene.families))
      for (const { asPath } of seen) assert.deepEqual(asPath, [4_200_000_001])
      return undefined
    },
  },
  {
    name: "one AS on both sides (internal session)",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ asn: 65000 })
      const speaker = await scene.speaker({ settings: { remote: { kind: "internal" } } })
      await established(router, speaker)
      const seen = await has(router, routesFor(scene.families))
      for (const { asPath } of seen) assert.deepEqual(asPath, [])
      return undefined
    },
  },
  {
    name: "another AS than configured is told in words",
    core: false,
    carried: ["IPv4"],
    prove: async scene => {
      await scene.router({ asn: 65009 })
      const speaker = await scene.speaker()
      const { facts } = await endedFor(speaker, "ML436")
      assert.equal(facts["found"], 65009)
      return undefined
    },
  },
  {
    name: "the router expects another AS, told in words",
    core: false,
    carried: ["IPv4"],
    prove: async scene => {
      await scene.router({ speakerAsn: 65009 })
      const speaker = await scene.speaker()
      const { reason } = await endedFor(speaker, "ML435", "ML433", "ML432")
      return `told as ${reason}`
    },
  },
  {
    name: "route refresh",
    core: false,
    needs: "route refresh",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      await has(router, routesFor(scene.families))
      const { counters: before } = await speaker.report()
      await router.refresh()
      await waitUntil("the routes are told again", async () => {
        const { counters } = await speaker.report()
        return (
          counters.received["route-refresh"] > before.received["route-refresh"] &&
          counters.sent.update > before.sent.update
        )
      })
      await has(router, routesFor(scene.families))
      assert.equal((await speaker.report()).counters.established, 1)
      return undefined
    },
  },
  {
    name: "5,000 routes",
    core: false,
    carried: ["IPv4"],
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      const routes = Array.from({ length: 5_000 }, (_, at) => routeTo(`100.64.${at >> 8}.${at & 255}/32`))
      await speaker.tell({ kind: "table", routes })
      const wanted = new Set(routes.map(({ prefix }) => formatCidr(prefix)))
      const counted = async () => {
        const seen = new Set((await router.routes()).map(({ prefix }) => prefix))
        return { right: wanted.intersection(seen).size, others: seen.difference(wanted).size }
      }
      await waitUntil("the speaker told them", async () => (await speaker.report()).up?.families[0]?.told === 5_000)
      let found = await counted()
      try {
        await waitUntil(
          "the router has them",
          async () => {
            found = await counted()
            return found.right === 5_000 && found.others === 0
          },
          40_000,
        )
      } catch (error) {
        throw new Error(`the router has ${found.right} of them and ${found.others} others`, { cause: error })
      }
      await speaker.tell({ kind: "table", routes: routesFor(scene.families) })
      await has(router, routesFor(scene.families))
      assert.equal((await speaker.report()).counters.established, 1)
      return "its table was counted: all of them, and no other"
    },
  },
  {
    name: "a route of the router is counted and not used",
    core: false,
    carried: ["IPv4"],
    prove: async scene => {
      const router = await scene.router({ originates: true })
      const speaker = await scene.speaker()
      await established(router, speaker)
      // FRR tells a peer its own routes back.
      const counts = [1, 1 + routesFor(scene.families).length]
      await waitUntil("the route is counted", async () =>
        counts.includes((await speaker.report()).up?.learned.announced ?? 0),
      )
      assert.doesNotMatch(scene.cable.ours.run("ip", "route"), /203\.0\.113/)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "unnumbered: a session by interface, IPv4 routes with IPv6 next hops (RFC 8950)",
    core: false,
    needs: "unnumbered",
    carried: ["both"],
    prove: async scene => {
      const router = await scene.router({ transport: "unnumbered", connects: true })
      const speaker = await scene.speaker({
        settings: { endpoint: { kind: "interface", name: "eth0" } },
        listens: true,
      })
      await established(router, speaker)
      const seen = await has(router, routesFor(scene.families))
      for (const { nextHop } of seen) assert.match(nextHop, /^(fe80::|fd79::1$)/)
      const { up } = await speaker.report()
      return up?.opener === "us" ? "opened by the speaker" : "opened by the router"
    },
  },
  {
    name: "a numbered session over IPv6, IPv4 routes with IPv6 next hops (RFC 8950)",
    core: false,
    needs: "extended next hop",
    carried: ["both over IPv6"],
    prove: async scene => {
      const router = await scene.router({ extendedNextHop: true })
      const speaker = await scene.speaker()
      await established(router, speaker)
      const seen = await has(router, routesFor(scene.families))
      for (const { nextHop } of seen) assert.equal(nextHop, scene.cable.ours.addresses.IPv6)
      const { up } = await speaker.report()
      assert.ok(up?.agreed.some(({ kind }) => kind === "extended-next-hop"))
      return undefined
    },
  },
]
