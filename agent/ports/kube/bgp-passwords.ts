import type { PasswordSource } from "../../core/config/bgp/model.ts"
import { legacyPasswords } from "../../core/config/legacy-bgp.ts"
import { inlinePasswordOf } from "../../core/kube/decode-bgp.ts"
import { decodeLegacyConfigMap } from "../../core/kube/decode-config.ts"
import type { ParseYaml } from "../../core/yaml/tree.ts"
import type { KubeClient } from "./client.ts"
import { fieldOf, textField } from "./objects.ts"
import { paths } from "./resources.ts"

/** TCP's MD5 signature takes no more. */
export const longestPassword = 80

export type PasswordEdges = {
  readonly client: KubeClient
  readonly parseYaml: () => Promise<ParseYaml>
}

/** Reads a peer's password from where it stands, each time anew. Rejects with an Error whose message is for people and has no part of it. */
export const readBgpPassword = async (
  { client, parseYaml }: PasswordEdges,
  namespace: string,
  peer: string,
  source: PasswordSource,
): Promise<Uint8Array> => {
  const get = (path: string) => client.send({ method: "GET", path })
  switch (source.from) {
    case "nothing":
      throw new Error(`BGPPeer ${peer} has no password`)
    case "peer": {
      const text = inlinePasswordOf(await get(`${paths.bgpPeers(namespace)}/${peer}`))
      return checked(Buffer.from(text ?? ""), `BGPPeer ${peer}`)
    }
    case "configmap": {
      const decoded = decodeLegacyConfigMap(await get(`${paths.configMaps(namespace)}/config`))
      const passwords = decoded.ok ? legacyPasswords(decoded.value, await parseYaml()) : new Map<string, string>()
      return checked(Buffer.from(passwords.get(peer) ?? ""), "the ConfigMap")
    }
    case "secret": {
      const secret = await get(`${paths.secrets(namespace)}/${source.name}`)
      return checked(Buffer.from(textField(fieldOf(secret, "data"), "password"), "base64"), `Secret ${source.name}`)
    }
  }
}

const checked = (password: Uint8Array, where: string): Uint8Array => {
  if (password.length === 0) throw new Error(`there is no password in ${where}`)
  if (password.length <= longestPassword) return password
  throw new Error(`the password in ${where} has ${password.length} bytes; at most ${longestPassword} are allowed`)
}
