import type { PacketCrypto } from "../core/crypto.ts"
import { newMemberSecret, secretBytes } from "../core/membership/new-secret.ts"
import type { Edges } from "../edges.ts"
import { pause } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { backoff } from "../ports/kube/backoff.ts"
import { paths } from "../ports/kube/resources.ts"
import { textOf } from "../ports/log.ts"

const waits = { first: 500, most: 30_000 }

/**
 * Makes the Secret that all speakers share where there is none, as after a plain `kubectl apply` of the manifests; `kubectl metallb
 * install` makes it before the speakers start. One that exists is never read nor changed; creating is all that the role allows. Tries
 * until it exists.
 */
export const makeMemberSecret = async (
  { client, clock, random, ...edges }: Edges,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  randomBytes: PacketCrypto["randomBytes"],
  signal: AbortSignal,
): Promise<void> => {
  const log = edges.log.from("controller/member-secret")
  const body = JSON.stringify(newMemberSecret({ namespace, name }, randomBytes(secretBytes)))
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
