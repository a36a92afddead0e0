import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag, timeoutFlag, waitFlag } from "../cli/flags.ts"
import { confirm, durationOf, saidOnInterrupt, usualNamespace, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { type AppliedObject, applyTogether, wakeKinds } from "../cluster/apply-all.ts"
import { textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { imagesOf, type Manifest, readManifests } from "../cluster/manifest.ts"
import { memberSecretName, offerMemberSecret } from "../cluster/member-secret.ts"
import { get, remove, shortName } from "../cluster/objects.ts"
import { type PoolOrder, poolManifests, rangesText, readPoolOrder } from "../cluster/pool-order.ts"
import { type Preflight, preflight } from "../cluster/preflight.ts"
import { toYaml } from "../cluster/yaml.ts"
import { took } from "../view/duration.ts"
import { findingLines } from "../view/findings.ts"
import type { Connection } from "../world.ts"
import { textWidth, waitForAgents, waitForCrds, waitForOldNamespace } from "./install-wait.ts"

export const install: Command = {
  name: "install",
  summary: "Check the cluster, install the agents and wait until they are ready",
  description:
    "Checks the cluster, applies the manifests that are part of this program, and waits until the controller and a speaker on every node are ready. Running it again completes or upgrades an installation. The only thing that it makes the cluster pull is the image of the agents, which --list-images prints.",
  arguments: [],
  flags: [
    { name: "pool", kind: "texts", value: "NAME=RANGE", summary: "Create this pool and announce it, may be repeated" },
    {
      name: "image",
      kind: "text",
      value: "REFERENCE",
      summary: "Image of the agents, such as a copy in your own registry",
    },
    { name: "bgp-passive", kind: "switch", summary: "Speakers also take connections that BGP peers open, on port 179" },
    {
      name: "placement",
      kind: "text",
      value: "ORDER",
      choices: ["hash", "balanced"],
      default: "hash",
      summary: "The order of the nodes: MetalLB's, or spread evenly",
    },
    { name: "list-images", kind: "switch", summary: "Print the images that the cluster will pull, and do nothing" },
    { name: "export", kind: "switch", summary: "Print the manifests as YAML, and do nothing" },
    { name: "adopt", kind: "switch", summary: "Take the place of MetalLB's agents and keep its pools" },
    { name: "skip-check", kind: "switch", summary: "Apply although a check says no" },
    dryRunFlag,
    waitFlag,
    timeoutFlag("2m"),
  ],
  examples: [
    { does: "Install, with a first pool", line: "kubectl metallb install --pool public=192.168.1.11-192.168.1.13" },
    { does: "See what would be done, without doing it", line: "kubectl metallb install --dry-run" },
    { does: "Use an image from your own registry", line: "kubectl metallb install --image registry.example/agent:v1" },
  ],
  exits: ["ok", "no", "usage", "unknown", "gaveUp", "refused"],
  changes: true,
  run: async call => {
    const manifests = readManifests(call.world.manifests(), {
      namespace: namespaceOf(call),
      image: call.flags.text("image"),
      bgpPassive: call.flags.on("bgp-passive"),
      placement: call.flags.text("placement") === "balanced" ? "balanced" : "hash",
    })
    const pools = call.flags.texts("pool").map(text => readPoolOrder(text))
    if (call.flags.on("list-images")) {
      for (const image of imagesOf(manifests)) call.output.print(image)
      return exitCodes.ok
    }
    const extra = poolManifests(pools, namespaceOf(call))
    if (call.flags.on("export")) {
      call.output.print([...manifests, ...extra].map(({ object }) => toYaml(object).trimEnd()).join("\n---\n"))
      return exitCodes.ok
    }
    return withCluster(call, connection =>
      saidOnInterrupt(call, "what was applied stays and goes on starting; the same command again completes it", () =>
        runInstall(call, connection, { manifests, pools, extra }),
      ),
    )
  },
}

/** Where the agents go: asked for, or the usual place. An installation elsewhere is not looked for, so that two never mix. */
const namespaceOf = (call: Call): string =>
  call.flags.text("install-namespace") ?? call.world.env["METALLB_NAMESPACE"] ?? usualNamespace

type Plan = {
  readonly manifests: readonly Manifest[]
  readonly pools: readonly PoolOrder[]
  readonly extra: readonly Manifest[]
}

const runInstall = async (call: Call, connection: Connection, plan: Plan): Promise<ExitCode> => {
  const { output, world } = call
  const began = world.clock.now()
  const checks = await preflight(connection.api)
  output.tell("Checks before install")
  output.tell(findingLines(checks.findings, output.style))
  refuse(call, checks)

  const dryRun = call.flags.text("dry-run") ?? "none"
  if (dryRun === "client") {
    for (const { object } of [...plan.manifests, ...plan.extra]) output.print(`${shortName(object)} (dry run)`)
    output.print(`secret/${memberSecretName} (dry run)`)
    return exitCodes.ok
  }
  if (checks.metallb.length > 0 && dryRun === "none") await adopt(call, connection.api, checks)

  output.tell("")
  output.tell(`Applying to context ${connection.context}, namespace ${namespaceOf(call)}`)
  const options = { dryRun: dryRun === "server" }
  const step = (of: (manifest: Manifest) => boolean) =>
    applyTogether(connection.api, plan.manifests.filter(of), options)
  const say = (applied: readonly AppliedObject[]) => {
    for (const line of appliedLines(applied)) output.print(`  ${line}${options.dryRun ? " (server dry run)" : ""}`)
  }
  const isCrd = ({ kind }: Manifest) => kind === kinds.crd
  const isWorkload = ({ kind }: Manifest) => kind === kinds.deployment || kind === kinds.daemonSet
  const deadline = world.clock.now() + durationOf(call.flags, "timeout")
  if (!options.dryRun) await waitForOldNamespace(call, connection.api, namespaceOf(call), deadline)
  say(await step(({ kind }) => kind === kinds.namespace))
  if (options.dryRun && (await isNew(connection.api, plan))) {
    output.note("the server cannot try objects of a namespace that does not exist yet; --dry-run=client lists them all")
    return exitCodes.ok
  }
  const crds = plan.manifests.filter(isCrd)
  const define = async () => {
    const applied = await step(isCrd)
    if (!options.dryRun) {
      await waitForCrds(call, connection.api, crds, deadline)
      await wakeKinds(connection.api, crds)
    }
    return applied
  }
  const [rights, secret] = await Promise.all([
    step(manifest => manifest.kind !== kinds.namespace && !isCrd(manifest) && !isWorkload(manifest)),
    offerMemberSecret(connection.api, namespaceOf(call), world.randomBytes, options),
  ])
  // Containers take longer to start than the server to serve new kinds, which keeps it busy: neither waits for the other.
  const [workloads, defined] = await Promise.all([step(isWorkload), define()])
  say([...defined, ...rights, ...(secret === undefined ? [] : [secret])])
  if (options.dryRun) {
    say(workloads)
    return exitCodes.ok
  }
  if (call.flags.on("wait"))
    await waitForAgents(call, connection.api, { namespace: namespaceOf(call), workloads, deadline })
  else say(workloads)
  if (plan.extra.length > 0) {
    const applied = await applyTogether(connection.api, plan.extra, options)
    for (const line of poolLines(applied, plan.pools)) output.print(`  ${line}`)
  }
  output.tell("")
  output.tell(`Installed ${world.version} in ${took(world.clock.now() - began)}.`)
  output.tell(`Next: ${nextStep(plan.pools)}`)
  return exitCodes.ok
}

const nextStep = (pools: readonly PoolOrder[]): string =>
  pools.length === 0
    ? "kubectl metallb pools add NAME --range FIRST-LAST"
    : "kubectl metallb expose deployment/NAME --port 80"

/** Ends the command where a check says no, and where MetalLB itself is at work and nobody asked to take its place. */
const refuse = (call: Call, { findings, metallb }: Preflight): void => {
  const refused = findings.filter(({ verdict }) => verdict === "refused")
  if (refused.length > 0 && !call.flags.on("skip-check"))
    throw new Failure(
      exitCodes.refused,
      ...refused.map(({ text, code, fix }) => ({
        message: text,
        ...(code === undefined ? {} : { code }),
        ...(fix === undefined ? {} : { fix }),
      })),
    )
  if (metallb.length > 0 && !call.flags.on("adopt")) {
    const objects = metallb.map(({ object }) => shortName(object))
    throw new Failure(exitCodes.refused, {
      message: phraseOf("ML605", { objects }),
      code: "ML605",
      fix: fixOf("ML605", { objects }),
    })
  }
}

/** MetalLB's workloads and its webhook go; everything that people wrote stays. */
const adopt = async (call: Call, api: Api, { metallb }: Preflight): Promise<void> => {
  const names = metallb.map(({ object }) => shortName(object)).join(", ")
  const question = `Remove ${names}? Its addresses are not announced until the new speakers are ready.`
  if (!(await confirm(call, question)))
    throw new Failure(exitCodes.refused, { message: "MetalLB was left as it is, and nothing was installed" })
  for (const { kind, object } of metallb) {
    await remove(api, kind, textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name"))
    call.output.print(`  ${shortName(object)} deleted`)
  }
}

const isNew = async (api: Api, { manifests }: Plan): Promise<boolean> => {
  const namespace = manifests.find(({ kind }) => kind === kinds.namespace)
  return (await get(api, kinds.namespace, "", textAt(namespace?.object, "metadata", "name"))) === undefined
}

/** Many objects of one kind with one outcome are one line. */
const appliedLines = (applied: readonly AppliedObject[]): readonly string[] => {
  const groups = new Map<string, AppliedObject[]>()
  for (const one of applied) {
    const key = `${one.name.split("/")[0]} ${one.outcome}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups].map(([key, [first, ...rest]]) => {
    if (rest.length === 0) return `${first?.name} ${first?.outcome}`
    const [kind, outcome] = key.split(" ")
    return `${rest.length + 1} ${kind}s ${outcome}`
  })
}

const poolLines = (applied: readonly AppliedObject[], pools: readonly PoolOrder[]): readonly string[] =>
  applied.map(({ name, outcome }) => {
    const pool = pools.find(({ name: poolName }) => name === `ipaddresspool/${poolName}`)
    return pool === undefined
      ? `${name} ${outcome}`
      : `${`${name} ${outcome}`.padEnd(textWidth)}  ${rangesText(pool.written)}`
  })
