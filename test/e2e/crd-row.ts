import type { ApiServer } from "./api-server.ts"

/** One object that the API server takes or refuses; `words` is the message of the rule that it breaks. */
export type Row = {
  readonly kind: string
  readonly version?: string
  readonly what: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly words?: string
}

export const alias = (value: string) => ({ communities: [{ name: "x", value }] })

export const pool = (what: string, spec: Row["spec"], words?: string): Row => row("IPAddressPool", what, spec, words)

export const ad = (what: string, spec: Row["spec"], words?: string): Row => row("BGPAdvertisement", what, spec, words)

export const community = (what: string, value: string, words?: string): Row =>
  row("Community", what, alias(value), words)

export const bfd = (what: string, spec: Row["spec"], words?: string): Row => row("BFDProfile", what, spec, words)

export const l2 = (what: string, spec: Row["spec"], words?: string): Row => row("L2Advertisement", what, spec, words)

export const row = (kind: string, what: string, spec: Row["spec"], words?: string): Row => ({
  kind,
  what,
  spec,
  ...(words === undefined ? {} : { words }),
})

export const reservation = (what: string, spec: Row["spec"], words?: string): Row =>
  row("AddressReservation", what, spec, words)

export const peers = (what: string, spec: Row["spec"], words?: string): Row => ({
  ...row("BGPPeer", what, spec, words),
  version: "v1beta2",
})

export const peers1 = (what: string, spec: Row["spec"], words?: string): Row => ({
  ...row("BGPPeer", what, spec, words),
  version: "v1beta1",
})

export const ofBothVersions = (rows: (of: typeof peers) => readonly Row[]): readonly Row[] => [
  ...rows(peers),
  ...rows(peers1),
]

export const namespace = "metallb-system"

export const objectOf = ({ kind, version, spec }: Row, name: string) => ({
  apiVersion: `metallb.io/${version ?? "v1beta1"}`,
  kind,
  metadata: { name, namespace },
  spec,
})

export const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: "v1", kind: "List", items })

/** What the API server says of each row: that it would create the object, or why not. It is asked twice for all of them. */
export const answersTo = async (server: ApiServer, rows: readonly Row[]): Promise<ReadonlyMap<Row, string>> => {
  const answers = new Map<Row, string>()
  for (const refused of [false, true]) {
    const asked = rows.filter(({ words }) => (words !== undefined) === refused)
    const { stdout, stderr } = await server.kubectl(
      // What is refused is to meet the API server's rules, and not kubectl's own look at the fields before.
      ["create", "--dry-run=server", ...(refused ? ["--validate=false"] : []), "-f", "-"],
      list(asked.map((row, index) => objectOf(row, `row-${index}-end`))),
    )
    const told = [...stdout.split("\n"), ...stderr.split(/^(?=Error from server)/m)]
    for (const [index, row] of asked.entries())
      answers.set(row, told.find(text => text.includes(`row-${index}-end`)) ?? `no answer: ${stderr}`)
  }
  return answers
}
