import assert from "node:assert/strict"
import { type Cluster, installNamespace } from "./cluster.ts"

/** Sends a signal to the speaker of a node, past the kubelet. */
export const signalSpeaker = async ({ lab }: Cluster, node: string, name: "STOP" | "CONT" | "KILL"): Promise<void> => {
  const script = `for f in /proc/[0-9]*/cmdline; do grep -qzx -- --mode=speaker $f 2>/dev/null && kill -${name} $(basename $(dirname $f)); done; true`
  const { code, stderr } = await lab.exec(node, ["bash", "-c", script])
  assert.equal(code, 0, stderr)
}

/** What the speakers make of an address: "yes" it is theirs, "stands" for another's, and so on; by node, of those that can be asked. */
export const seatsOf = async (cluster: Cluster, address: string): Promise<ReadonlyMap<string, string>> => {
  const asked = cluster.lab.nodes.map(async node => {
    const pod = await cluster.agentPod("speaker", node)
    const command = ["/usr/bin/node", "/app/agent.cjs", "--query=company"]
    const { code, stdout } = await cluster.lab.kubectl(["-n", installNamespace, "exec", pod, "--", ...command])
    if (code !== 0) return undefined
    const { answer } = JSON.parse(stdout) as { answer: { seats: { vip: string; mine: string }[] } }
    return [node, answer.seats.find(({ vip }) => vip === address)?.mine ?? ""] as const
  })
  const told = await Promise.allSettled(asked)
  return new Map(told.flatMap(one => (one.status === "fulfilled" && one.value !== undefined ? [one.value] : [])))
}

/** The address is the node's, its speaker says so itself, and nobody stands in for it. */
export const isBack = (cluster: Cluster, address: string, node: string): Promise<true> =>
  cluster.lab.waitFor(
    `the speaker of ${node} answers for ${address}, alone`,
    async () => {
      const seats = await seatsOf(cluster, address)
      return seats.get(node) === "yes" && ![...seats.values()].includes("stands") ? true : undefined
    },
    { timeoutMs: 60_000, everyMs: 500 },
  )

/** The node whose speaker stands in for the owner of the address. */
export const standIn = (cluster: Cluster, address: string): Promise<string> =>
  cluster.lab.waitFor(
    `a speaker stands in for the owner of ${address}`,
    async () => [...(await seatsOf(cluster, address))].find(([, mine]) => mine === "stands")?.[0],
    { timeoutMs: 15_000, everyMs: 500 },
  )
