import { readIfThere } from "./process.ts"
import { type Output, run } from "./run.ts"

/** A lab as far as its health is asked for. */
export type Patient = {
  readonly nodes: readonly string[]
  /** Nodes and parts of the control plane that have ended by themselves. */
  readonly died: () => readonly string[]
  readonly isOn: (node: string) => boolean
  /** Program and arguments that run a command in a node. */
  readonly nodeCommand: (node: string, command: readonly string[]) => readonly [string, readonly string[]]
  readonly plan: { readonly nodes: readonly { readonly name: string; readonly ipv4: string }[] }
  /** Runs a command on the client outside. */
  readonly client: (command: readonly string[], options: { readonly timeoutMs: number }) => Promise<Output>
  /** Runs kubectl as administrator. */
  readonly kubectl: (args: readonly string[], options: { readonly timeoutMs: number }) => Promise<Output>
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
 * What is broken of the lab itself, a sentence each; none when the control plane and the parts of every node that is on answer. All is
 * asked from inside, so that nothing which a pod does on the network shows here, and what a test turned off is no fault.
 */
export const labFaults = async (lab: Patient): Promise<readonly string[]> => {
  const dead = lab.died().map(part => `${part} has ended by itself`)
  const on = lab.nodes.filter(node => lab.isOn(node))
  const found = await Promise.all(on.map(node => nodeFaults(lab, node)))
  return [...dead, ...found.flat()]
}

const nodeFaults = async (lab: Patient, node: string): Promise<readonly string[]> => {
  const asked = parts.map(async ([part, command]) => {
    const { code, stderr } = await inside(lab, node, command)
    return code === 0 ? [] : [`${part} of ${node} does not answer: ${code === 124 ? "no end" : stderr.trim()}`]
  })
  return (await Promise.all(asked)).flat()
}

/**
 * What to look at when a test on the lab failed: the machine, what the LAN and the cluster say of nodes, pods and troubles, and of
 * each node the agents' processes and the last words of their logs.
 */
export const labPicture = async (lab: Patient): Promise<string> => {
  const memory = /^MemAvailable:.*$/m.exec(readIfThere("/proc/meminfo") ?? "")?.[0] ?? "MemAvailable: unknown"
  const load = readIfThere("/proc/loadavg")?.trim() ?? "unknown"
  const machine = await run("bash", ["-c", machineLook])
  const reached = await Promise.all(lab.plan.nodes.map(({ name, ipv4 }) => ping(lab, name, ipv4)))
  const told = await Promise.all(questions.map(([most, ...args]) => answer(lab, most, args)))
  const nodes = await Promise.all(lab.nodes.map(node => nodePicture(lab, node)))
  return [`load ${load}; ${memory}`, machine.stdout.trimEnd(), reached.join("; "), ...told, ...nodes]
    .filter(Boolean)
    .join("\n")
}

const ping = async (lab: Patient, name: string, address: string): Promise<string> => {
  const { code } = await lab.client(["ping", "-c", "2", "-i", "0.2", "-W", "1", address], { timeoutMs: patienceMs })
  return `${name} ${code === 0 ? "answers" : "does not answer"} the client's ping`
}

const machineLook = `df -h . | tail -n 1; dmesg | grep -iE 'killed process|out of memory|hung task|table full' | tail -n 5`

const pressures =
  'jsonpath={range .items[*]}{.metadata.name}{range .status.conditions[*]} {.type}={.status}{end} {.metadata.annotations}{"\\n"}{end}'

/** What kubectl is asked, and how many of its last lines are shown. */
const questions: readonly (readonly [number, ...string[]])[] = [
  [8, "get", "nodes", "-o", pressures],
  [24, "get", "pods", "-A", "-o", "wide", "--no-headers"],
  [
    12,
    "get",
    "events",
    "-A",
    "--field-selector=type=Warning,reason!=CgroupV1",
    "--sort-by=.lastTimestamp",
    "--no-headers",
  ],
]

const answer = async (lab: Patient, most: number, args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.kubectl(args, { timeoutMs: patienceMs })
  const lines = (code === 0 ? stdout : `kubectl ${args.join(" ")}: ${code} ${stderr}`).trimEnd().split("\n")
  return lines
    .slice(-most)
    .map(line => line.slice(0, widest))
    .join("\n")
}

const widest = 240

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

const inside = (lab: Patient, node: string, command: readonly string[]): Promise<Output> =>
  run(...lab.nodeCommand(node, command), { timeoutMs: patienceMs })
