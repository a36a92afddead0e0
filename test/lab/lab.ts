import { existsSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { kubectlFolder } from "../setup/cache.ts"
import { Failure } from "../setup/failure.ts"
import { type Api, apiOf } from "./api.ts"
import { isForeign, nodesReady, type Say } from "./cluster.ts"
import { controlParts } from "./control-config.ts"
import { apiReady, startPart, stopPart } from "./control-plane.ts"
import { type Cable, cableOf, lose, plug } from "./faults.ts"
import { namespacePath } from "./network.ts"
import { allowKubelet, cutPower, inNode, isOn, loadImage, nodeGroups, powerOn } from "./node.ts"
import type { ProxyMode } from "./node-config.ts"
import { type Places, placesOf } from "./places.ts"
import { type NodeHost, nodeOf, type Plan, usualName } from "./plan.ts"
import { findProgram } from "./preflight.ts"
import { hasDied } from "./process.ts"
import { cleanEnv, must, type Output, type RunOptions, run } from "./run.ts"
import { upFromHere } from "./started.ts"
import { locked, planOf, type State, stateOfRunning } from "./state.ts"
import { type Patience, pollUntil } from "./wait.ts"

export type AttachOptions = {
  readonly lab?: string
  readonly nodes?: number
  readonly proxy?: ProxyMode
  /** Where progress is said; standard error unless told otherwise. */
  readonly say?: Say
}

/** A running lab, as tests and the demo use it. Every call works from any process of the machine's root user. */
export class Lab {
  /** Whether attachOrStart brought this lab up, rather than found it running. */
  readonly started: boolean
  readonly plan: Plan
  readonly #places: Places
  readonly #state: State
  readonly #api: Api
  readonly #say: Say

  private constructor(state: State, started: boolean, say: Say) {
    this.started = started
    this.plan = planOf(state)
    this.#places = placesOf(state.lab)
    this.#state = state
    this.#api = apiOf(this.plan, this.#places)
    this.#say = say
  }

  /**
   * The lab that runs, or one that is started now; says on standard error which it is. Where no name is given and another
   * folder's lab has the usual one, its neighbour of the next free name is meant: nobody's tests wait for somebody else's lab.
   */
  static async attachOrStart(options: AttachOptions = {}): Promise<Lab> {
    const { nodes = 4, proxy = "iptables", say = toStderr } = options
    const lab = options.lab ?? (process.env["LAB"] || usualName(isForeign))
    const { state, started, seconds } = await upFromHere({ lab, nodes, proxy }, say)
    say(started ? `lab ${lab} was started in ${seconds.toFixed(1)} s` : `lab ${lab} was running already`)
    return new Lab(state, started, say)
  }

  /** The lab that runs. Throws a Failure when it does not. */
  static attach(lab = process.env["LAB"] || "lb", say: Say = toStderr): Lab {
    return new Lab(stateOfRunning(lab, placesOf(lab)), false, say)
  }

  /** Names of the nodes, powered on or not. */
  get nodes(): readonly string[] {
    return this.plan.nodes.map(node => node.name)
  }

  /** Path of the administrator's kubeconfig; it is right on the machine, in nodes and in the client. */
  get kubeconfig(): string {
    return this.#places.kubeconfig
  }

  /** Environment for a program that is to talk to this lab's cluster, with the lab's kubectl first in PATH. */
  get env(): NodeJS.ProcessEnv {
    const path = [kubectlFolder, process.env["PATH"] ?? ""].join(delimiter)
    return { ...cleanEnv(), KUBECONFIG: this.kubeconfig, PATH: path }
  }

  /** Runs kubectl as administrator, for 5 minutes at most unless told otherwise. */
  kubectl(args: readonly string[], options: RunOptions = {}): Promise<Output> {
    return run(join(kubectlFolder, "kubectl"), args, { env: this.env, timeoutMs: kubectlPatience, ...options })
  }

  /** Like kubectl, with an Error when the code is not 0; gives what it printed. */
  mustKubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return must(join(kubectlFolder, "kubectl"), args, { env: this.env, timeoutMs: kubectlPatience, ...options })
  }

  /** One object, or a list, as kubectl's JSON. Throws an Error when it is not there. */
  async get(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.mustKubectl(["get", ...args, "-o", "json"]))
  }

  /** Applies manifests: text as YAML or JSON, or objects. Throws an Error with kubectl's words when one is refused. */
  async apply(manifest: string | object | readonly object[]): Promise<string> {
    const one = (value: object) => JSON.stringify(value)
    const list = (items: readonly object[]) => one({ apiVersion: "v1", kind: "List", items })
    const input = typeof manifest === "string" ? manifest : Array.isArray(manifest) ? list(manifest) : one(manifest)
    return this.mustKubectl(["apply", "-f", "-"], { input })
  }

  /** Makes an object as administrator without starting kubectl, for whoever counts milliseconds. Throws an Error with the answer that is no 201. */
  async create(path: string, body: object): Promise<void> {
    const { code, text } = await this.#api.ask("POST", path, body)
    if (code !== 201) throw new Error(`POST ${path}: ${code} ${text.slice(0, 300)}`)
  }

  /** Reads as administrator without starting kubectl. Throws an Error with the answer that is no 200, or where none came within 2 s. */
  async read(path: string): Promise<unknown> {
    const { code, text } = await this.#api.ask("GET", path)
    if (code !== 200) throw new Error(`GET ${path}: ${code} ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  /** The same for a merge patch. Throws an Error with the answer that is no 200. */
  async patch(path: string, body: object): Promise<void> {
    const { code, text } = await this.#api.ask("PATCH", path, body)
    if (code !== 200) throw new Error(`PATCH ${path}: ${code} ${text.slice(0, 300)}`)
  }

  /** Program and arguments that run `command` on the client, for a caller that wants to hold the process itself. */
  clientCommand(command: readonly string[]): readonly [string, readonly string[]] {
    return ["nsenter", [`--net=${namespacePath(this.plan.client.namespace)}`, ...command]]
  }

  /** Runs a command on the client, which is on the LAN but not in the cluster. */
  client(command: readonly string[], options: RunOptions = {}): Promise<Output> {
    return run(...this.clientCommand(command), options)
  }

  /** Program and arguments that run `command` in a node. Throws a Failure when the node is off. */
  nodeCommand(name: string, command: readonly string[]): readonly [string, readonly string[]] {
    return inNode(this.#places, nodeOf(this.plan, name), command)
  }

  /** Runs a command in a node, in all of its namespaces. */
  exec(name: string, command: readonly string[], options: RunOptions = {}): Promise<Output> {
    return run(...this.nodeCommand(name, command), options)
  }

  isOn(name: string): boolean {
    return isOn(this.#places, nodeOf(this.plan, name))
  }

  /** Pulls a node's plug. Gives the time its cable went dead, on performance.now's clock. */
  powerOff(name: string): Promise<number> {
    const node = nodeOf(this.plan, name)
    return locked(this.#places, this.#say, () => cutPower(this.plan, this.#places, node, this.#groups(node)))
  }

  /** Powers a node on, and waits until it is Ready by its own new word. A node that is on is left alone. */
  async boot(name: string): Promise<void> {
    const node = nodeOf(this.plan, name)
    await locked(this.#places, this.#say, async () => {
      if (isOn(this.#places, node)) return
      const settings = { groups: this.#groups(node), proxy: this.#state.proxy, runc: findProgram("runc") }
      await powerOn(this.plan, this.#places, node, settings)
      allowKubelet(this.#places, node)
    })
    await nodesReady([node], this.#places, this.#api)
  }

  /**
   * Pulls a node's cable out of the switch, or puts it back in; the node itself runs on. Gives the time at which that was done, on
   * performance.now's clock. Throws a Failure when the node is off.
   */
  async cable(state: "out" | "in", name: string): Promise<number> {
    await plug(this.plan, nodeOf(this.plan, name), state === "in")
    return performance.now()
  }

  /** Lets a node's cable lose a share of the frames of each direction: percent, 0 to 100. Ends with 0 and with a power-off. */
  loss(name: string, percent: number): Promise<void> {
    return lose(this.plan, nodeOf(this.plan, name), percent)
  }

  /** What was done to a node's cable; none when the node is off. */
  cableOf(name: string): Promise<Cable | undefined> {
    return cableOf(this.plan, nodeOf(this.plan, name))
  }

  /** Gives nodes that are on an image archive; says which, and fails when there is none. */
  async load(
    archive: string,
    names: readonly string[] = this.nodes.filter(name => this.isOn(name)),
  ): Promise<readonly string[]> {
    const file = resolve(archive)
    if (!existsSync(file)) throw new Failure(`there is no file ${file}`, "npm run image makes the project's own image")
    await Promise.all(names.map(name => loadImage(this.#places, nodeOf(this.plan, name), file)))
    return names
  }

  /** Path of a log: of a node's part (kubelet, kube-proxy, containerd), or of the control plane's ("cp"). */
  logFile(where: string, part: string): string {
    const folder = where === "cp" ? this.#places.logs : join(this.#places.logs, nodeOf(this.plan, where).name)
    const file = join(folder, `${part}.log`)
    if (!/^[a-z-]+$/.test(part) || !existsSync(file)) {
      throw new Failure(`${where} has no log ${JSON.stringify(part)}`, `look at what is in ${folder}`)
    }
    return file
  }

  /** Ends the API server as a crash would. */
  async stopApiServer(): Promise<void> {
    await locked(this.#places, this.#say, () => stopPart(this.#places, "kube-apiserver", "SIGKILL"))
  }

  /** Starts the API server and waits until it is ready. */
  async startApiServer(): Promise<void> {
    await locked(this.#places, this.#say, () => startPart(this.plan, this.#places, "kube-apiserver"))
    await apiReady(this.#places, this.#api)
  }

  async restartApiServer(): Promise<void> {
    await this.stopApiServer()
    await this.startApiServer()
  }

  /** Asks until the answer is truthy, and gives it; the Error after the deadline names `what` and the last answer or error. */
  waitFor<T>(what: string, question: () => T | Promise<T>, patience: Patience = {}): Promise<NonNullable<T>> {
    return pollUntil(what, question, { everyMs: 100, ...patience })
  }

  /** Nodes and parts of the control plane that have ended by themselves; one that was powered off or stopped is not among them. */
  died(): readonly string[] {
    return [...controlParts, ...this.nodes].filter(name => hasDied(this.#places.pid(name)))
  }

  #groups(node: NodeHost) {
    return this.#state.groups[node.name] ?? nodeGroups(node)
  }
}

/** Longer than any wait that is asked of kubectl itself. */
const kubectlPatience = 320_000

const toStderr: Say = line => process.stderr.write(`lab: ${line}\n`)
