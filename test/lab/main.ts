import { dirname, join } from "node:path"
import { root } from "../run/places.ts"
import { kubectlFolder } from "../setup/cache.ts"
import { Failure, sentence } from "../setup/failure.ts"
import { apiOf, nodeReports } from "./api.ts"
import { down, up } from "./cluster.ts"
import { controlParts } from "./control-config.ts"
import { deadParts } from "./control-plane.ts"
import { help } from "./help.ts"
import { Lab } from "./lab.ts"
import { namespacePath } from "./network.ts"
import { type CommandLine, readCommandLine } from "./options.ts"
import { placesOf } from "./places.ts"
import { runHere } from "./run.ts"
import { readState } from "./state.ts"

const began = performance.now()
const say = (line: string) =>
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)}s  ${line}\n`)
const print = (line: string) => process.stdout.write(`${line}\n`)

type Command = (line: CommandLine) => Promise<number>

const commands: Readonly<Record<string, Command>> = {
  up: async line => {
    const { state, started, seconds } = await up(line, say)
    print(
      started
        ? `lab ${state.lab} is up with ${state.nodes} nodes after ${seconds.toFixed(1)} s`
        : `lab ${state.lab} was up already, with ${state.nodes} nodes`,
    )
    print('  kubectl    eval "$(npm run -s lab -- env)"')
    print("  end it     npm run lab -- down")
    return 0
  },
  down: async line => {
    const was = await down(line.lab, line, say)
    print(was ? `lab ${line.lab} is down` : `lab ${line.lab} was not up`)
    return 0
  },
  status,
  env: async line => {
    const { kubeconfig, plan } = Lab.attach(line.lab)
    const api = plan.hostLink.controlPlane
    print(`export KUBECONFIG=${quoted(kubeconfig)}`)
    print(`export PATH=${quoted(kubectlFolder)}:${quoted(join(root, "dist"))}:"$PATH"`)
    // Where a proxy is set, kubectl would ask it for the lab's address too.
    print(`export NO_PROXY="${api}\${NO_PROXY:+,$NO_PROXY}" no_proxy="${api}\${no_proxy:+,$no_proxy}"`)
    return 0
  },
  kubectl: async line => {
    const lab = Lab.attach(line.lab)
    return runHere(join(kubectlFolder, "kubectl"), [...line.words.slice(1), ...line.command], { env: lab.env })
  },
  exec: async line => {
    const lab = Lab.attach(line.lab)
    const where = line.words[1] ?? ""
    const [program, ...args] = commandOf(line, 2)
    const host = [lab.plan.controlPlane, lab.plan.router, lab.plan.client].find(one => one.name === where)
    if (host) return runHere("nsenter", [`--net=${namespacePath(host.namespace)}`, program, ...args], { env: lab.env })
    const [enter, entered] = lab.nodeCommand(where, [program, ...args])
    return runHere(enter, entered, { env: lab.env })
  },
  client: async line => {
    const lab = Lab.attach(line.lab)
    const [program, args] = lab.clientCommand(commandOf(line, 1))
    return runHere(program, args, { env: lab.env })
  },
  load: async line => {
    const lab = Lab.attach(line.lab)
    const names = await lab.load(word(line, 1, "an image archive"))
    print(`loaded into ${names.join(", ")}`)
    return 0
  },
  "power-off": async line => {
    const name = word(line, 1, "a node")
    await Lab.attach(line.lab, say).powerOff(name)
    print(`node ${name} is off`)
    return 0
  },
  boot: async line => {
    const name = word(line, 1, "a node")
    await Lab.attach(line.lab, say).boot(name)
    print(`node ${name} is on and Ready after ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return 0
  },
  cable: async line => {
    const state = word(line, 1, "out or in")
    const name = word(line, 2, "a node")
    if (state !== "out" && state !== "in") {
      throw new Failure(`a cable cannot be ${JSON.stringify(state)}`, `npm run lab -- cable out ${name}, or: cable in`)
    }
    await Lab.attach(line.lab, say).cable(state, name)
    print(`the cable of ${name} is ${state}`)
    return 0
  },
  loss: async line => {
    const name = word(line, 1, "a node")
    const percent = Number(word(line, 2, "a share in percent"))
    await Lab.attach(line.lab, say).loss(name, percent)
    print(`the cable of ${name} loses ${percent} % of its frames, each way`)
    return 0
  },
  logs: async line => {
    const file = Lab.attach(line.lab).logFile(word(line, 1, "a node or cp"), word(line, 2, "a component"))
    return runHere("tail", ["--lines=+1", ...(line.follow ? ["--follow=name"] : []), file])
  },
}

async function status(line: CommandLine): Promise<number> {
  const places = placesOf(line.lab)
  const state = readState(places)
  if (!state || state.phase === "kept") {
    print(`lab ${line.lab} is down${state ? `; disks of ${state.nodes} nodes are kept` : ""}`)
    return 0
  }
  if (state.phase === "starting") {
    print(`lab ${line.lab} is starting, or its start was cut short`)
    return 1
  }
  const lab = Lab.attach(line.lab)
  const dead = deadParts(places, controlParts)
  const reports = dead.includes("kube-apiserver") ? undefined : await nodeReports(apiOf(lab.plan, places))
  print(`lab ${state.lab}: ${state.nodes} nodes, kube-proxy in ${state.proxy} mode`)
  print(`  control plane  ${dead.length === 0 ? "runs" : `lacks ${dead.join(", ")}`}, ${lab.plan.controlPlane.ipv4}`)
  for (const node of lab.plan.nodes) {
    const word = !lab.isOn(node.name)
      ? "off"
      : reports === undefined
        ? "on, API server does not run"
        : reports.get(node.name)?.ready
          ? "Ready"
          : "on, not Ready"
    const cable = await lab.cableOf(node.name)
    const fault = cable && !cable.plugged ? ", cable out" : cable && cable.loss > 0 ? `, ${cable.loss} % loss` : ""
    print(`  ${node.name.padEnd(14)} ${word}${fault}, ${node.ipv4} ${node.ipv6}`)
  }
  print(`  client         ${lab.plan.client.ipv4} ${lab.plan.client.ipv6}`)
  print(`  kubeconfig     ${lab.kubeconfig}`)
  print(`  logs           ${dirname(lab.logFile("cp", "etcd"))}`)
  const wrong =
    dead.length > 0 || lab.plan.nodes.some(node => lab.isOn(node.name) && reports?.get(node.name)?.ready !== true)
  return wrong ? 1 : 0
}

function word(line: CommandLine, at: number, what: string): string {
  const found = line.words[at]
  if (found !== undefined) return found
  throw new Failure(`${line.words[0]} needs ${what}`, "npm run lab -- --help shows examples")
}

/** The command to run: after "--", or what follows the lab's own words. */
function commandOf(line: CommandLine, from: number): readonly [string, ...string[]] {
  const [program, ...args] = [...line.words.slice(from), ...line.command]
  if (program !== undefined) return [program, ...args]
  throw new Failure(`${line.words[0]} needs a command`, `as in npm run lab -- ${line.words.join(" ")} -- ip address`)
}

function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2), process.env)
  const [name] = line.words
  if (line.help || name === undefined || name === "help") {
    process.stdout.write(help)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Failure(`${name} is not a command of the lab`, `one of: ${Object.keys(commands).join(", ")}`)
  return command(line)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(sentence(error))
  process.exitCode = error instanceof Failure ? 2 : 1
}
