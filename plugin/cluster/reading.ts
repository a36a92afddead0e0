import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call } from "../cli/command.ts"
import { findInstallNamespace, namespaceOf, withCluster } from "../cli/session.ts"
import type { Api } from "./api.ts"
import { parseSnapshot } from "./saved-snapshot.ts"
import { readSnapshot } from "./snapshot.ts"

/** What a reading command works on: a live cluster, or a saved one without any. */
export type Reading = {
  readonly snapshot: Snapshot
  /** The user's namespace. */
  readonly namespace: string
  /** "prod", or the file. */
  readonly from: string
  /** undefined for a saved cluster. */
  readonly api: Api | undefined
}

/** Reads the snapshot that the flags ask for and hands it to `use`. The command has the flag --from-snapshot. */
export const withReading = async <T>(call: Call, use: (reading: Reading) => Promise<T>): Promise<T> => {
  const path = call.flags.text("from-snapshot")
  if (path !== undefined) {
    const snapshot = parseSnapshot(await call.world.readFile(path), path)
    return use({ snapshot, namespace: call.flags.text("namespace") ?? "default", from: path, api: undefined })
  }
  return withCluster(call, async connection => {
    const install = await findInstallNamespace(call, connection.api)
    const snapshot = await readSnapshot(connection.api, install, call.world.clock.now)
    return use({ snapshot, namespace: namespaceOf(call, connection), from: connection.context, api: connection.api })
  })
}
