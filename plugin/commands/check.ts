import { checkConfig, errorsFirst } from "../../agent/core/check/check.ts"
import { configInputOf } from "../../agent/core/config/from-snapshot.ts"
import type { ConfigInput } from "../../agent/core/config/judge.ts"
import { judgeConfig } from "../../agent/core/config/judge.ts"
import type { Problem } from "../../agent/core/config/model.ts"
import { phraseOf } from "../../agent/core/sentence.ts"
import type { SnapshotPart } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { snapshotFlag } from "../cli/flags.ts"
import { usualNamespace } from "../cli/session.ts"
import { withBgp } from "../cluster/import-source.ts"
import { type Reading, withReading } from "../cluster/reading.ts"
import { parseYaml } from "../cluster/yaml.ts"
import { type Checked, checkDocument, checkText } from "../view/check.ts"

export const check: Command = {
  name: "check",
  summary: "Judge the configuration as the agents do, in the cluster or in files",
  description:
    "Says what the agents would leave out or use in another way than it reads, with the object, the field, what is allowed and what to type. With --filename it judges files without any cluster, and says as well what the API server would refuse.",
  arguments: [],
  flags: [
    {
      name: "filename",
      short: "f",
      kind: "texts",
      value: "FILE",
      summary: "Judge this file in the place of a cluster, may be repeated; - is stdin",
    },
    {
      name: "fail-on",
      kind: "text",
      value: "WHAT",
      choices: ["error", "unknown", "warning"],
      default: "unknown",
      summary: "Mildest finding that fails: error, unknown, warning",
    },
    { name: "skip", kind: "texts", value: "CODE", summary: "Leave out findings of this code, may be repeated" },
    snapshotFlag,
  ],
  examples: [
    { does: "Judge what is in the cluster", line: "kubectl metallb check" },
    { does: "Judge files before they are applied, offline", line: "kubectl metallb check -f pools.yaml -f peers.yaml" },
    { does: "Fail a pipeline on warnings too", line: "kubectl metallb check -f pools.yaml --fail-on warning -o json" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: async call => {
    const paths = call.flags.texts("filename")
    if (paths.length === 0) return withReading(call, async reading => report(call, await ofCluster(reading)))
    if (call.flags.given("from-snapshot"))
      throw new Failure(exitCodes.usage, {
        message: "--filename and --from-snapshot exclude each other",
        usageOf: "kubectl metallb check",
      })
    return report(call, await ofFiles(call, paths))
  },
}

const ofFiles = async (call: Call, paths: readonly string[]): Promise<Checked> => {
  const [{ readWritten }, { compileRule }] = await Promise.all([
    import("../cluster/check-input.ts"),
    import("../cluster/schema/rules.ts"),
  ])
  const { world, flags } = call
  const install = flags.text("install-namespace") ?? (world.env["METALLB_NAMESPACE"] || usualNamespace)
  const files: { readonly path: string; readonly text: string }[] = []
  for (const path of paths) files.push({ path, text: await world.readFile(path) })
  const { input, refused, objects, knowsNamespaces } = readWritten(files, install, world.manifests(), compileRule)
  const judged = judge(input)
    // Which labels the cluster's namespaces carry cannot be told from here.
    .filter(({ reason }) => knowsNamespaces || reason !== "ML216")
    .filter(problem => !refused.some(other => isSame(other, problem)))
  return { findings: errorsFirst([...refused, ...judged]), unknown: [], objects, from: paths.join(", ") }
}

/** Whether the server says already what is wrong with a field, or with what it is a part of. */
const isSame = (refused: Problem, { object, field, severity }: Problem): boolean =>
  severity === "error" &&
  refused.object === object &&
  (field === refused.field || field.startsWith(`${refused.field}[`))

const ofCluster = async ({ snapshot, api, from }: Reading): Promise<Checked> => {
  const read = configInputOf(snapshot)
  const { input, unread } = api === undefined ? { input: read, unread: [] } : await withBgp(api, read)
  const peersNeedSecrets = input.bgpPeers?.some(({ passwordSecret }) => passwordSecret.name !== "") === true
  return {
    findings: judge(input),
    unknown: [
      ...snapshot.unread.filter(({ what }) => configuration.includes(what)).map(facts => phraseOf("ML630", facts)),
      ...unread
        .filter(line => peersNeedSecrets || !line.startsWith("secrets:"))
        .map(line => phraseOf("ML630", { what: line.split(":")[0] ?? line, why: line.slice(line.indexOf(":") + 2) })),
    ],
    objects: countOf(input),
    from,
  }
}

/** Parts without which the judgement may be another one. */
const configuration: readonly SnapshotPart[] = ["pools", "l2Advertisements", "legacyConfig", "namespaces", "nodes"]

const judge = (input: ConfigInput): readonly Problem[] =>
  checkConfig(judgeConfig(input, parseYaml), input.installNamespace)

const countOf = (input: ConfigInput): number =>
  [input.pools, input.l2Advertisements, input.bgpPeers, input.bgpAdvertisements, input.bfdProfiles, input.communities]
    .map(objects => objects?.length ?? 0)
    .reduce((sum, length) => sum + length, input.legacy === undefined ? 0 : 1)

const report = async ({ flags, output }: Call, checked: Checked): Promise<ExitCode> => {
  const skipped = new Set(flags.texts("skip"))
  const shown = {
    ...checked,
    findings: checked.findings.filter(({ reason }) => !skipped.has(reason)),
    unknown: skipped.has("ML630") ? [] : checked.unknown,
  }
  if (output.format === "json" || output.format === "yaml") await output.document(checkDocument(shown))
  else output.print(checkText(shown, output.style))
  const failOn = flags.text("fail-on")
  const has = (severity: Problem["severity"]) => shown.findings.some(problem => problem.severity === severity)
  if (has("error") || (failOn === "warning" && has("warning"))) return exitCodes.no
  return failOn !== "error" && shown.unknown.length > 0 ? exitCodes.unknown : exitCodes.ok
}
