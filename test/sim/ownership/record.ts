/**
 * `node test/sim/ownership/record.ts`: writes test/replay/ownership anew, what one node of a schedule is told. The effects come from
 * `UPDATE=1 node --test test/replay/ownership.test.ts`. A file changes where the world around the node does; its own code changes effects alone.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { client, type Schedule, type Trouble } from "./schedule.ts"
import { World } from "./world.ts"

type Recording = {
  readonly title: string
  readonly node: string
  readonly until: number
  readonly events: readonly Trouble[]
}

const vip = "192.168.1.11"
const nodes = ["n1", "n2", "n3"]
const at = 2_000

/** The order for the address is n2, n1, n3. */
const recordings: Readonly<Record<string, Recording>> = {
  "power-off": {
    title: "the owner loses its power: silence, the wire is asked, and the second in the order takes over",
    node: "n1",
    until: 2_600,
    events: [{ at, type: "power-off", node: "n2" }],
  },
  "stand-in": {
    title:
      "the owner's process is killed and comes back: the second in the order answers with the owner's MAC meanwhile",
    node: "n1",
    until: 4_600,
    events: [{ at, type: "kill", node: "n2", lasts: 300 }],
  },
  "false-alarm": {
    title: "heartbeats of the owner do not arrive: it answers on the wire, and nothing moves",
    node: "n1",
    until: 2_900,
    events: [{ at, type: "cut", from: "n2", to: "n1", lasts: 170 }],
  },
  yield: {
    title: "a partition heals: the lower in the order hears the higher one's claim and stops",
    node: "n1",
    until: 3_600,
    events: [{ at, type: "split", side: ["n2"], lasts: 800 }],
  },
  "cut-off": {
    title: "the second in the order loses the link for itself: it hears nobody and takes nothing",
    node: "n1",
    until: 3_000,
    events: ["n2", "n3", client].flatMap(other => [
      { at, type: "cut", from: other, to: "n1", lasts: 700 } as const,
      { at, type: "cut", from: "n1", to: other, lasts: 700 } as const,
    ]),
  },
}

const scheduleOf = ({ until, events }: Recording): Schedule => ({
  ...{ seed: 3, kind: "single", nodes, vips: [vip], failbackAfter: 1_000, loss: 0, load: 0.2, duration: until, events },
})

for (const [name, recording] of Object.entries(recordings)) {
  const { title, node, until } = recording
  const schedule = scheduleOf(recording)
  const world = new World(schedule, line => process.stdout.write(`${name}: ${line}\n`))
  for (const event of schedule.events) world.timeline.at(event.at, () => world.trouble(event))
  world.timeline.runUntil(until)
  const { tape, boot } = world.node(node)
  const [start, ...rest] = tape.lines()
  const create = { create: { self: node, boot, policy: { failbackAfter: schedule.failbackAfter, mixed: false } } }
  const lines = [{ at: start?.at ?? 0, event: create }, ...rest].map(line => JSON.stringify(line))
  const file = join(import.meta.dirname, "../../replay/ownership", `${name}.jsonl`)
  writeFileSync(file, `${[`# ${title}`, ...lines].join("\n")}\n`)
}
