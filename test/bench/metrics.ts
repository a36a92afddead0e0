import type { Lab } from "../lab/lab.ts"

/** One line of a scrape: labels by name, and the value. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** Samples of one metric in the text that /metrics answers with. */
export const samplesOf = (text: string, metric: string): readonly Sample[] =>
  text.split("\n").flatMap(line => {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (found === null || found[1] !== metric) return []
    const labels = [...(found[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value])
    return [{ labels: Object.fromEntries(labels), value: Number(found[3]) }]
  })

/** What the speaker on a node answers with at /metrics, asked as the lab's administrator. */
export const speakerMetrics = async (lab: Lab, node: string): Promise<string> => {
  const host = lab.plan.nodes.find(one => one.name === node)
  const token = await lab.mustKubectl(["config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}"])
  const url = `https://${host?.ipv4}:9120/metrics`
  const { code, stdout, stderr } = await lab.client(["curl", "-sSkf", "-m", "5", "-K", "-", url], {
    input: `header = "Authorization: Bearer ${token.trim()}"\n`,
  })
  if (code !== 0) throw new Error(`${url}: ${stderr.trim()}`)
  return stdout
}
