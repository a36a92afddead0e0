import { formatAddress } from "../../../agent/core/ip/format.ts"
import { endedFor, pair } from "./feature.ts"
import type { Evidence } from "./lacks.ts"
import { staysSo, waitUntil } from "./patience.ts"
import { established, has, routesFor } from "./scene.ts"

/** It takes the routes, and the kernel knows nothing of them. */
export const noKernelTable: Evidence = async scene => {
  const router = await scene.router()
  const speaker = await scene.speaker()
  await established(router, speaker)
  await has(router, routesFor(scene.families))
  const { theirs } = scene.cable
  const table = theirs.run("ip", "route") + theirs.run("ip", "-6", "route")
  const found = routesFor(scene.families).filter(({ prefix }) => table.includes(formatAddress(prefix.base)))
  if (found.length > 0) throw new Error("it does put routes into the kernel")
  return "it has the routes, and `ip route` in its namespace shows none of them"
}

/** It shuts the session down, with words of its own. */
export const noShutdownText: Evidence = async scene => {
  const router = await scene.router()
  const speaker = await scene.speaker()
  await established(router, speaker)
  await router.shutDown("maintenance at noon")
  const { facts } = await endedFor(speaker, "ML434")
  const text = String(facts["text"])
  if (text.includes("maintenance at noon")) throw new Error("it does send a text")
  return `its command to shut a session down takes no text; what came with it was "${text.replace(/^: /, "")}"`
}

/** Its command looks at the table that it has kept, and asks for nothing. */
export const noRefresh: Evidence = async scene => {
  const router = await scene.router()
  const speaker = await scene.speaker()
  await established(router, speaker)
  await has(router, routesFor(scene.families))
  await router.refresh()
  const asked = async () => (await speaker.report()).counters.received["route-refresh"] > 0
  await staysSo("no request", async () => !(await asked()), 3_000)
  return "its command for it sends no ROUTE-REFRESH, but goes over the routes that it has kept"
}

/** What it sends on connections that it did not open has the system's TTL, which no neighbour with TTL security takes. */
export const noTtlSecurity: Evidence = async scene => {
  const { ours } = scene.cable
  const [family, field] = scene.carried === "IPv6" ? ["ip6", "ip6 hoplimit"] : ["ip", "ip ttl"]
  ours.run("nft", `add table ${family} near`)
  ours.run("nft", `add chain ${family} near in { type filter hook input priority 0; }`)
  ours.run("nft", `add rule ${family} near in tcp sport 179 ${field} < 255 counter`)
  const router = await scene.router({ ttlSecurity: true })
  const speaker = await scene.speaker()
  await established(router, speaker)
  const [, packets] = /counter packets (\d+)/.exec(ours.run("nft", "list", "table", family, "near")) ?? []
  if (packets === undefined || packets === "0") throw new Error("it sends with a TTL of 255")
  return `configured with it, it sent ${packets === "1" ? "a packet" : "packets"} with a TTL below 255 on a connection that it did not open`
}

/**
 * It knows of neighbours by interface, and looks for one in its kernel's table once, when it starts; without one it ends. So the table has one, and it
 * calls there; of itself it says nothing to the link. RFC 4861 section 6.2.4 has the first advertisements at most 16 seconds apart.
 */
