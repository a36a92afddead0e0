import type { BgpPeer } from "../../agent/core/config/bgp/model.ts"
import { legacyPasswords } from "../../agent/core/config/legacy-bgp.ts"
import { inlinePasswordOf } from "../../agent/core/kube/decode-bgp.ts"
import type { LegacyConfigMap } from "../../agent/core/model.ts"
import { type Api, Refusal } from "./api.ts"
import { textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import { get } from "./objects.ts"
import { parseYaml } from "./yaml.ts"

/** The password of a peer, or why it cannot be had. */
export type Password = { readonly text: string } | { readonly why: string }

/** Reads the password of a peer from where the peer has it. Must reach no output that was not asked for it. */
export const readPassword = async (
  api: Api,
  installNamespace: string,
  legacy: LegacyConfigMap | undefined,
  peer: BgpPeer,
): Promise<Password> => {
  const found = (text: string | undefined, where: string): Password =>
    text === undefined || text === "" ? { why: `there is none in ${where}` } : { text }
  try {
    switch (peer.password.from) {
      case "nothing":
        return { why: "the peer has none" }
      case "configmap":
        return found(legacy && legacyPasswords(legacy, parseYaml).get(peer.name), "the ConfigMap")
      case "peer":
        return found(
          inlinePasswordOf(await get(api, kinds.bgpPeer, installNamespace, peer.name)),
          `BGPPeer ${peer.name}`,
        )
      case "secret": {
        const secret = await get(api, kinds.secret, installNamespace, peer.password.name)
        const text = Buffer.from(textAt(secret, "data", "password"), "base64").toString("utf8")
        return found(text, `Secret ${installNamespace}/${peer.password.name}`)
      }
    }
  } catch (error) {
    if (error instanceof Refusal) return { why: error.message }
    throw error
  }
}
