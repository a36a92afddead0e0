import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pollUntil } from "../lab/wait.ts"
import { root } from "../run/places.ts"
import { ApiServer } from "./api-server.ts"
import { installNamespace } from "./cluster.ts"

/** Where the services of these tests are. */
export const loneNamespace = "faults"

type ServiceList = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip: string }[] } }
  }[]
}

/**
 * An API server with etcd, controllers as plain processes that elect a leader, and between both somebody who breaks connections.
 * No nodes: only addresses matter.
 */
export class LoneControllers {
  readonly server: ApiServer
  /** BOUNDED by the controllers that a test starts. */
  readonly #controllers = new Map<string, ChildProcess>()
  readonly #saboteur: ChildProcess
  readonly #said: AsyncIterator<string>
  /** What each service had when it was seen first: it must never change. */
  readonly #held = new Map<string, string>()

  private constructor(server: ApiServer, saboteur: ChildProcess, said: AsyncIterator<string>) {
    this.server = server
    this.#saboteur = saboteur
    this.#said = said
  }

  static async start(): Promise<LoneControllers> {
    // Without its cache the server asks etcd for every old revision, which has forgotten it: 410.
    const server = await ApiServer.start(undefined, { serviceRange: "10.128.0.0/16", flags: ["--watch-cache=false"] })
    try {
      await server.mustKubectl(["apply", "--server-side", "-f", join(root, "manifests/crds")])
      await server.mustKubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"])
      for (const name of [installNamespace, loneNamespace]) await server.mustKubectl(["create", "namespace", name])
      const kubeconfig = readFileSync(join(server.folder, "kubeconfig"), "utf8")
      writeFileSync(join(server.folder, "cut.kubeconfig"), kubeconfig.replace(":6443", ":7443"), { mode: 0o600 })
      const [program = "", ...args] = server.command([process.execPath, join(root, "test/e2e/saboteur.ts")])
      const saboteur = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] })
      const said = createInterface({ input: saboteur.stdout })[Symbol.asyncIterator]()
      await said.next()
      return new LoneControllers(server, saboteur, said)
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** Starts a controller; resolves at once, since only one of several leads. */
  run(name: string): void {
    const log = openSync(this.#logOf(name), "a")
    const [program = "", ...args] = this.server.command([
      process.execPath,
      join(root, "dist/agent.cjs"),
      "--mode=controller",
      `--namespace=${installNamespace}`,
      `--pod-name=${name}`,
      `--kubeconfig=${join(this.server.folder, "cut.kubeconfig")}`,
      "--port=0",
      "--health-probe-port=0",
    ])
    this.#controllers.set(name, spawn(program, args, { stdio: ["ignore", log, log] }))
    closeSync(log)
  }

  /** Ends a controller and waits until it is gone. */
  async end(name: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#controllers.get(name)
    this.#controllers.delete(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, "exit")
    child.kill(signal)
    await ended
  }

  /** What a controller has said so far. */
  log(name: string): string {
    return existsSync(this.#logOf(name)) ? readFileSync(this.#logOf(name), "utf8") : ""
  }

  #logOf(name: string): string {
    return join(this.server.folder, `controller-${name}.log`)
  }

  /** How many statuses of services a controller has written so far. */
  written(name: string): number {
    return this.log(name).split('"msg":"service updated"').length - 1
  }

  /** Waits until a controller has written at least so many more; seen in its log, since a burst is over before kubectl answers. */
  async writes(name: string, more: number, since: number): Promise<void> {
    await pollUntil(`controller ${name} has begun`, () => this.written(name) >= since + more, { everyMs: 2 })
  }

  /** Waits until a controller has read everything and assigns. */
  async leads(name: string): Promise<void> {
    await pollUntil(`controller ${name} leads`, () => this.log(name).includes("all inputs read"))
  }

  /** Breaks every connection of the controllers, or makes etcd forget the past. */
  async sabotage(act: "cut" | "compact"): Promise<void> {
    this.#saboteur.stdin?.write(`${act}\n`)
    const { value } = await this.#said.next()
    if (value !== act) throw new Error(`the saboteur ended instead of "${act}"`)
  }

  /** Services that wait, since no pool is there; they are made before the fault, so that the burst is the controller's alone. */
  async services(prefix: string, count: number): Promise<void> {
    const items = Array.from({ length: count }, (_, n) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `${prefix}${n}`, namespace: loneNamespace },
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
    }))
    await this.server.mustKubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }))
  }

  async pool(name: string, addresses: readonly string[]): Promise<void> {
    const metadata = { name, namespace: installNamespace }
    const pool = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses } }
    await this.server.mustKubectl(["apply", "-f", "-"], JSON.stringify(pool))
  }

  /** Addresses by service. Throws where one is held twice, or where one that was seen before is another or gone. */
  async addresses(prefix: string): Promise<ReadonlyMap<string, string>> {
    const { items } = JSON.parse(
      await this.server.mustKubectl(["-n", loneNamespace, "get", "services", "-o", "json"]),
    ) as ServiceList
    const now = new Map(
      items.flatMap(({ metadata, status }) => {
        const ip = status.loadBalancer.ingress?.[0]?.ip
        return ip === undefined ? [] : [[metadata.name, ip] as const]
      }),
    )
    const twice = now.size - new Set(now.values()).size
    if (twice > 0) throw new Error(`${twice} addresses are held twice`)
    for (const [name, ip] of this.#held)
      if (now.get(name) !== ip) throw new Error(`${name} had ${ip} and has ${now.get(name) ?? "none"}`)
    for (const [name, ip] of now) this.#held.set(name, ip)
    return new Map([...now].filter(([name]) => name.startsWith(prefix)))
  }

  /** Waits until at least so many of the services have addresses, which they keep, no two of them the same. */
  async atLeast(prefix: string, count: number, timeoutMs = 60_000): Promise<void> {
    let broken: unknown
    await pollUntil(
      `${count} services ${prefix}* have addresses`,
      async () => {
        try {
          return (await this.addresses(prefix)).size >= count
        } catch (error) {
          // kubectl fails while the server is away; what the addresses say is no matter of waiting.
          if (error instanceof Error && /held twice| had .* and has /.test(error.message)) broken = error
          return broken !== undefined
        }
      },
      { timeoutMs, everyMs: 20 },
    )
    if (broken !== undefined) throw broken
  }

  async stop(): Promise<void> {
    for (const name of [...this.#controllers.keys()]) await this.end(name, "SIGKILL")
    this.#saboteur.kill("SIGKILL")
    await this.server.stop()
  }
}
