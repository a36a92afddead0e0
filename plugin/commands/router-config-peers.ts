import type { BgpPeer } from "../../agent/core/config/bgp/model.ts"
import type { ConfigVerdict } from "../../agent/core/config/model.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import { routerAsnOf } from "../cluster/router-side.ts"
import { faultOfProblem } from "../view/config-faults.ts"
import type { RouterKindName } from "../view/router-config/kinds.ts"

/** The named peers in the order given, or the only one there is. */
export const choosePeers = (
  verdict: ConfigVerdict,
  names: readonly string[],
  kind: RouterKindName,
): readonly BgpPeer[] => {
  const { peers } = verdict.config.bgp
  const command = `kubectl metallb router-config ${kind}`
  const [only, second] = peers
  if (names.length > 0)
    return [...new Set(names)].map(name => peers.find(peer => peer.name === name) ?? missing(name, verdict, command))
  if (only === undefined) {
    const [broken] = verdict.brokenBgp.peers
    if (broken !== undefined) return [missing(broken, verdict, command)]
    throw new Failure(exitCodes.no, {
      message: "there is no BGPPeer, so no router has to know anything",
      fix: "kubectl explain bgppeer.spec shows what one needs: myASN, peerASN, peerAddress",
    })
  }
  if (second === undefined) return [only]
  throw new Failure(exitCodes.usage, {
    message: `there are ${peers.length} peers: ${peers.map(({ name }) => name).join(", ")}`,
    fix: `${command} ${only.name}`,
    usageOf: "kubectl metallb router-config",
  })
}

/** Says what is wrong with a peer that is there and cannot be used, else offers the nearest name. */
const missing = (name: string, { config, problems }: ConfigVerdict, command: string): never => {
  const [first] = problems.filter(({ object, severity }) => object === `bgppeer/${name}` && severity === "error")
  if (first !== undefined) {
    const fix = faultOfProblem(first)
      .find(line => line.startsWith("  fix"))
      ?.slice(9)
    throw new Failure(exitCodes.no, {
      message: `BGPPeer "${name}" cannot be used: ${first.message}`,
      code: first.reason,
      where: `${first.object} ${first.field}`,
      ...(fix === undefined ? {} : { fix }),
    })
  }
  const known = config.bgp.peers.map(peer => peer.name)
  const near = nearest(name, known)
  throw new Failure(exitCodes.no, {
    message: `there is no BGPPeer "${name}"`,
    ...(known.length === 0 ? {} : { fix: `${command} ${near ?? known[0]}` }),
  })
}

/** The AS of --asn, which only a peer of any AS needs. Throws a Failure where the peers cannot be one router. */
export const chooseRouterAsn = (
  text: string | undefined,
  peers: readonly BgpPeer[],
  kind: RouterKindName,
): number | undefined => {
  const usageOf = "kubectl metallb router-config"
  const given = text === undefined ? undefined : /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0
  if (given === 0 || (given ?? 1) > 4294967295)
    throw new Failure(exitCodes.usage, {
      message: `"${text}" is no AS; allowed is 1 to 4294967295`,
      where: `--asn=${text}`,
      usageOf,
    })
  const known = [
    ...new Set([...peers.flatMap(peer => routerAsnOf(peer) ?? []), ...(given === undefined ? [] : [given])]),
  ]
  const names = peers.map(({ name }) => name)
  if (known.length > 1)
    throw new Failure(exitCodes.usage, {
      message: `${names.join(" and ")} cannot be one router: its AS would be ${known.join(" and ")}`,
      fix:
        peers.length > 1
          ? `kubectl metallb router-config ${kind} ${names[0]}`
          : `kubectl metallb router-config ${kind} ${names[0]} without --asn`,
      usageOf,
    })
  if (known.length === 0)
    throw new Failure(exitCodes.usage, {
      message: `BGPPeer ${names[0]} takes a router of any AS (dynamicASN: external), so which one must be said`,
      fix: `kubectl metallb router-config ${kind} ${names.join(" ")} --asn 64513`,
      usageOf,
    })
  return given
}
