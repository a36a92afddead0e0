import { existsSync, rmSync } from "node:fs"
import { networkInterfaces } from "node:os"
import { join } from "node:path"
import { Failure } from "../setup/failure.ts"
import { type Api, apiOf, nodeReports } from "./api.ts"
import { groupsOf, removeGroups } from "./cgroup.ts"
import { controlParts } from "./control-config.ts"
import { apiReady, deadParts, startPart, writeControlFiles } from "./control-plane.ts"
import { ensureBaseImages } from "./images.ts"
import { forgetNamespaceFolder, lanDown, lanUp, namespacePath } from "./network.ts"
import { allowKubelet, currentBoot, isOn, nodeGroups, nodeProcess, powerOn } from "./node.ts"
import type { ProxyMode } from "./node-config.ts"
import { type Places, placesOf } from "./places.ts"
import { hosts, maxNodes, maxSlots, type NodeHost, type Plan, planLab } from "./plan.ts"
import { findProgram, preflight } from "./preflight.ts"
import { killAll, processesIn } from "./process.ts"
import { bootId, locked, planOf, readState, type State, writeState } from "./state.ts"
import { GiveUp, pollUntil } from "./wait.ts"

export type UpRequest = { readonly lab: string; readonly nodes: number; readonly proxy: ProxyMode }
export type Say = (line: string) => void
export type UpResult = { readonly state: State; readonly started: boolean; readonly seconds: number }

/**
 * Brings a lab up, or takes the one that is up. `started` says which. What a killed `up` left is removed first; disks that
 * `down --keep` left are used when the size is the same.
 */
export async function up(wish: UpRequest, say: Say): Promise<UpResult> {
  const places = placesOf(wish.lab)
  planLab(wish.lab, wish.nodes, 0)
  preflight()
  return locked(places, say, async () => {
    const began = performance.now()
    const before = readState(places)
    if (before?.phase === "up" && deadParts(places, controlParts).length === 0) {
      if (before.nodes === wish.nodes && before.proxy === wish.proxy)
        return { state: before, started: false, seconds: 0 }
      const { lab, nodes, proxy } = before
      throw new Failure(`lab ${lab} is up with ${nodes} nodes and ${proxy}`, "npm run lab -- down, and then up again")
    }
    if (before && before.phase !== "kept") {
      say("removing what an unfinished start left")
      await remove(before, places)
    }
    refuseForeign(wish.lab)
    const warm = before?.phase === "kept" && before.nodes === wish.nodes
    if (!warm) rmSync(places.folder, { recursive: true, force: true })
    let state: State = { ...wish, phase: "starting", bootId: bootId(), slot: freeSlot(wish.lab), groups: {} }
    const plan = planOf(state)
    state = { ...state, groups: Object.fromEntries(plan.nodes.map(node => [node.name, nodeGroups(node)])) }
    writeState(places, state)
    try {
      await start(plan, places, state, say)
    } catch (error) {
      say("the start failed; removing what was started, the logs stay")
      await remove(state, places)
      forgetDisks(places)
      throw error
    }
    state = { ...state, phase: "up" }
    writeState(places, state)
    return { state, started: true, seconds: (performance.now() - began) / 1000 }
  })
}

async function start(plan: Plan, places: Places, state: State, say: Say): Promise<void> {
  const runc = findProgram("runc")
  await ensureBaseImages(say)
  await writeControlFiles(plan, places)
  await lanUp(plan)
  const api = apiOf(plan, places)
  await startPart(plan, places, "etcd")
  await startPart(plan, places, "kube-apiserver")
  for (const node of plan.nodes) {
    const groups = state.groups[node.name]
    if (groups) await powerOn(plan, places, node, { groups, proxy: state.proxy, runc })
  }
  say("network and nodes are powered on")
  await apiReady(places, api)
  say("API server is ready")
  for (const node of plan.nodes) allowKubelet(places, node)
  await startPart(plan, places, "kube-scheduler")
  await labelFirst(plan, api)
  await nodesReady(plan.nodes, places, api)
  // Not sooner: it would see new nodes as not ready yet, taint them, and look again only after 5 s.
  await startPart(plan, places, "kube-controller-manager")
  await pollUntil("pods may run on every node", async () => {
    const reports = await nodeReports(api)
    return plan.nodes.every(node => reports.get(node.name)?.tainted === false)
  })
  await pollUntil("the default service account is there", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default"
    return (await api.ask("GET", path)).code === 200
  })
}

