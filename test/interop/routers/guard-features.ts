import assert from "node:assert/strict"
import type { Feature } from "./feature.ts"
import { staysSo, waitUntil } from "./patience.ts"
import { established, has, routesFor, type Scene } from "./scene.ts"
import type { Speaker } from "./speaker.ts"

const password = "correct-horse-battery-staple"
const withPassword = { settings: { password: { from: "peer", revision: "1" } }, password } as const

const isUp = async (speaker: Speaker) => (await speaker.report()).state === "Established"

/** Three times as long as a session takes to come up. */
const longEnough = 3_000

const neverUp = async (speaker: Speaker) => {
  await staysSo("no session", async () => !(await isUp(speaker)), longEnough)
  const { last, why } = await speaker.report()
  return (last?.explained ?? why).reason
}

/** Passwords and TTLs: who may have a session at all. */
export const guardFeatures: readonly Feature[] = [
  {
    name: "TCP MD5, the same password, opened by the speaker",
    core: true,
    needs: "passwords where it listens",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ password })
      const speaker = await scene.speaker(withPassword)
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "TCP MD5, the same password, opened by the router",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const speaker = await scene.speaker({
        ...withPassword,
        settings: { ...withPassword.settings, connects: false },
        listens: true,
      })
      const router = await scene.router({ password, connects: true })
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "TCP MD5, another password: no session, and the password is named as the likely cause",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      await scene.router({ password })
      const speaker = await scene.speaker({ ...withPassword, password: "wrong" })
      assert.equal(await neverUp(speaker), "ML425")
      return undefined
    },
  },
  {
    name: "TCP MD5, a password on the router alone: no session",
    core: false,
    needs: "passwords where it listens",
    carried: ["IPv4"],
    prove: async scene => {
      await scene.router({ password })
      const speaker = await scene.speaker()
      assert.equal(await neverUp(speaker), "ML424")
      return undefined
    },
  },
  {
    name: "TTL security on both sides (RFC 5082)",
    core: false,
    needs: "TTL security",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ ttlSecurity: true })
      const speaker = await scene.speaker({ settings: { ttlSecurityHops: 1 } })
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "TTL security of the router, on a session that it opens",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const speaker = await scene.speaker({ settings: { connects: false }, listens: true })
      const router = await scene.router({ ttlSecurity: true, connects: true })
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "TTL security of the speaker, packets of the router come from further away: no session",
    core: false,
    carried: ["IPv4"],
    prove: async scene => {
      await scene.router()
      scene.cable.theirs.run("nft", "add table ip far")
      scene.cable.theirs.run("nft", "add chain ip far out { type filter hook postrouting priority 0; }")
      scene.cable.theirs.run("nft", "add rule ip far out tcp sport 179 ip ttl set 200")
      const speaker = await scene.speaker({ settings: { ttlSecurityHops: 1 } })
      assert.equal(await neverUp(speaker), "ML424")
      return undefined
    },
  },
  {
    name: "collision: both sides open a connection at the same moment, and the one of RFC 4271 section 6.8 stays",
    core: false,
    carried: ["IPv4"],
    prove: collide,
  },
]

/**
 * The router has a SYN under way that a filter drops, and is frozen. The speaker's connection is answered by the router's kernel; the
 * filter goes, and the router's SYN comes again: two connections stand before the router says a word. Its identifier is the higher
 * one (10.79.0.2 against 10.79.0.1), so that its connection has to win.
 */
async function collide(scene: Scene): Promise<string> {
  const { ours, theirs } = scene.cable
  const count = (state: string) =>
    theirs
      .run("ss", "-Htn", "state", state)
      .split("\n")
      .filter(line => line.includes(":179")).length
  ours.run("nft", "add table inet wall")
  ours.run("nft", "add chain inet wall input { type filter hook input priority 0; }")
  ours.run("nft", "add rule inet wall input tcp dport 179 drop")
  const router = await scene.router({ connects: true })
  await waitUntil("the router is frozen with a SYN under way", async () => {
    router.signal("SIGSTOP")
    if (count("syn-sent") > 0) return true
    router.signal("SIGCONT")
    return false
  })
  const speaker = await scene.speaker({ listens: true })
  await waitUntil("the speaker's connection stands", async () => (await speaker.report()).state === "OpenSent")
  ours.run("nft", "delete table inet wall")
  await waitUntil("two connections stand", () => count("established") === 2)
  router.signal("SIGCONT")
  await established(router, speaker)
  await has(router, routesFor(scene.families))
  await staysSo("the session", () => isUp(speaker), 2_000)
  const { up, counters } = await speaker.report()
  // The other side may confirm both before it takes one back.
  assert.ok(counters.established <= 2)
  if (counters.received.open === 1) return "the router gives one of the two up before it says OPEN on it"
  assert.equal(up?.opener, "peer")
  return "OPENs on both connections, and the one of the higher identifier stays"
}
