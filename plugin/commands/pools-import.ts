import type { Conversion } from "../../agent/core/config/import/convert.ts"
import { convertLegacy } from "../../agent/core/config/import/convert.ts"
import { judgeImported } from "../../agent/core/config/import/judge-imported.ts"
import type { ImportProof } from "../../agent/core/config/import/proof.ts"
import { proveImport } from "../../agent/core/config/import/proof.ts"
import { judgeConfig, nothingWrittenIn } from "../../agent/core/config/judge.ts"
import type { LegacyConfigMap } from "../../agent/core/model.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { findInstallNamespace, usualNamespace, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { applyImported } from "../cluster/apply-imported.ts"
import type { ImportInput } from "../cluster/import-source.ts"
import { configMapOfFile, importInputOf, withBgp } from "../cluster/import-source.ts"
import type { Json } from "../cluster/json.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import { parseYaml, toYaml } from "../cluster/yaml.ts"
import { faultOfProblem, unreadLines } from "../view/config-faults.ts"
import { movedTable, proofLines, readText } from "../view/import.ts"

export const poolsImport: Command = {
  name: "pools import",
  summary: "Turn the ConfigMap of MetalLB before 0.13 into resources",
  description:
    "Reads the old ConfigMap from the cluster or a file, turns it into resources, and proves for every service that its address, its pool and the way it is announced stay the same. Writes nothing without --apply. The ConfigMap stays; the resources win over it.",
  arguments: [],
  flags: [
    {
      name: "filename",
      short: "f",
      kind: "text",
      value: "FILE",
      summary: "Read the ConfigMap, or its text, from a file; - is stdin",
    },
    { name: "offline", kind: "switch", summary: "Ask no cluster, which leaves the proof out; needs --filename" },
    { name: "apply", kind: "switch", summary: "Write the resources" },
    { name: "force", kind: "switch", summary: "Write them although something changes for a service" },
    dryRunFlag,
  ],
  examples: [
    { does: "See what would become of the ConfigMap in the cluster", line: "kubectl metallb pools import" },
    { does: "Keep the manifests", line: "kubectl metallb pools import -o yaml > pools.yaml" },
    { does: "Convert a file without a cluster", line: "kubectl metallb pools import -f config.yaml --offline -o yaml" },
    { does: "Write the resources", line: "kubectl metallb pools import --apply" },
  ],
  exits: ["ok", "no", "usage", "unknown", "refused"],
  changes: true,
  run: async call => {
    if (!call.flags.on("offline")) return withCluster(call, ({ api }) => importOnline(call, api))
    if (call.flags.text("filename") === undefined || call.flags.on("apply"))
      throw new Failure(exitCodes.usage, {
        message: "--offline reads a file and writes nothing to a cluster",
        fix: "kubectl metallb pools import -f FILE --offline -o yaml",
        usageOf: "kubectl metallb pools import",
      })
    return importOffline(call)
  },
}

type Converted = Conversion & { readonly ok: true }

const importOffline = async (call: Call): Promise<ExitCode> => {
  const namespace = call.flags.text("install-namespace") ?? usualNamespace
  const legacy = await fromFile(call, namespace)
  const input = { ...nothingWrittenIn(namespace), legacy }
  const conversion = convert(call, input)
  await show(call, conversion, legacy)
  call.output.tell("No cluster was asked, so that nothing is proven for its services.")
  return exitCodes.ok
}

const importOnline = async (call: Call, api: Api): Promise<ExitCode> => {
  const { output, flags } = call
  const snapshot = await readSnapshot(api, await findInstallNamespace(call, api), call.world.clock.now)
  const legacy =
    flags.text("filename") === undefined ? fromCluster(snapshot) : await fromFile(call, snapshot.installNamespace)
  const { input, unread } = await withBgp(api, importInputOf(snapshot, legacy))
  const conversion = convert(call, input)
  await show(call, conversion, legacy)
  const unknown = [...unreadLines(snapshot.unread.filter(({ what }) => decisive.includes(what))), ...unread]
  const proof = prove(snapshot, input, conversion)
  for (const line of proofLines(proof)) output.tell(line)
  output.complain(unknown)
  const changes = proof.changed.length + proof.sessions.length > 0
  const dryRun = flags.text("dry-run") ?? "none"
  if (flags.on("apply") && dryRun !== "client") {
    if (unknown.length > 0 && !flags.on("force")) throw refusal("what could not be read may change")
    if (changes && !flags.on("force")) throw refusal("something would change, as listed above")
    await applyImported(api, conversion.objects, { dryRun: dryRun === "server", said: line => output.tell(line) })
    if (dryRun === "server") output.tell("The server would take all of it. Nothing written.")
    else output.tell(`Next: kubectl delete configmap ${legacy.name} -n ${legacy.namespace}`)
  } else output.tell("Nothing written. Add --apply, or -o yaml for the manifests.")
  if (unknown.length > 0) return exitCodes.unknown
  return changes ? exitCodes.no : exitCodes.ok
}

/** Parts without which the proof is no proof. */
const decisive: readonly string[] = ["services", "pools", "l2Advertisements", "namespaces"]

const refusal = (why: string): Failure =>
  new Failure(exitCodes.refused, { message: `nothing written: ${why}`, fix: "mend that first, or pass --force" })

const fromFile = async (call: Call, namespace: string): Promise<LegacyConfigMap> => {
  const path = call.flags.text("filename") ?? "-"
  return configMapOfFile(await call.world.readFile(path), path, namespace)
}

const fromCluster = ({ legacyConfig, installNamespace, unread }: Snapshot): LegacyConfigMap => {
  if (legacyConfig !== undefined) return legacyConfig
  const fault = unread.find(({ what }) => what === "legacyConfig")
  if (fault !== undefined)
    throw new Failure(exitCodes.unknown, { message: `the ConfigMap cannot be read: ${fault.why}`, code: "ML630" })
  throw new Failure(exitCodes.no, {
    message: `there is no ConfigMap config in namespace ${installNamespace}`,
    fix: "kubectl metallb pools import -f FILE, if the old configuration is in a file",
  })
}

/** Throws a Failure with every error of the text. */
const convert = (call: Call, input: ImportInput): Converted => {
  const conversion = convertLegacy(input, parseYaml)
  if (conversion.ok) return conversion
  call.output.complain(conversion.problems.flatMap(faultOfProblem))
  const count = conversion.problems.length
  throw new Failure(exitCodes.no, {
    message: `the ConfigMap has ${count === 1 ? "an error" : `${count} errors`}, so nothing is converted`,
  })
}

const show = async ({ output }: Call, conversion: Converted, { namespace, name }: LegacyConfigMap): Promise<void> => {
  const objects = conversion.objects.map(object => object as unknown as Json)
  if (output.format === "yaml") output.print(objects.map(toYaml).join("---\n").trimEnd())
  else if (output.format === "json") await output.document({ apiVersion: "v1", kind: "List", items: objects })
  else if (output.format === "name") {
    output.print(conversion.objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`).join("\n"))
  } else {
    output.print(`Read ConfigMap ${namespace}/${name} (${readText(conversion.read)})\n`)
    output.print(`${movedTable(conversion.moved)}\n`)
  }
  output.complain(conversion.warnings.flatMap(faultOfProblem))
}

const prove = (snapshot: Snapshot, input: ImportInput, conversion: Converted): ImportProof =>
  proveImport({
    before: judgeConfig(input, parseYaml),
    after: judgeImported(input, conversion.objects, parseYaml),
    services: snapshot.services,
    loadBalancerClass: snapshot.loadBalancerClass,
    renamed: conversion.renamed,
  })
