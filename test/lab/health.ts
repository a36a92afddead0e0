import { readIfThere } from "./process.ts"
import { type Output, run } from "./run.ts"

/** A lab as far as its health is asked for. */
export type Patient = {
  readonly nodes: readonly string[]
  /** Parts of the control plane that do not run. */
  readonly deadParts: () => readonly string[]
  readonly isOn: (node: string) => boolean
  /** Program and arguments that run a command in a node. */
  readonly nodeCommand: (node: string, command: readonly string[]) => readonly [string, readonly string[]]
  /** Path of the log of a node's part. */
  readonly logFile: (node: string, part: string) => string
}

/** How long a part may take to say that it lives: a healthy one takes 0.1 s. */
const patienceMs = 10_000

/** Parts of a node that say by themselves whether they live, and how each is asked from inside the node. */
const parts: readonly (readonly [string, readonly string[]])[] = [
  ["containerd", ["ctr", "version"]],
  ["kubelet", ["curl", "-fsS", "-m", "8", "http://127.0.0.1:10248/healthz"]],
  ["kube-proxy", ["curl", "-fsS", "-m", "8", "http://127.0.0.1:10249/healthz"]],
]

/**
 * What is broken of the lab itself, a sentence each; none when every node's parts and the control plane answer. All is asked from
 * inside, so that nothing which a pod does on the network shows here.
 */
export const labFaults = async (lab: Patient): Promise<readonly string[]> => {
  const dead = lab.deadParts().map(part => `${part} has ended`)
  const found = await Promise.all(lab.nodes.map(node => nodeFaults(lab, node)))
  return [...dead, ...found.flat()]
}

const nodeFaults = async (lab: Patient, node: string): Promise<readonly string[]> => {
  if (!lab.isOn(node)) return [`node ${node} is off`]
  const asked = parts.map(async ([part, command]) => {
    const { code, stderr } = await inside(lab, node, command)
    return code === 0 ? [] : [`${part} of ${node} does not answer: ${code === 124 ? "no end" : stderr.trim()}`]
  })
  return (await Promise.all(asked)).flat()
}

/** What to look at when a test on the lab failed: the machine, each node, the agents' processes and the last words of their logs. */
export const labPicture = async (lab: Patient): Promise<string> => {
  const memory = /^MemAvailable:.*$/m.exec(readIfThere("/proc/meminfo") ?? "")?.[0] ?? "MemAvailable: unknown"
  const load = readIfThere("/proc/loadavg")?.trim() ?? "unknown"
  const kernel = await run("bash", ["-c", "dmesg | grep -iE 'killed process|out of memory|hung task' | tail -n 5"])
  const nodes = await Promise.all(lab.nodes.map(node => nodePicture(lab, node)))
  return [`load ${load}; ${memory}`, kernel.stdout.trimEnd(), ...nodes].filter(Boolean).join("\n")
}

const nodePicture = async (lab: Patient, node: string): Promise<string> => {
  if (!lab.isOn(node)) return `${node}: off`
  const { code, stdout, stderr } = await inside(lab, node, ["bash", "-c", look])
  const seen = code === 0 ? stdout.trimEnd() : `cannot be looked into: ${code} ${stderr.trim()}`
  const again = parts.flatMap(([part]) => startedAgain(lab.logFile(node, part)))
  return [`${node}:`, ...seen.split("\n"), ...again].join("\n  ")
}

const startedAgain = (file: string): readonly string[] =>
  (readIfThere(file) ?? "")
    .split("\n")
    .filter(line => line.includes("it is started again"))
    .slice(-2)

// The columns say whether a process waits, works, or hangs in the kernel.
const look = `
ps -eo pid,stat,etimes,pcpu,wchan:24,args | grep -E '[a]gent.cjs|[c]ontainerd --config|[k]ube-proxy --config|[k]ubelet --config' | cut -c1-150
for log in /var/log/pods/*speaker*/*/*.log; do [ -e "$log" ] && tail -n 4 "$log" | cut -c1-260; done
exit 0`

const inside = ({ nodeCommand }: Patient, node: string, command: readonly string[]): Promise<Output> =>
  run(...nodeCommand(node, command), { timeoutMs: patienceMs })
