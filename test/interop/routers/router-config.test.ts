import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "node:test"
import { birdConfig } from "../../../plugin/view/router-config/bird.ts"
import { frrConfig } from "../../../plugin/view/router-config/frr.ts"
import type { RouterSide } from "../../../plugin/view/router-config/side.ts"
import { newerFrrRoot } from "../../setup/newer-frr.ts"
import { sides } from "../../unit/plugin/router-config/sides.ts"
import { birdGiven } from "./bird.ts"
import { layCable } from "./cable.ts"
import { daemons } from "./daemons.ts"
import { frrGiven } from "./frr.ts"
import { frrDaemons } from "./frr-daemons.ts"
import { staysSo, waitUntil } from "./patience.ts"
import type { RouterPlan } from "./router.ts"
import { type Carried, established, has, newScene, routesFor, routeTo } from "./scene.ts"

/** What a router of this plan has to know of the cluster: one node, and the prefixes of `routesFor`. */
const sideOf = (plan: RouterPlan, router: string, speaker: string): RouterSide => ({
  asn: plan.asn,
  groups: [
    {
      peer: "tor",
      asn: plan.speakerAsn,
      address: router,
      port: 179,
      families: plan.families,
      members: [{ node: "n1", address: speaker }],
      password: plan.password,
      holdTime: plan.holdTime,
      keepaliveTime: Math.floor(plan.holdTime / 3),
      bfd:
        plan.bfd === undefined
          ? undefined
          : { name: "quick", receiveInterval: plan.bfd, transmitInterval: plan.bfd, detectMultiplier: 3 },
      gracefulRestart: plan.gracefulRestart,
      multihop: false,
      ttlSecurityHops: plan.ttlSecurity ? 1 : undefined,
      accept: [
        { family: "IPv4", prefix: "192.0.2.0/24", length: 32 },
        { family: "IPv6", prefix: "2001:db8::/64", length: 128 },
      ],
    },
  ],
})

const kinds = [
  ...frrGiven((plan, router, speaker) => frrConfig(sideOf(plan, router, speaker))),
  birdGiven("'metallb-tor-n1'", (plan, router, speaker, log) =>
    birdConfig(sideOf(plan, router, speaker), { top: [`log "${log}" all;`], session: [], channel: [] }),
  ),
]

/** Beyond the pools, and of another length: a fault here may not become a route there. */
const foreign = [routeTo("198.51.100.1/32"), routeTo("192.0.2.128/25"), routeTo("2001:db8:9::1/128")]

describe("what router-config writes", { concurrency: false }, () => {
  for (const [name, tree] of [
    ["FRR 8", undefined],
    ["FRR 10", newerFrrRoot],
  ] as const)
    it(`is taken line for line by ${name}, for every case, and a line that it does not know is refused`, {
      timeout: 120_000,
    }, async () => {
      for (const [what, side] of Object.entries(sides)) {
        const cable = layCable()
        const frr = frrDaemons(tree, cable)
        try {
          await frr.start({ bgpd: [], bfdd: [] })
          await frr.load(frrConfig(side))
          const running = await frr.vtysh("show running-config")
          for (const { peer } of side.groups) assert.ok(running.includes(`neighbor metallb-${peer} peer-group`), what)
          await assert.rejects(frr.load("router bgp 1\n neighbor nobody knows-this\n"))
        } finally {
          await frr.stop()
          cable.remove()
        }
      }
    })

  it("is a configuration of BIRD as it is, for every case, and a wrong word is refused", async () => {
    const cable = layCable()
    try {
      const check = async (text: string) => {
        const file = join(cable.folder, "bird.conf")
        writeFileSync(file, text)
        await daemons(cable).run("bird", "-p", "-c", file)
      }
      for (const side of Object.values(sides)) await check(birdConfig(side))
      await assert.rejects(check(`${birdConfig(sides["plain"] as RouterSide)}protocol wrong { }\n`), /syntax error/)
    } finally {
      cable.remove()
    }
  })

  // Without BFD, which FRR runs over several hops beside it.
  for (const kind of kinds)
    it(`makes ${kind.name} prove that it is on the link (RFC 5082)`, { timeout: 60_000 }, async () => {
      const scene = newScene(kind, "both")
      try {
        const router = await scene.router({ ttlSecurity: true, holdTime: 9 })
        const wanted = routesFor(scene.families)
        const speaker = await scene.speaker({ settings: { ttlSecurityHops: 1 }, routes: wanted })
        await established(router, speaker)
        await has(router, wanted)
      } catch (error) {
        throw new Error(scene.account(), { cause: error })
      } finally {
        await scene.end()
      }
    })

  for (const kind of kinds)
    for (const carried of ["both", "IPv6"] satisfies Carried[])
      it(`makes ${kind.name} take the cluster's routes and nothing else, ${carried}`, { timeout: 60_000 }, async () => {
        const scene = newScene(kind, carried)
        try {
          const secrets = { password: "s3cret", bfd: 300 }
          const router = await scene.router({ ...secrets, gracefulRestart: true, holdTime: 9 })
          const families = new Set<string>(scene.families)
          const others = foreign.filter(({ prefix }) => families.has(prefix.base.family))
          const wanted = routesFor(scene.families)
          const speaker = await scene.speaker({
            ...secrets,
            settings: { gracefulRestart: true, password: { from: "peer", revision: "1" } },
            routes: [...others, ...wanted],
          })
          await established(router, speaker)
          await waitUntil("BFD is up", () => speaker.lines.findLast(one => one.line === "bfd")?.to === "Up")
          const told = (await speaker.report()).up?.families.reduce((sum, family) => sum + family.told, 0)
          assert.equal(told, others.length + wanted.length)
          await has(router, wanted)
          await staysSo("nothing else", async () => (await router.routes()).length === wanted.length, 1_000)
        } catch (error) {
          throw new Error(scene.account(), { cause: error })
        } finally {
          await scene.end()
        }
      })
})
