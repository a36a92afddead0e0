import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { kubePrograms } from "../setup/cache.ts"
import type { Api } from "./api.ts"
import {
  admin,
  auditPolicy,
  type ControlPart,
  certificateNames,
  controlArguments,
  identities,
  kubeconfig,
  tokenFile,
} from "./control-config.ts"
import { namespacePath } from "./network.ts"
import { issueCertificates } from "./pki.ts"
import type { Places } from "./places.ts"
import type { Plan } from "./plan.ts"
import { endPid, livingPid, writePid } from "./process.ts"
import { startDaemon } from "./run.ts"
import { GiveUp, pollUntil } from "./wait.ts"

/** Writes keys, tokens, kubeconfigs and the audit policy; the administrator's kubeconfig is the lab's. */
export async function writeControlFiles(plan: Plan, places: Places): Promise<void> {
  for (const folder of [places.control, places.logs, places.pids]) mkdirSync(folder, { recursive: true })
  await issueCertificates(places.pki, certificateNames(plan))
  const certificate = readFileSync(join(places.pki, "ca.crt"), "utf8")
  const write = (name: string, text: string) => writeFileSync(join(places.control, name), text, { mode: 0o600 })
  const entries = identities(plan).map(identity => ({ identity, token: randomBytes(16).toString("hex") }))
  for (const { identity, token } of entries) {
    write(`${identity.file}.kubeconfig`, kubeconfig(plan, plan.controlPlane.ipv4, certificate, token))
    if (identity !== admin) continue
    write("admin.token", token)
    writeFileSync(places.kubeconfig, kubeconfig(plan, plan.hostLink.controlPlane, certificate, token), { mode: 0o600 })
  }
  write("tokens.csv", tokenFile(entries))
  write("audit.json", JSON.stringify(auditPolicy))
}

/** Starts one part in the control plane's namespace; one that runs already is left alone. */
export async function startPart(plan: Plan, places: Places, part: ControlPart): Promise<void> {
  if (livingPid(places.pid(part)) !== undefined) return
  const args = controlArguments(part, plan, places)
  const command = [`--net=${namespacePath(plan.controlPlane.namespace)}`, join(kubePrograms, part), ...args]
  writePid(places.pid(part), await startDaemon("nsenter", command, join(places.logs, `${part}.log`)))
}

/** Ends one part: SIGKILL is a crash, SIGTERM an orderly stop. */
export async function stopPart(places: Places, part: ControlPart, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  await endPid(places.pid(part), signal)
}

/** Waits until the API server says that it is ready (at most 60 s), or until it has ended. */
export async function apiReady(places: Places, api: Api): Promise<void> {
  await pollUntil("the API server is ready", async () => {
    for (const part of ["etcd", "kube-apiserver"] as const) {
      if (livingPid(places.pid(part)) === undefined) throw new GiveUp(endedSentence(places, part))
    }
    return (await api.ask("GET", "/readyz")).code === 200
  })
}

function endedSentence(places: Places, part: string): string {
  const log = join(places.logs, `${part}.log`)
  const last = readFileSync(log, "utf8").trimEnd().split("\n").slice(-3).join("\n  ")
  return `${part} ended while it was awaited; the end of ${log}:\n  ${last}`
}

/** Those of the parts that do not run. */
export function deadParts(places: Places, parts: readonly ControlPart[]): readonly ControlPart[] {
  return parts.filter(part => livingPid(places.pid(part)) === undefined)
}
