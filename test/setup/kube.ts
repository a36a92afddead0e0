import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../run/places.ts"
import { kubectlFolder, kubeFolder, kubePrograms } from "./cache.ts"
import { Failure } from "./failure.ts"
import { longStep, quietly } from "./long-step.ts"
import { which } from "./which.ts"

const source = join(root, "test/lab/kube")
const binary = join(kubeFolder, "kube")
const stamp = join(kubeFolder, "stamp")
const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
] as const

/** Builds Kubernetes and etcd as one program from their Go modules, unless that was done from these very sources. */
export async function ensureKube(): Promise<void> {
  const wanted = fingerprint()
  const built = existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted
  if (!built) {
    const go = await findGo()
    mkdirSync(kubeFolder, { recursive: true })
    await longStep("building Kubernetes, once, about 6 minutes on 2 cores", () => build(go))
  }
  link(kubePrograms, components)
  link(kubectlFolder, ["kubectl"])
  if (!built) writeFileSync(stamp, wanted)
}

// Without the repository's revision in it, whose reading fails in a checkout that belongs to another user.
const buildFlags = ["-trimpath", "-buildvcs=false"] as const

async function build(go: string): Promise<void> {
  const next = `${binary}.next`
  try {
    await quietly(go, ["build", ...buildFlags, "-ldflags", linkFlags(), "-o", next, "."], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: "0" },
    })
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new Failure(
      `Kubernetes could not be built: ${words}`,
      "check that the Go module proxy is reachable, and try again",
    )
  }
  renameSync(next, binary)
}

/** Without these the programs call themselves v0.0.0-master, and `kubectl metallb install` would refuse the cluster. */
function linkFlags(): string {
  const version = kubernetesVersion(readFileSync(join(source, "go.mod"), "utf8"))
  const [major, minor] = version.slice(1).split(".")
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  return [
    "-s -w",
    ...Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
  ].join(" ")
}

/** The version of Kubernetes that a go.mod asks for. */
export function kubernetesVersion(goMod: string): string {
  const [, version] = /^\s*k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(goMod) ?? []
  if (version === undefined) throw new Error("go.mod does not require k8s.io/kubernetes")
  return version
}

function fingerprint(): string {
  const hash = createHash("sha256").update(`${process.arch} ${buildFlags.join(" ")} ${linkFlags()}\n`)
  for (const name of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(source, name)))
  return hash.digest("hex")
}

/** The go program. Throws a Failure when there is none, or one too old to fetch the toolchain that go.mod asks for. */
async function findGo(): Promise<string> {
  const fix = "install Go 1.26 or later (https://go.dev/dl), and have it in PATH"
  const go = which("go") ?? ["/usr/local/go/bin/go"].find(path => existsSync(path))
  if (go === undefined) throw new Failure("Go is missing, which builds the lab's Kubernetes", fix)
  const version = (await quietly(go, ["env", "GOVERSION"])).trim()
  const [, minor] = /^go1\.(\d+)/.exec(version) ?? []
  // From 1.21 on Go fetches the toolchain that a go.mod asks for.
  if (minor !== undefined && Number(minor) < 21)
    throw new Failure(`${version} is too old for the lab's Kubernetes`, fix)
  return go
}

function link(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  for (const name of names) {
    const path = join(folder, name)
    if (existsSync(path)) continue
    rmSync(path, { force: true })
    symlinkSync("../kube", path)
  }
}
