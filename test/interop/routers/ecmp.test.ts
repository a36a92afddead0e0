import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { before, test } from "node:test"
import { newerFrrRoot } from "../../setup/newer-frr.ts"
import { type End, inside, sweep } from "./cable.ts"
import { frr, newerFrr } from "./frr.ts"
import { frrDaemons } from "./frr-daemons.ts"
import { waitUntil } from "./patience.ts"
import { type Spread, writeAside } from "./results.ts"
import { freshOrigin, routerAsn, routeTo, settingsFor, speakerAsn } from "./scene.ts"
import { startSpeaker } from "./speaker.ts"
import { layStar } from "./star.ts"

const vip = "192.0.2.80"

type Answer = { readonly at: number; readonly answer: string }

const bgpd = (nodes: readonly End[]): readonly string[] => [
  `router bgp ${routerAsn}`,
  " bgp router-id 10.79.0.254",
  " no bgp ebgp-requires-policy",
  ...nodes.flatMap(({ addresses: { IPv4 } }) => [
    ` neighbor ${IPv4} remote-as ${speakerAsn}`,
    ` neighbor ${IPv4} timers connect 1`,
    ` neighbor ${IPv4} bfd profile quick`,
  ]),
]
const bfdd = ["bfd", " profile quick", "  transmit-interval 100", "  receive-interval 100"]

const launch = (end: End, program: string, argument: string): ChildProcess => {
  const [enter = "", ...words] = inside(end.namespace)
  return spawn(enter, [...words, process.execPath, join(import.meta.dirname, program), argument], {
    stdio: ["ignore", "pipe", "inherit"],
  })
}

const countsOf = (all: readonly string[], answers: readonly Answer[]): Readonly<Record<string, number>> =>
  Object.fromEntries(all.map(one => [one, answers.filter(({ answer }) => answer === one).length]))

before(sweep)

/** What the run saw, for docs/interop.md. */
const spreads: Spread[] = []

for (const [{ name }, tree] of [
  [frr, undefined],
  [newerFrr, newerFrrRoot],
] as const)
  test(
    `a client behind ${name} reaches an address over three nodes, and over two once one is powered off`,
    {
      timeout: 120_000,
    },
    () => spread(name, tree),
  )

async function spread(name: string, tree: string | undefined): Promise<void> {
  const star = layStar(3)
  const { nodes, theirs, client } = star
  const router = frrDaemons(tree, star)
  const start = async (node: End) => {
    node.run("ip", "addr", "replace", `${vip}/32`, "dev", "lo")
    launch(node, "node-program.ts", node.addresses.IPv4)
    return startSpeaker(node, {
      settings: settingsFor(theirs.addresses.IPv4, ["IPv4"]),
      origin: freshOrigin,
      routes: [routeTo(`${vip}/32`)],
      password: undefined,
      listens: false,
      bfd: 100,
      record: undefined,
    })
  }
  const gateways = () =>
    [...theirs.run("ip", "route", "show", vip).matchAll(/via (\S+)/g)].map(([, gateway = ""]) => gateway).sort()
  try {
    await router.start({ bgpd: bgpd(nodes), bfdd })
    const speakers = await Promise.all(nodes.map(start))
    const all = nodes.map(({ addresses: { IPv4 } }) => IPv4)
    await waitUntil(`the router's kernel spreads over ${all}`, () => gateways().join() === all.join(), 30_000)
    await waitUntil("BFD is up everywhere", async () => {
      const peers: readonly { readonly status: string }[] = await router.asJson("show bfd peers", "bfdd")
      return peers.length === 3 && peers.every(({ status }) => status === "up")
    })

    const answers: Answer[] = []
    const asking = launch(client, "client-program.ts", vip)
    if (asking.stdout === null) throw new Error("the client has no output")
    createInterface({ input: asking.stdout }).on("line", line => answers.push(JSON.parse(line)))
    await waitUntil("60 connections were answered", () => answers.length >= 60)
    for (const { answer } of answers) assert.ok(all.includes(answer), `answered by ${answer || "nobody"}`)
    for (const one of all) {
      const share = answers.filter(({ answer }) => answer === one).length
      assert.ok(share >= 6, `${one} had ${share} of ${answers.length}`)
    }
    const shared = answers.slice()

    // Power off: nothing of it runs, and nothing comes out of its cable.
    star.cable(2, false)
    speakers[2]?.child.kill("SIGKILL")
    const off = Date.now()
    await waitUntil(
      "the router's kernel spreads over the other two",
      () => gateways().join() === all.slice(0, 2).join(),
    )
    const gone = Date.now()
    const before = answers.length
    await waitUntil("40 more connections were answered", () => answers.length >= before + 40)
    const later = answers.filter(({ at }) => at > gone)
    spreads.push({
      router: name,
      before: countsOf(all, shared),
      after: countsOf(all, later),
      routeGone: gone - off,
      lost: answers.filter(({ at, answer }) => at >= off && answer === "").length,
    })
    writeAside("ecmp", spreads)
    for (const { answer } of later) assert.ok(all.slice(0, 2).includes(answer), `answered by ${answer || "nobody"}`)
    assert.ok(gone - off < 2_000, `the route over it was gone after ${gone - off} ms`)
  } finally {
    await router.stop()
    star.remove()
  }
}
