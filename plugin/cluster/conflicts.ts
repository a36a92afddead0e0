import { conflictLabel, decodeConflict } from "../../agent/core/kube/decode-conflict.ts"
import type { ConflictReport } from "../../agent/core/model.ts"
import { type Api, Refusal } from "./api.ts"
import { kinds } from "./kinds.ts"
import { list } from "./objects.ts"

/** What speakers say of new addresses that another machine has; undefined where that may not or cannot be read. */
export const readConflicts = async (
  api: Api,
  installNamespace: string,
): Promise<readonly ConflictReport[] | undefined> => {
  try {
    const found = await list(api, kinds.l2Status, { namespace: installNamespace, labels: conflictLabel })
    return found.flatMap(object => {
      const decoded = decodeConflict(object)
      return decoded.ok ? [decoded.value] : []
    })
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
