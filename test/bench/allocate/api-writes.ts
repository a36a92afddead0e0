import type { Access } from "../../../agent/ports/kube/access.ts"
import { createTransport } from "../../../agent/ports/kube/transport.ts"

/** Writes that the API server counted, by "resource/subresource". */
export type Writes = ReadonlyMap<string, number>

const writing = ["POST", "PUT", "PATCH", "DELETE", "APPLY"]

/** What the server's own metrics say, whoever wrote. */
export const writesSoFar = async (access: Access): Promise<Writes> => {
  const transport = createTransport(access)
  const answer = await transport.send({
    method: "GET",
    path: "/metrics",
    headers: {},
    body: undefined,
    signal: AbortSignal.timeout(30_000),
  })
  const text = await answer.text(64 * 1024 * 1024)
  transport.close()
  if (text === undefined) throw new Error("/metrics of the API server has more than 64 MiB")
  const writes = new Map<string, number>()
  for (const line of text.split("\n")) {
    const [, labels = "", value = ""] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? []
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? ""
    if (!writing.includes(label("verb"))) continue
    const subresource = label("subresource")
    const what = subresource === "" ? label("resource") : `${label("resource")}/${subresource}`
    writes.set(what, (writes.get(what) ?? 0) + Number(value))
  }
  return writes
}

/** What was written between two readings; resources without any are left out. */
export const between = (before: Writes, after: Writes): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...after]
      .map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
