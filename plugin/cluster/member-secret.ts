import { newMemberSecret, secretBytes } from "../../agent/core/membership/new-secret.ts"
import { type Api, Refusal } from "./api.ts"
import type { AppliedObject } from "./apply-all.ts"
import { kinds } from "./kinds.ts"
import { create, type WriteOptions } from "./objects.ts"

/** The name that MetalLB's manifests and ours mount. */
export const memberSecretName = "memberlist"

/**
 * Creates the Secret that all speakers share, so that they have it when they start; one that exists stays as it is. Undefined where
 * it may not be created: the controller makes it then, and the speakers hear of it. The key is nowhere but in the request.
 */
export const offerMemberSecret = async (
  api: Api,
  namespace: string,
  randomBytes: (length: number) => Uint8Array,
  options: WriteOptions,
): Promise<AppliedObject | undefined> => {
  const name = `secret/${memberSecretName}`
  const object = newMemberSecret({ namespace, name: memberSecretName }, randomBytes(secretBytes))
  try {
    await create(api, kinds.secret, object, options)
    return { name, outcome: "created" }
  } catch (error) {
    if (error instanceof Refusal && error.status === 409) return { name, outcome: "unchanged" }
    if (error instanceof Refusal && error.status === 403) return undefined
    throw error
  }
}
