import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"

/** The oldest Node that the Kubernetes client library runs on. */
const oldest = [22, 19] as const

/**
 * Throws a Failure when the Node of `version` ("20.20.2") is too old for the client library, which would otherwise end in an
 * error nobody understands. Help and explanations need no cluster and run on older ones as well.
 */
export const requireNode = (version: string): void => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new Failure(exitCodes.usage, {
    message: `this is Node ${version}, and talking to a cluster needs Node ${oldest.join(".")} or later`,
    fix: "install a newer Node, or put one first on the PATH",
  })
}
