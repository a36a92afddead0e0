import assert from "node:assert/strict"
import type { Feature } from "./feature.ts"
import { staysSo } from "./patience.ts"
import { established, has, routesFor } from "./scene.ts"
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
    carried: ["IPv4", "IPv6"],
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
    name: "TTL security of the speaker, packets of the router come from further away: no session, and it is named as the likely cause",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      await scene.router()
      const ttl = scene.transport === "IPv6" ? "ip6 hoplimit" : "ip ttl"
      scene.cable.theirs.run("nft", "add table inet far")
      scene.cable.theirs.run("nft", "add chain inet far out { type filter hook postrouting priority 0; }")
      scene.cable.theirs.run("nft", `add rule inet far out tcp sport 179 ${ttl} set 200`)
      const speaker = await scene.speaker({ settings: { ttlSecurityHops: 1 } })
      assert.equal(await neverUp(speaker), "ML462")
      return undefined
    },
  },
]
