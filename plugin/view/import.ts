import type { Conversion, Moved } from "../../agent/core/config/import/convert.ts"
import type { ImportProof } from "../../agent/core/config/import/proof.ts"
import { table } from "./table.ts"

type Read = (Conversion & { readonly ok: true })["read"]

/** "2 pools, 1 peer, 1 community". */
export const readText = ({ pools, peers, profiles, communities }: Read): string =>
  [
    counted(pools, "pool", "pools"),
    counted(peers, "peer", "peers"),
    counted(profiles, "BFD profile", "BFD profiles"),
    counted(communities, "community", "communities"),
  ]
    .filter(text => !text.startsWith("0 "))
    .join(", ") || "no entry"

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** Old entries and the resources that they become, one line each. */
export const movedTable = (moved: readonly Moved[]): string =>
  table(
    [{ title: "OLD" }, { title: "NEW" }, { title: "" }],
    moved.flatMap(({ old, objects, note }) =>
      objects.length === 0
        ? [[old, "<none>", note]]
        : objects.map(({ name, note: why }, at) => [at === 0 ? old : "", name, why]),
    ),
  )

/** What the proof found, ending with how many services keep what they have. */
export const proofLines = ({ services, changed, sessions }: ImportProof): readonly string[] => [
  ...changed.map(({ service, what }) => `changes  ${service}: ${what}`),
  ...sessions.map(session => `changes  BGP ${session}`),
  services === 0
    ? "No service has an address yet."
    : `${services - changed.length} of ${services} services keep their address and their protocol.`,
]
