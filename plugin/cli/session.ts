import type { Api } from "../cluster/api.ts"
import { Refusal } from "../cluster/api.ts"
import { textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { list } from "../cluster/objects.ts"
import { createProgress, type Progress } from "../term/progress.ts"
import { createSpinner } from "../term/spinner.ts"
import { parseDuration } from "../view/duration.ts"
import type { Connection } from "../world.ts"
import type { Call } from "./command.ts"
import { exitCodes } from "./exit-codes.ts"
import { Failure, Interrupted } from "./failure.ts"
import type { Flags } from "./flags.ts"

/** Where the agents live unless something says otherwise. */
export const usualNamespace = "metallb-system"

/** Opens the cluster that the flags name, runs `use` and closes the kept connections whatever happens. */
export const withCluster = async <T>(call: Call, use: (connection: Connection) => Promise<T>): Promise<T> => {
  const { world, flags, output } = call
  const connection = await world.connect({
    kubeconfig: flags.text("kubeconfig"),
    context: flags.text("context"),
    cluster: flags.text("cluster"),
    user: flags.text("user"),
    as: flags.text("as"),
    asGroups: flags.texts("as-group"),
    requestTimeoutMs: durationOf(flags, "request-timeout"),
    log: Number(flags.text("v")) >= 6 ? line => world.terminal.err.write(`${line}\n`) : undefined,
    warn: text => output.note(`Warning: ${text}`),
  })
  try {
    return await use(connection)
  } finally {
    connection.api.close()
  }
}

/** Milliseconds of a flag such as --timeout. */
export const durationOf = (flags: Flags, name: string): number => {
  const text = flags.text(name) ?? "0"
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw new Failure(exitCodes.usage, {
    message: `--${name} does not know "${text}"`,
    where: `--${name}=${text}`,
    fix: "a length of time such as 90s, 2m or 1m30s; 0 for none",
  })
}

/** The user's namespace: -n, else that of the context. */
export const namespaceOf = (call: Call, connection: Connection): string =>
  call.flags.text("namespace") ?? connection.namespace

/**
 * Where the agents live: --install-namespace, METALLB_NAMESPACE, the namespace of a speaker, else the usual one. Not being
 * allowed to look leaves the usual one too: the reads that follow say then what they could not see.
 */
export const findInstallNamespace = async (call: Call, api: Api): Promise<string> => {
  const said = call.flags.text("install-namespace") ?? call.world.env["METALLB_NAMESPACE"]
  if (said !== undefined && said !== "") return said
  try {
    const speakers = await list(api, kinds.daemonSet, { labels: "app=metallb,component=speaker" })
    const namespaces = speakers.map(speaker => textAt(speaker, "metadata", "namespace")).sort()
    return namespaces.find(namespace => namespace === usualNamespace) ?? namespaces[0] ?? usualNamespace
  } catch (error) {
    if (error instanceof Refusal) return usualNamespace
    throw error
  }
}

/** Shows how far a wait is, as this terminal can. */
export const progressFor = ({ world, output, manner }: Call): Progress =>
  createProgress({
    clock: world.clock,
    spinner: manner.spinner ? () => createSpinner(manner.err.colour, manner.unicode, 300) : undefined,
    line: text => output.note(text),
  })

/** Asks before something that cannot be undone. True with --yes; refuses (exit 6) where nobody can be asked. */
export const confirm = async (call: Call, question: string): Promise<boolean> => {
  if (call.flags.on("yes")) return true
  if (!call.manner.prompts)
    throw new Failure(exitCodes.refused, {
      message: `${question} nobody can be asked here`,
      code: "ML615",
      fix: "pass --yes",
    })
  const answer = await call.world.terminal.input.ask(`${question} [y/N] `)
  return answer !== undefined && /^y(es)?$/i.test(answer.trim())
}

/** After Ctrl-C says what is half done and how to go on, before the command ends with 130. */
export const saidOnInterrupt = async <T>(call: Call, text: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Interrupted) call.output.complain([text])
    throw error
  }
}