/** The kubelet may not give itself this label, so the administrator does. */
async function labelFirst(plan: Plan, api: Api): Promise<void> {
  const [first] = plan.nodes
  if (!first) return
  const labels = { "node-role.kubernetes.io/control-plane": "" }
  await pollUntil(
    `node ${first.name} registers`,
    async () => (await api.ask("PATCH", `/api/v1/nodes/${first.name}`, { metadata: { labels } })).code === 200,
    { everyMs: 50 },
  )
}

/**
 * Waits until nodes are Ready by the word of the kubelet of their present boot (at most 120 s): after a power-on the
 * API server still tells what the node said before it went.
 */
export async function nodesReady(nodes: readonly NodeHost[], places: Places, api: Api): Promise<void> {
  await pollUntil(
    `nodes ${nodes.map(node => node.name).join(", ")} are Ready`,
    async () => {
      const off = nodes.find(node => !isOn(places, node))
      if (off) throw new GiveUp(`node ${off.name} ended; see ${join(places.logs, off.name, "init.log")}`)
      const reports = await nodeReports(api)
      return nodes.every(node => {
        const report = reports.get(node.name)
        return report?.ready && report.bootId === currentBoot(places, node)
      })
    },
    { timeoutMs: 120_000, everyMs: 100 },
  )
}

export type DownOptions = { readonly keep?: boolean; readonly force?: boolean }

/**
 * Ends a lab. With `keep` the disks stay for the next `up`; with `force` a lab of that name goes down even if it was started
 * from another folder. Returns whether there was one.
 */
export async function down(lab: string, options: DownOptions, say: Say): Promise<boolean> {
  const places = placesOf(lab)
  preflight()
  return locked(places, say, async () => {
    const state = readState(places)
    if (!state || state.phase === "kept") {
      const foreign = isThere(lab)
      if (foreign && !options.force) refuseForeign(lab)
      if (foreign) await remove(foreignState(lab), places)
      if (!options.keep) forgetDisks(places)
      return foreign
    }
    await remove(state, places)
    if (options.keep && state.phase === "up") writeState(places, { ...state, phase: "kept" })
    else forgetDisks(places)
    return true
  })
}

/** Ends every process of the lab, then removes its cgroups, namespaces and links. Disks and logs stay. */
async function remove(state: State, places: Places): Promise<void> {
  const plan = planOf(state)
  const namespaces = [plan.lan, ...hosts(plan).map(host => host.namespace)].map(namespacePath)
  for (const node of plan.nodes) {
    const first = nodeProcess(places, node)
    if (first !== undefined) killAll([first])
  }
  await pollUntil("the lab's processes end", () => {
    const left = processesIn(namespaces)
    killAll(left)
    return left.length === 0
  })
  for (const groups of Object.values(state.groups)) await removeGroups(groups)
  await lanDown(plan)
  await forgetNamespaceFolder()
  rmSync(places.pids, { recursive: true, force: true })
}

function forgetDisks(places: Places): void {
  for (const path of [places.state, places.kubeconfig, places.pki, places.control, places.etcd, places.nodes]) {
    rmSync(path, { recursive: true, force: true })
  }
}

const isThere = (lab: string) =>
  existsSync(namespacePath(`${lab}-lan`)) || existsSync(`/sys/class/net/${lab}-host`) || groupsOf(lab).length > 0

/** Whether a lab of this name is up, or half up, that another checkout started. */
export const isForeign = (lab: string): boolean => {
  const state = readState(placesOf(lab))
  return (state === undefined || state.phase === "kept") && isThere(lab)
}

/** Names of a lab are the machine's; what another checkout started under the same name is not ours to end. */
function refuseForeign(lab: string): void {
  if (!isThere(lab)) return
  throw new Failure(
    `a lab ${lab} is up that was not started from this folder`,
    `end it where it was started, or with npm run lab -- down --force --lab ${lab}`,
  )
}

/** As much of a lab's state as ending it takes, when its file is out of reach: any namespace it may have, and its cgroups. */
function foreignState(lab: string): State {
  const groups = { all: { hierarchies: "", folders: groupsOf(lab) } }
  return { lab, phase: "starting", bootId: bootId(), nodes: maxNodes, proxy: "iptables", slot: 0, groups }
}

/** The lowest slot whose address no interface of the machine has. */
function freeSlot(lab: string): number {
  const taken = new Set(Object.values(networkInterfaces()).flatMap(all => all?.map(one => one.address) ?? []))
  for (let slot = 0; slot < maxSlots; slot++) if (!taken.has(planLab(lab, 1, slot).hostLink.host)) return slot
  throw new Failure(`${maxSlots} labs are up already`, "end one of them")
}
