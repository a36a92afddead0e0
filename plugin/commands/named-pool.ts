import type { PoolResource } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { findInstallNamespace } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { poolUses } from "../cluster/pool-use.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import { noSuchPool } from "./pools-show.ts"

/**
 * The IPAddressPool that the command names, to be changed, with all that was read. Throws a Failure where one of `needed` could not be read,
 * or no resource of the installation has the name.
 */
export const namedPool = async (
  call: Call,
  api: Api,
  needed: readonly string[],
): Promise<{ readonly pool: PoolResource; readonly snapshot: Snapshot }> => {
  const [name = ""] = call.arguments
  const snapshot = await readSnapshot(api, await findInstallNamespace(call, api), call.world.clock.now)
  const unread = snapshot.unread.find(({ what }) => needed.includes(what))
  if (unread !== undefined)
    throw new Failure(exitCodes.unknown, {
      message: phraseOf("ML630", { what: unread.what, why: unread.why }),
      code: "ML630",
      fix: fixOf("ML630", { what: unread.what }),
    })
  const pool = snapshot.pools.find(one => one.name === name && one.namespace === snapshot.installNamespace)
  if (pool === undefined) throw missing(name, snapshot)
  return { pool, snapshot }
}

const missing = (name: string, snapshot: Snapshot): Failure => {
  const use = poolUses(snapshot)
  if (!use.pools.some(({ pool }) => pool.name === name)) return noSuchPool(name, use)
  return new Failure(exitCodes.no, {
    message: `pool "${name}" stands in the ConfigMap config, which this program does not change`,
    fix: `kubectl edit configmap config -n ${snapshot.installNamespace}`,
  })
}
