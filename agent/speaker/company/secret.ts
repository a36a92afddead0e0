import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Edges } from "../../edges.ts"
import { pause } from "../../ports/clock.ts"
import { isStatus } from "../../ports/kube/api-error.ts"
import { paths } from "../../ports/kube/resources.ts"
import { textOf } from "../../ports/log.ts"

export type SecretPlace = {
  readonly namespace: string
  /** --ml-secret-key-path: the folder with the file `secretkey`; "" for none. */
  readonly folder: string
  /** --ml-secret-name: the Secret to read where there is no file. */
  readonly name: string
}

/** Between two looks for it. */
const lookEvery = 1_000

/** Longer ones are cut by the key's derivation anyway. */
const longest = 4_096

/**
 * The secret that all speakers share: from the file that the DaemonSet mounts or, where the mount is not there yet, from the API.
 * Looks for it until it is there or `within` is over; the bytes are taken as they are. Only the Secret that the options name
 * is ever read.
 */
export const findSecret = async (
  { client, clock, log }: Pick<Edges, "client" | "clock" | "log">,
  place: SecretPlace,
  within: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> => {
  const until = clock.monotonic() + within
  for (let told = ""; !signal.aborted; ) {
    const found = (await fromFile(place.folder)) ?? (await fromApi(client, place, signal))
    if (typeof found !== "string") return found.subarray(0, longest)
    if (found !== told) log.info("looking for the membership's secret", { error: found })
    told = found
    if (clock.monotonic() >= until) return undefined
    await pause(clock, lookEvery, signal)
  }
  return undefined
}

const fromFile = async (folder: string): Promise<Uint8Array | undefined> => {
  if (folder === "") return undefined
  try {
    const bytes = await readFile(join(folder, "secretkey"))
    return bytes.length === 0 ? undefined : new Uint8Array(bytes)
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES"))
      return undefined
    throw error
  }
}

/** The bytes, or why there are none. */
const fromApi = async (
  client: Edges["client"],
  { namespace, name }: SecretPlace,
  signal: AbortSignal,
): Promise<Uint8Array | string> => {
  if (name === "") return "no file secretkey below --ml-secret-key-path, and no --ml-secret-name"
  try {
    const body = await client.send({ method: "GET", path: `${paths.secrets(namespace)}/${name}`, signal })
    return bytesIn(body) ?? `Secret ${namespace}/${name} has no data.secretkey`
  } catch (error) {
    return isStatus(error, 404) ? `there is no Secret ${namespace}/${name} yet` : textOf(error)
  }
}

const bytesIn = (body: unknown): Uint8Array | undefined => {
  const { data } = (body ?? {}) as { readonly data?: Readonly<Record<string, unknown>> }
  const text = data?.["secretkey"]
  if (typeof text !== "string" || text === "") return undefined
  return new Uint8Array(Buffer.from(text, "base64"))
}
