import { spawn } from "node:child_process"
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { killAll } from "../lab/process.ts"
import { must, type Output, run } from "../lab/run.ts"
import { GiveUp, pollUntil } from "../lab/wait.ts"
import { kubectlFolder, kubePrograms } from "../setup/cache.ts"

export type ServerWishes = {
  /** Every service takes one cluster IP of it. */
  readonly serviceRange?: string
  /** More flags of kube-apiserver. */
  readonly flags?: readonly string[]
}

const fail = (text: string): never => {
  throw new Error(text)
}

/**
 * An API server and its etcd, nothing else, in a network namespace of their own, so that any number of them can run at once
 * beside a lab. `stop` leaves nothing.
 */
export class ApiServer {
  /** Files of this server, removed by `stop`: its kubeconfig is there. */
  readonly folder: string
  readonly #holder: number
  readonly #pids: number[] = []
  readonly #config: string
  /** Names of programs that have ended. */
  readonly #ended = new Set<string>()
  #runServer: () => number = () => fail("the API server was not started")
  #server: number | undefined

  private constructor(folder: string, holder: number) {
    this.folder = folder
    this.#holder = holder
    this.#pids.push(holder)
    this.#config = join(folder, "kubeconfig")
  }

  /** Starts the programs `etcd` and `kube-apiserver` of a folder and waits until the server is ready (at most 60 s). */
  static async start(
    programs = kubePrograms,
    { serviceRange = "10.250.0.0/24", flags = [] }: ServerWishes = {},
  ): Promise<ApiServer> {
    const folder = mkdtempSync(join(tmpdir(), "api-server-"))
    const holder = start(
      "unshare",
      ["--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
      folder,
      "holder",
    )
    const server = new ApiServer(folder, holder)
    try {
      await server.#boot(programs, serviceRange, flags)
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  async #boot(programs: string, serviceRange: string, flags: readonly string[]): Promise<void> {
    const at = (name: string) => join(this.folder, name)
    await pollUntil("the namespace has a loopback", () => readFileSync(at("holder.log"), "utf8").includes("up"), {
      timeoutMs: 10_000,
    })
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    writeFileSync(at("sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 })
    const token = randomBytes(16).toString("hex")
    writeFileSync(at("tokens.csv"), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 })
    writeFileSync(this.#config, kubeconfig(token), { mode: 0o600 })
    this.#run(join(programs, "etcd"), "etcd", [
      "--listen-client-urls=http://127.0.0.1:2379",
      "--advertise-client-urls=http://127.0.0.1:2379",
      "--listen-peer-urls=http://127.0.0.1:2380",
      "--unsafe-no-fsync",
      "--log-level=warn",
      `--data-dir=${at("etcd")}`,
    ])
    this.#runServer = () =>
      this.#run(join(programs, "kube-apiserver"), "kube-apiserver", [
        ...flags,
        "--etcd-servers=http://127.0.0.1:2379",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=6443",
        `--service-cluster-ip-range=${serviceRange}`,
        "--service-account-issuer=https://kubernetes.default",
        `--service-account-key-file=${at("sa.key")}`,
        `--service-account-signing-key-file=${at("sa.key")}`,
        `--cert-dir=${at("certs")}`,
        `--token-auth-file=${at("tokens.csv")}`,
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
      ])
    await this.restart()
  }

  /** Kills the API server; etcd and everything in it stays. */
  async crash(): Promise<void> {
    const pid = this.#server ?? fail("the API server does not run")
    // Its number may soon be another process's.
    this.#pids.splice(this.#pids.indexOf(pid), 1)
    killAll([pid])
    await pollUntil("the API server is gone", () => this.#ended.has("kube-apiserver"))
  }

  /** Starts the API server, again after `crash`, and waits until it is ready. */
  async restart(): Promise<void> {
    this.#ended.delete("kube-apiserver")
    this.#server = this.#runServer()
    await pollUntil("the API server is ready", async () => {
      for (const name of ["etcd", "kube-apiserver"]) {
        if (this.#ended.has(name))
          throw new GiveUp(`${name} ended:\n${readFileSync(join(this.folder, `${name}.log`), "utf8").slice(-2000)}`)
      }
      return (await this.kubectl(["get", "--raw", "/readyz"])).code === 0
    })
  }

  #run(program: string, name: string, args: readonly string[]): number {
    const [nsenter = "", ...command] = this.command([program, ...args])
    const pid = start(nsenter, command, this.folder, name, () => this.#ended.add(name))
    this.#pids.push(pid)
    return pid
  }

  /** The same command, run where the server can be reached. */
  command(words: readonly string[]): readonly string[] {
    return ["nsenter", `--net=/proc/${this.#holder}/ns/net`, ...words]
  }

  /** Runs kubectl as administrator. */
  kubectl(args: readonly string[], input?: string): Promise<Output> {
    return run("nsenter", this.#kubectl(args), { timeoutMs: 60_000, ...(input === undefined ? {} : { input }) })
  }

  /** Like kubectl, with an Error when the code is not 0; gives what it printed. */
  mustKubectl(args: readonly string[], input?: string): Promise<string> {
    return must("nsenter", this.#kubectl(args), { timeoutMs: 60_000, ...(input === undefined ? {} : { input }) })
  }

  #kubectl(args: readonly string[]): readonly string[] {
    return this.command([join(kubectlFolder, "kubectl"), "--kubeconfig", this.#config, ...args]).slice(1)
  }

  /** Ends what was started and removes its files. */
  async stop(): Promise<void> {
    killAll(this.#pids)
    await pollUntil("the programs have ended", () => this.#pids.every(pid => !existsSync(`/proc/${pid}/ns/net`)))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const start = (
  program: string,
  args: readonly string[],
  folder: string,
  name: string,
  ended: () => unknown = () => undefined,
): number => {
  const log = openSync(join(folder, `${name}.log`), "a")
  const child = spawn(program, [...args], { stdio: ["ignore", log, log], cwd: folder })
  closeSync(log)
  child.on("exit", ended)
  if (child.pid === undefined) throw new Error(`${program} does not start`)
  return child.pid
}

const kubeconfig = (token: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "alone",
    clusters: [{ name: "alone", cluster: { server: "https://127.0.0.1:6443", "insecure-skip-tls-verify": true } }],
    users: [{ name: "alone", user: { token } }],
    contexts: [{ name: "alone", context: { cluster: "alone", user: "alone" } }],
  })
