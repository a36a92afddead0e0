import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { Refusal, Unreachable } from "./api.ts"

/** What a failed request means for the user, in kubectl's words; undefined for errors that are not the server's. */
export const failureOf = (error: unknown): Failure | undefined => {
  if (error instanceof Unreachable)
    return new Failure(exitCodes.unknown, {
      message: `Unable to connect to the server: ${error.message}`,
      from: "server",
      ...(error.server === "" ? {} : { where: error.server }),
      fix: "kubectl cluster-info shows whether the context and the server are right",
    })
  if (!(error instanceof Refusal)) return undefined
  const denied = error.status === 401 || error.status === 403
  const fix = fixFor(error)
  return new Failure(denied && error.request.method === "GET" ? exitCodes.unknown : exitCodes.no, {
    message: `Error from server (${error.reason}): ${error.message}`,
    from: "server",
    ...(fix === undefined ? {} : { fix }),
  })
}

const fixFor = ({ status, message }: Refusal): string | undefined => {
  if (status === 401) return "log in to the cluster again; kubectl config view --minify shows the user"
  if (status !== 403) return undefined
  const known = /cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(message)
  // Quotas, admission and ending namespaces refuse with 403 too; their own sentence says what to do.
  if (known === null) return undefined
  const [, verb, resource, group] = known
  return `ask for the permission to ${verb} ${resource}${group ? ` in ${group}` : ""}; kubectl auth can-i ${verb} ${resource}${group ? `.${group}` : ""} checks it`
}
