import type { ConfigInput } from "../../agent/core/config/judge.ts"
import { nothingWrittenIn } from "../../agent/core/config/judge.ts"
import type { Problem } from "../../agent/core/config/model.ts"
import { validName } from "../../agent/core/config/names.ts"
import { Problems } from "../../agent/core/config/problem.ts"
import {
  decodeBfdProfile,
  decodeBgpAdvertisement,
  decodeBgpPeer,
  decodeCommunity,
  decodeSecretFacts,
} from "../../agent/core/kube/decode-bgp.ts"
import { decodeL2Advertisement, decodeLegacyConfigMap, decodePool } from "../../agent/core/kube/decode-config.ts"
import { decodeNamespace, decodeNode } from "../../agent/core/kube/decode-node.ts"
import type { Decoded } from "../../agent/core/kube/decoded.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import type { EmbeddedFile } from "./embedded.ts"
import { configMapOfFile, isBareConfig } from "./import-source.ts"
import { at, isObject, type Json, type JsonObject, mapAt, textAt } from "./json.ts"
import { schemasOf } from "./schema/schema.ts"
import { type Compile, validate } from "./schema/validate.ts"
import { readDocuments } from "./yaml.ts"

/** The configuration that files amount to, and what the API server would say of each object by itself. */
export type WrittenConfig = {
  readonly input: ConfigInput
  readonly refused: readonly Problem[]
  /** How many objects of MetalLB's API, and ConfigMaps, were found. */
  readonly objects: number
  /** Whether Namespaces are among the objects: without them it is unknown which labels namespaces carry. */
  readonly knowsNamespaces: boolean
}

export type NamedText = { readonly path: string; readonly text: string }

/**
 * Reads manifests, lists of objects, and bare texts of the old ConfigMap. Objects of other kinds are passed over, except
 * Namespaces, Nodes and Secrets, which the judgement looks at. Of two objects of one name the last counts, as it would when
 * applied. Throws a Failure (exit 2) for a file that is no YAML, and where no file has anything of MetalLB's.
 */
export const readWritten = (
  files: readonly NamedText[],
  installNamespace: string,
  manifests: readonly EmbeddedFile[],
  compile: Compile,
): WrittenConfig => {
  const bare = files.filter(({ text }) => isBareConfig(text))
  const objects = lastOfEach(
    files.filter(file => !bare.includes(file)).flatMap(file => objectsOf(file, installNamespace)),
  )
  const of = <T>(kind: string, decode: (json: unknown) => Decoded<T>): readonly T[] =>
    objects.filter(object => at(object, "kind") === kind).flatMap(object => valuesOf(decode(object)))
  const legacy = [
    ...bare.map(({ path, text }) => configMapOfFile(text, path, installNamespace)),
    ...of("ConfigMap", decodeLegacyConfigMap).filter(({ name }) => name === "config"),
  ]
  const [first, second] = legacy
  if (second !== undefined)
    throw new Failure(exitCodes.usage, {
      message: "the files hold more than one ConfigMap of MetalLB before 0.13",
      fix: "check them one by one: only one can be in the cluster",
    })
  const ours = objects.filter(object => textAt(object, "apiVersion").startsWith("metallb.io/"))
  const namespaces = of("Namespace", decodeNamespace)
  const nodes = of("Node", decodeNode)
  const secrets = of("Secret", decodeSecretFacts)
  const found = ours.length + legacy.length
  if (found === 0)
    throw new Failure(exitCodes.usage, {
      message: "nothing of MetalLB's configuration is in the files",
      where: files.map(({ path }) => `-f ${path}`).join(" "),
      fix: "name a file with an IPAddressPool or another object of metallb.io, or with the old ConfigMap config",
    })
  return {
    input: {
      ...nothingWrittenIn(installNamespace),
      pools: of("IPAddressPool", decodePool),
      l2Advertisements: of("L2Advertisement", decodeL2Advertisement),
      legacy: first,
      namespaces,
      bgpPeers: of("BGPPeer", decodeBgpPeer),
      bgpAdvertisements: of("BGPAdvertisement", decodeBgpAdvertisement),
      bfdProfiles: of("BFDProfile", decodeBfdProfile),
      communities: of("Community", decodeCommunity),
      ...(nodes.length === 0 ? {} : { nodes }),
      secrets,
      secretsSought: new Set(secrets.map(({ name }) => name)),
    },
    refused: refusals(ours, manifests, compile),
    objects: found,
    knowsNamespaces: namespaces.length > 0,
  }
}

/** What does not decode has no name, which is reported as a refusal. */
const valuesOf = <T>(decoded: Decoded<T>): readonly T[] => (decoded.ok ? [decoded.value] : [])

const objectsOf = ({ path, text }: NamedText, installNamespace: string): readonly JsonObject[] => {
  try {
    return readDocuments(text)
      .flatMap(document => (isObject(document) && Array.isArray(document["items"]) ? document["items"] : [document]))
      .map((object: Json) => placed(mapAt(object), installNamespace))
  } catch (error) {
    throw new Failure(exitCodes.usage, {
      message: `${path} is not YAML: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
      where: `-f ${path}`,
    })
  }
}

/** An object that names no namespace is meant for the agents' own. */
const placed = (object: JsonObject, namespace: string): JsonObject => ({
  ...object,
  metadata: { namespace, ...mapAt(object, "metadata") },
})

const lastOfEach = (objects: readonly JsonObject[]): readonly JsonObject[] => [
  ...new Map(
    objects.map(object => [
      `${textAt(object, "kind")} ${textAt(object, "metadata", "namespace")}/${textAt(object, "metadata", "name")}`,
      object,
    ]),
  ).values(),
]

const refusals = (
  objects: readonly JsonObject[],
  manifests: readonly EmbeddedFile[],
  compile: Compile,
): readonly Problem[] => {
  const schemas = schemasOf(manifests)
  return objects.flatMap(object => {
    const kind = textAt(object, "kind")
    const name = textAt(object, "metadata", "name")
    const problems = new Problems(kind.toLowerCase(), {
      name: name === "" ? "?" : name,
      namespace: textAt(object, "metadata", "namespace"),
    })
    const refuse = (field: string, message: string) => problems.error("ML203", field, message)
    const known = `${textAt(object, "apiVersion")} ${kind}`
    const schema = schemas.get(known)
    if (validName(name, "") !== name || name === "")
      refuse("metadata.name", "Invalid value: must be lower case letters, digits, - and ., at most 253 of them")
    if (schema === undefined) {
      refuse("kind", `the server does not know ${known}; known are ${[...schemas.keys()].sort().join(", ")}`)
      return problems.found
    }
    const { spec, ...others } = schema.properties ?? {}
    const unknown = Object.keys(object).filter(key => key !== "spec" && !Object.hasOwn(others, key))
    for (const key of unknown)
      refuse(key, `unknown field; known are ${Object.keys(schema.properties ?? {}).join(", ")}`)
    if (object["spec"] === undefined) {
      if (schema.required?.includes("spec") === true) refuse("spec", "Required value")
    } else if (spec !== undefined)
      for (const { field, message } of validate(object["spec"], spec, "spec", compile)) refuse(field, message)
    return problems.found
  })
}
