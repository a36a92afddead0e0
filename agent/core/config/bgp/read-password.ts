import type { BgpPeerResource, SecretFacts } from "../../model-bgp.ts"
import type { ConfigSource } from "../model.ts"
import type { Problems } from "../problem.ts"
import type { PasswordSource } from "./model.ts"

/** What is known of a Secret of the installation's namespace: undefined where there is none of that name. */
export type KnownSecrets = ((name: string) => SecretFacts | "unread" | undefined) | undefined

const secretType = "kubernetes.io/basic-auth"

/**
 * Where the password of a peer stands; undefined where it cannot be had. The Secret is looked up by name in the
 * installation's namespace, whatever namespace the reference names. Secrets that were not read are not doubted.
 */
export const readPassword = (
  resource: BgpPeerResource,
  source: ConfigSource,
  secrets: KnownSecrets,
  problems: Problems,
): PasswordSource | undefined => {
  const { name, namespace } = resource.passwordSecret
  if (resource.hasPassword && name !== "") {
    problems.error("ML251", "spec.password", "password and passwordSecret are both set; at most one may be")
    return undefined
  }
  if (resource.hasPassword) {
    const revision = source === "legacy" ? resource.resourceVersion : `${resource.uid}/${resource.generation}`
    return { from: source === "legacy" ? "configmap" : "peer", revision }
  }
  if (name === "") return { from: "nothing" }
  if (namespace !== "" && namespace !== resource.namespace) {
    const message = `namespace ${namespace} is not used: the Secret is read from ${resource.namespace}`
    problems.warning("ML256", "spec.passwordSecret.namespace", message)
  }
  const secret = secrets === undefined ? "unread" : secrets(name)
  if (secret === "unread") return { from: "secret", name, revision: "" }
  const fault = secretFault(resource, secret)
  // A label on the Secret makes another version of it, and must not end the session.
  if (fault === undefined)
    return { from: "secret", name, revision: secret?.passwordDigest ?? secret?.resourceVersion ?? "" }
  const facts = { secret: name, peer: resource.name }
  problems.error("ML255", "spec.passwordSecret.name", fault.message, facts, fault.summary)
  return undefined
}

type Known = { readonly type: string; readonly keys: readonly string[] }

/** What is wrong with the Secret of a peer: a sentence, and the words of MetalLB that scripts compare with. */
const secretFault = (
  { name: peer, namespace, passwordSecret: { name } }: BgpPeerResource,
  secret: Known | undefined,
): { readonly message: string; readonly summary?: string } | undefined => {
  const tail = `failed to parse peer ${peer} password secret`
  if (secret === undefined) {
    return {
      message: `there is no Secret ${namespace}/${name}`,
      summary: `parsing peer ${peer} secret ref not found for peer config "${namespace}"/"${peer}"\n${tail}`,
    }
  }
  if (secret.type !== secretType) {
    return {
      message: `Secret ${namespace}/${name} is of type ${secret.type}; allowed is ${secretType}`,
      summary: `parsing peer ${peer} secret type mismatch on "${namespace}"/"${name}", type "${secretType}" is expected \n${tail}`,
    }
  }
  if (secret.keys.includes("password")) return undefined
  return { message: `Secret ${namespace}/${name} has no key "password"` }
}