export const noRouterAdvertisements: Evidence = async scene => {
  const { ours, theirs } = scene.cable
  const link = ours.run("ip", "addr", "show", "dev", "eth0")
  const [, mac = ""] = /link\/ether (\S+)/.exec(link) ?? []
  const [, address = ""] = /inet6 (fe80::[^/]+)/.exec(link) ?? []
  theirs.run("ip", "-6", "neigh", "replace", address, "lladdr", mac, "dev", "eth0", "nud", "permanent")
  ours.run("nft", "add table ip6 heard")
  ours.run("nft", "add chain ip6 heard in { type filter hook input priority 0; }")
  ours.run("nft", "add rule ip6 heard in tcp dport 179 counter")
  ours.run("nft", "add rule ip6 heard in icmpv6 type nd-router-advert counter")
  const heard = () =>
    [...ours.run("nft", "list", "table", "ip6", "heard").matchAll(/counter packets (\d+)/g)].map(([, n]) => Number(n))
  const speaker = await scene.speaker({ settings: { endpoint: { kind: "interface", name: "eth0" } }, listens: true })
  await scene.router({ transport: "unnumbered", connects: true })
  await waitUntil("it runs, and calls the neighbour that its kernel knows", () => (heard()[0] ?? 0) > 0)
  await staysSo("no router advertisement", () => heard()[1] === 0, 17_000)
  const { reason } = (await speaker.report()).why
  if (reason !== "ML446") throw new Error(`the speaker did find somebody: ${reason}`)
  return "given a neighbour in its kernel's table it runs and calls it, and sends no router advertisement in 17 s, by which a neighbour on a link is found"
}

/** On a session over IPv6 its OPEN does not have the capability, so that IPv4 routes come with an IPv4 next hop. */
export const noExtendedNextHop: Evidence = async scene => {
  const router = await scene.router({ extendedNextHop: true })
  const speaker = await scene.speaker()
  await established(router, speaker)
  const seen = await has(router, routesFor(scene.families))
  const { up } = await speaker.report()
  if (up?.capabilities.some(({ kind }) => kind === "extended-next-hop")) throw new Error("it does name the capability")
  const hops = seen.filter(({ prefix }) => !prefix.includes(":")).map(({ nextHop }) => nextHop)
  if (hops.some(hop => hop !== scene.cable.ours.addresses.IPv4)) throw new Error(`next hops are ${hops}`)
  return "its OPEN on a session over IPv6 does not name the capability, and the IPv4 routes stand there with an IPv4 next hop"
}

/** It takes a session of BFD that is turned off for one that failed. */
export const noAdminDown: Evidence = async scene => {
  const router = await scene.router({ bfd: 100, gracefulRestart: true })
  const speaker = await scene.speaker({ bfd: 100, settings: { gracefulRestart: true } })
  await established(router, speaker)
  await waitUntil("BFD is up", () => speaker.lines.findLast(one => one.line === "bfd")?.to === "Up")
  await has(router, routesFor(scene.families))
  await staysSo("the session", () => router.isUp(), 2_000)
  await speaker.quit({ kind: "stop", stop: { kind: "leave" } })
  await waitUntil("the router says so", () => router.says(/BFD session down/))
  await has(router, [])
  return 'told that BFD is turned off (AdminDown), it logs "BFD session down" and takes the routes away; `bfd graceful` would keep them over failures too'
}

/** Nothing of a session outlives it, since there is no table. */
export const noTable: Evidence = async scene => {
  const router = await scene.router({ gracefulRestart: true })
  const speaker = await scene.speaker({ settings: { gracefulRestart: true } })
  await established(router, speaker)
  await has(router, routesFor(scene.families))
  await speaker.kill()
  await waitUntil("the router sees the session end", async () => !(await router.isUp()))
  await has(router, [])
  return "it keeps no table: it hands each UPDATE to a helper, and of the end of a session says no more than that it is down"
}

/** It stumbles over a NOTIFICATION that has a text. */
export const noShutdownTextRead: Evidence = async scene => {
  const { router, speaker } = await pair(scene)
  await speaker.tell({ kind: "stop", stop: { kind: "shutdown", text: "rack is moved" } })
  await waitUntil("the router sees the session end", async () => !(await router.isUp()))
  await waitUntil("the router says so", () => router.says(/could not decode message "3"/))
  if (await router.says(/rack is moved/)) throw new Error("it does show the text")
  return 'the session ends, and of a NOTIFICATION with a text it logs `could not decode message "3"`'
}

/** Its listening socket has no password. */
export const noListeningPassword: Evidence = async scene => {
  const router = await scene.router({ password: "correct-horse-battery-staple" })
  const speaker = await scene.speaker()
  await established(router, speaker)
  return "configured with a password, it takes a connection that is not signed: on Linux its listening socket has none, and only connections that it opens are signed"
}
