import { type Cluster, installNamespace } from "../e2e/cluster.ts"

type Line = { readonly msg?: string; readonly address?: string; readonly ts: string }

/** When a speaker first wrote, since `since`, that it has taken an address; ms since the epoch, as `since`. */
export const takenAt = ({ lab }: Cluster, address: string, since: number): Promise<number> =>
  lab.waitFor(`a speaker's log says that it has taken ${address}`, async () => {
    const selector = "app=metallb,component=speaker"
    const text = await lab.mustKubectl(["-n", installNamespace, "logs", "-l", selector, "--tail=500"])
    const lines = text.split("\n").filter(line => line.includes('"address taken"'))
    const times = lines
      .map(line => JSON.parse(line) as Line)
      .filter(line => line.address === address)
      .map(({ ts }) => Date.parse(ts))
    // The log has whole milliseconds.
    return times.sort((a, b) => a - b).find(at => at >= since - 1)
  })
