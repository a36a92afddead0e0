import { GarbledAnswerError } from "./api-error.ts"
import type { KubeClient } from "./client.ts"
import { fieldOf, textField } from "./objects.ts"

/** One page is about 1 MB and 14 ms of parsing, so that ARP replies and timers never wait longer. */
const pageSize = 500
const pageTimeout = 30_000

export type ListRequest = {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Reads a collection page by page and hands over each object as it comes; the raw page is dropped before the next is asked
 * for. Returns the resourceVersion to watch from. A continue token that expired is an ApiError 410: the caller starts again.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export const listPages = async (
  client: KubeClient,
  { path, query, signal }: ListRequest,
  each: (raw: unknown) => void,
): Promise<string> => {
  let token = ""
  for (;;) {
    const page = await client.send({
      method: "GET",
      path,
      query: { ...query, limit: String(pageSize), ...(token === "" ? {} : { continue: token }) },
      timeout: pageTimeout,
      signal,
    })
    const metadata = fieldOf(page, "metadata")
    const items = fieldOf(page, "items")
    const revision = textField(metadata, "resourceVersion")
    // An empty collection may be written as null.
    if (revision === "" || !(Array.isArray(items) || items === null || items === undefined))
      throw new GarbledAnswerError(`GET ${path}: the answer is no list`)
    for (const raw of (items ?? []) as readonly unknown[]) each(raw)
    token = textField(metadata, "continue")
    if (token === "") return revision
  }
}
