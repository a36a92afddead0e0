import type { PacketCrypto } from "../core/crypto.ts"
import type { Edges } from "../edges.ts"
import { pause } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { backoff } from "../ports/kube/backoff.ts"
import { paths } from "../ports/kube/resources.ts"
import { textOf } from "../ports/log.ts"

/** MetalLB's speakers read the file of this name. */
const key = "secretkey"
const bytes = 16
const waits = { first: 500, most: 30_000 }

/**
 * Makes the Secret that all speakers share, where there is none: 16 random bytes as unpadded base64, as MetalLB's controller does.
 * One that exists is never read nor changed; creating is all that the role allows. Tries until it exists.
 */
export const makeMemberSecret = async (
  { client, clock, random, ...edges }: Edges,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  randomBytes: PacketCrypto["randomBytes"],
  signal: AbortSignal,
): Promise<void> => {
  const log = edges.log.from("controller/member-secret")
  const text = Buffer.from(randomBytes(bytes)).toString("base64").replaceAll("=", "")
  const body = JSON.stringify({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { app: "metallb" } },
    type: "Opaque",
    data: { [key]: Buffer.from(text).toString("base64") },
  })
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await client.send({ method: "POST", path: paths.secrets(namespace), body, signal })
      log.info("secret of the membership made", { secret: `${namespace}/${name}` })
      return
    } catch (error) {
      if (isStatus(error, 409)) return
      if (signal.aborted) return
      log.warn("secret of the membership not made", { secret: `${namespace}/${name}`, error: textOf(error) })
    }
    await pause(clock, backoff(waits, failures, random), signal)
  }
}
