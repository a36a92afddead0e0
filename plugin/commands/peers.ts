import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import { askSpeakers } from "../cluster/ask-speakers.ts"
import { type PeersTold, readPeers } from "../cluster/peers.ts"
import { isUp, peerPages, peersTable, slowNotes } from "../view/peers.ts"

const asking =
  "Speakers are asked inside their pods, so it takes the right to create pods/exec in the agents' namespace."

export const peers: Command = {
  name: "peers",
  summary: "List the BGP sessions of every node, with what keeps them down",
  description: `Asks every speaker for its sessions with BGP peers: state, since when, BFD, how many prefixes the peer was told, and why a session is not up, in words. ${asking}`,
  arguments: [],
  flags: [],
  examples: [
    { does: "List the sessions", line: "kubectl metallb peers" },
    { does: "With how often each was established, and this side's address", line: "kubectl metallb peers -o wide" },
    { does: "Read states in a script", line: "kubectl metallb peers -o json" },
  ],
  exits: ["ok", "no", "unknown"],
  changes: false,
  run: call => withPeers(call, async told => show(call, told)),
}

export const peersShow: Command = {
  name: "peers show",
  summary: "Show the sessions with one BGP peer, node by node",
  description: `Shows what was agreed on in each session with a peer: addresses, identifiers, timers, what the peer can do, prefixes by family, BFD, messages, and what ended the last session. ${asking}`,
  arguments: ["NAME"],
  flags: [],
  examples: [
    { does: "Everything about a peer", line: "kubectl metallb peers show tor-a" },
    { does: "The same for a program", line: "kubectl metallb peers show tor-a -o json" },
    { does: "As somebody else may see it", line: "kubectl metallb peers show tor-a --as jane" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: call =>
    withPeers(call, async told => {
      const [name = ""] = call.arguments
      const sessions = told.sessions.filter(({ peer }) => peer === name)
      if (sessions.length === 0 && told.unknown.length === 0) throw noSession(name, told)
      if (sessions.length === 0) return showUnknown(call, told)
      return show(call, { ...told, sessions }, true)
    }),
}

const withPeers = (call: Call, use: (told: PeersTold) => Promise<ExitCode>): Promise<ExitCode> =>
  withCluster(call, async ({ api }) =>
    use(readPeers(await askSpeakers(api, await findInstallNamespace(call, api), "peers"))),
  )

const show = async (call: Call, told: PeersTold, whole = false): Promise<ExitCode> => {
  const { output, world } = call
  const { sessions } = told
  const now = world.clock.now()
  if (output.format === "json" || output.format === "yaml") await output.document(documentOf(told))
  else if (output.format === "name") {
    if (sessions.length > 0) output.print([...new Set(sessions.map(({ peer }) => `bgppeer/${peer}`))].join("\n"))
  } else if (sessions.length === 0) output.tell(told.unknown.length > 0 ? "<unknown>" : "No BGP sessions.")
  else if (whole) output.print(peerPages(sessions, now, output.style))
  else {
    output.print(peersTable(sessions, { now, wide: output.format === "wide" }, output.style))
    for (const line of slowNotes(sessions)) output.note(line)
  }
  for (const { node, why } of told.deaf) output.note(`warning: no peer can connect to ${node}: ${why}`)
  if (told.unknown.length > 0) return showUnknown(call, told)
  return sessions.every(isUp) ? exitCodes.ok : exitCodes.no
}

const showUnknown = ({ output }: Call, { unknown }: PeersTold): ExitCode => {
  for (const { node, why } of unknown) output.note(`warning: the speaker of ${node} was not asked: ${why}`)
  return exitCodes.unknown
}

const noSession = (name: string, { sessions }: PeersTold): Failure => {
  const known = [...new Set(sessions.map(({ peer }) => peer))]
  const near = nearest(name, known) ?? known[0]
  return new Failure(exitCodes.no, {
    message: `no node has a session with a BGPPeer "${name}"`,
    fix:
      near === undefined
        ? "kubectl get bgppeers -A lists the peers; kubectl metallb check says what is wrong with one"
        : `kubectl metallb peers show ${near}`,
  })
}

const documentOf = ({ sessions, deaf, unknown }: PeersTold) => ({
  apiVersion: "cli.metallb.io/v1",
  kind: "PeerList",
  items: sessions.map(({ sent, received, refused, malformed, ...session }) => ({
    ...session,
    sent: Object.fromEntries(sent),
    received: Object.fromEntries(received),
    refused: Object.fromEntries(refused),
    malformed: Object.fromEntries(malformed),
  })),
  deaf,
  unknown,
})
