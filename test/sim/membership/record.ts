/**
 * `node test/sim/membership/record.ts`: writes test/replay/membership anew, what one node of a virtual network is told. The effects come from
 * `UPDATE=1 node --test test/replay/membership.test.ts`.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createNetwork, type Network } from "./network.ts"

type Recording = {
  readonly title: string
  readonly foreign?: readonly string[]
  readonly trouble: (network: Network) => void
}

const recordings: Readonly<Record<string, Recording>> = {
  dead: {
    title: "a node is powered off: it does not answer, is suspected, and declared dead when the suspicion has run out",
    trouble: network => {
      network.powerOff("n3")
      network.run(1_500)
    },
  },
  refuted: {
    title: "nothing of a node arrives for half a second: it is suspected, and refutes that",
    trouble: network => {
      network.partition((a, b) => a === "n3" || b === "n3")
      network.run(450)
      network.partition(() => false)
      network.run(500)
    },
  },
  left: {
    title: "a node says that it leaves: it has left, and is not dead",
    trouble: network => {
      network.send("n3", { kind: "leave", within: 300 })
      network.run(400)
    },
  },
  mixed: {
    title: "a speaker without the mark is a member: the library's times are in force until it has left",
    foreign: ["n3"],
    trouble: network => {
      network.run(700)
      network.send("n3", { kind: "leave", within: 1_000 })
      network.run(1_200)
    },
  },
}

for (const [name, { title, foreign = [], trouble }] of Object.entries(recordings)) {
  const network = createNetwork({ nodes: 3, seed: 11, foreign: new Set(foreign) })
  network.run(400)
  trouble(network)
  const lines = network.tape("n1").map(line => JSON.stringify(line))
  const file = join(import.meta.dirname, "../../replay/membership", `${name}.jsonl`)
  writeFileSync(file, `${[`# ${title}`, ...lines].join("\n")}\n`)
}
